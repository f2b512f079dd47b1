"""Models that compute in another type than float32 go out in float32.

ONNX Runtime and its peers compute the recurrent operators in float32 on a processor. Under a mixed
policy the variables are float32 anyway; half or bfloat16 ones are widened, which loses nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras
import numpy as np

from zoo.layers.base.core import all_layers

ROUNDINGS = 32
"""Roundings of its own type, one after another, by which a model may differ from the same in
float32."""

UNIT_ROUNDOFF = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float64": 2.0**-24}
"""Largest relative error of one rounding; float64 is rounded to float32."""

EXPLAINED = 1e-3
"""Difference that the rounding of float32 may explain at most, of an output of size 1."""


_in_float32: ContextVar[bool] = ContextVar("in_float32", default=False)
"""Set in the thread that exports; others may run the model meanwhile in its own types."""


class _InFloat32(keras.DTypePolicy):
    """Computes in float32 on variables of the type they have, in the thread that exports."""

    def __init__(self, policy: keras.DTypePolicy):
        super().__init__("float32")
        self._own = policy

    @property
    def variable_dtype(self) -> str:
        return self._own.variable_dtype

    @property
    def compute_dtype(self) -> str:
        return super().compute_dtype if _in_float32.get() else self._own.compute_dtype


def types(model: keras.Model) -> list[str]:
    """The types other than float32 that layers of a model compute in."""
    found = {layer.compute_dtype for layer in all_layers(model) if layer.compute_dtype}
    return sorted(found & set(UNIT_ROUNDOFF))


@contextmanager
def float32(model: keras.Model) -> Iterator[None]:
    """Has all layers of a model compute in float32 for a while."""
    others = [layer for layer in all_layers(model) if layer.compute_dtype in UNIT_ROUNDOFF]
    policies = [_own_policy(layer) for layer in others]
    for layer, policy in zip(others, policies, strict=True):
        layer.dtype_policy = _InFloat32(policy)
    token = _in_float32.set(True)
    try:
        yield
    finally:
        _in_float32.reset(token)
        for layer, policy in zip(others, policies, strict=True):
            layer.dtype_policy = policy


@contextmanager
def rounded(model: keras.Model, seed: int) -> Iterator[None]:
    """Has every weight of a model the next larger or smaller number of float32 for a while."""
    rng = np.random.default_rng(seed)
    floats = [weight for weight in model.weights if "float" in weight.dtype]
    before = [keras.ops.convert_to_numpy(weight) for weight in floats]
    try:
        for weight, value in zip(floats, before, strict=True):
            ends = rng.choice(np.array([-np.inf, np.inf], "float32"), value.shape)
            weight.assign(np.nextafter(value.astype("float32"), ends))
        yield
    finally:
        for weight, value in zip(floats, before, strict=True):
            weight.assign(value)


def _own_policy(layer: keras.layers.Layer) -> keras.DTypePolicy:
    """A layer's policy, out of the map of policies that it may share with others."""
    policy = layer.dtype_policy
    is_map = isinstance(policy, keras.dtype_policies.DTypePolicyMap) and layer.path
    return policy[layer.path] if is_map else policy


def tolerance(found: list[str], size: float) -> float:
    """The difference that rounding in these types explains, of an output of that size."""
    return ROUNDINGS * max(UNIT_ROUNDOFF[each] for each in found) * max(1.0, size)
