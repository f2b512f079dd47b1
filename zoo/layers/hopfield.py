"""The associative memory of Hopfield (1982)."""

from typing import Any, Literal, Unpack, get_args

import keras
import numpy as np
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.layer import Layer

Mode = Literal["synchronous", "asynchronous"]
MODES = get_args(Mode)


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Hopfield(Layer):
    """Stores patterns of +1 and -1 and restores them from corrupted ones.

        W = (1/N) Σ_p p pᵀ, zero on the diagonal                    Hebbian storage
        x_i ← +1 where Σ_j W_ij x_j ≥ 0, else -1                    update
        E = -1/2 Σ_ij W_ij x_i x_j                                  energy

    An asynchronous sweep updates one unit after the other, in an order drawn anew for each sweep,
    and never raises the energy; a synchronous one updates all at once and may end in a cycle of
    two states. About 0.138 N random patterns can be stored.

    Weights: `kernel` W (units, units), not trained but stored by `store`.

    Args:
        mode: "asynchronous" or "synchronous".
        sweeps: sweeps at most; recall ends before them at a fixed point.
        seed: of the order of asynchronous updates.
        **kwargs: of every Keras layer.

    Call arguments:
        patterns: (batch, units) of +1 and -1.

    Returns:
        (batch, units), the states at the end of recall.

    Raises:
        ValueError: an unknown mode, sweeps below 1, or patterns of another shape or other values.

    Source: J. J. Hopfield, Neural networks and physical systems with emergent collective
    computational abilities, PNAS 79, 1982.

    >>> import numpy as np, zoo
    >>> layer = zoo.layers.Hopfield()
    >>> layer.store([[1, 1, -1, -1, 1, -1]])
    >>> np.asarray(layer(np.array([[1.0, 1, -1, 1, 1, -1]], "float32")))
    array([[ 1.,  1., -1., -1.,  1., -1.]], dtype=float32)
    """

    def __init__(
        self,
        *,
        mode: Mode = "asynchronous",
        sweeps: int = 100,
        seed: int = 0,
        **kwargs: Unpack[LayerArguments],
    ):
        super().__init__(**kwargs)
        if mode not in MODES:
            raise ValueError(f"Hopfield '{self.name}' got mode {mode!r}; it takes one of {MODES}.")
        if sweeps < 1:
            raise ValueError(f"Hopfield '{self.name}' got sweeps {sweeps!r}; it takes 1 or more.")
        self.mode = mode
        self.sweeps = sweeps
        self.seed = seed

    def build(self, patterns_shape: Any) -> None:
        if len(patterns_shape) != 2:
            raise ValueError(
                f"Hopfield '{self.name}' got patterns of shape {tuple(patterns_shape)}; it takes "
                "(batch, units)."
            )
        units = patterns_shape[-1]
        self.kernel = self.add_weight(
            name="kernel", shape=(units, units), initializer="zeros", trainable=False
        )

    def store(self, patterns: Any) -> None:
        """Stores patterns, (count, units) of +1 and -1, in place of those stored before."""
        patterns = np.asarray(patterns)
        if not np.isin(patterns, (-1, 1)).all():
            raise ValueError(f"Hopfield '{self.name}' stores patterns of +1 and -1 only.")
        if not self.built:
            self.build(patterns.shape)
        kernel = patterns.T @ patterns / patterns.shape[-1]
        np.fill_diagonal(kernel, 0)
        self.kernel.assign(kernel)

    def energy(self, states: Tensor) -> Tensor:
        """Energy of states (batch, units): (batch,)."""
        return -0.5 * ops.sum(ops.matmul(states, self.kernel) * states, axis=-1)

    def call(self, patterns: Tensor) -> Tensor:
        sweep = self._at_once if self.mode == "synchronous" else self._one_by_one

        def unsettled(count: Tensor, states: Tensor, before: Tensor) -> Tensor:
            return ops.logical_or(ops.equal(count, 0), ops.any(ops.not_equal(states, before)))

        _, states, _ = ops.while_loop(
            unsettled,
            lambda count, states, _: (count + 1, sweep(states, count), states),
            (0, patterns, patterns),
            maximum_iterations=self.sweeps,
        )
        return states

    def compute_output_shape(self, patterns_shape: Any) -> Any:
        return patterns_shape

    def get_config(self) -> dict[str, Any]:
        config = {"mode": self.mode, "sweeps": self.sweeps, "seed": self.seed}
        return {**super().get_config(), **config}

    def _at_once(self, states: Tensor, _: Tensor) -> Tensor:
        return _sign(ops.matmul(states, self.kernel))

    def _one_by_one(self, states: Tensor, count: Tensor) -> Tensor:
        units = states.shape[-1]
        orders = np.random.default_rng(self.seed).permuted(
            np.tile(np.arange(units), (self.sweeps, 1)), axis=1
        )
        order = ops.take(ops.convert_to_tensor(orders, dtype="int32"), count, axis=0)

        def update(k: Tensor, states: Tensor) -> Tensor:
            unit = ops.take(order, k)
            field = ops.matmul(states, ops.take(self.kernel, unit, axis=1)[:, None])
            return ops.where(ops.arange(units, dtype="int32") == unit, _sign(field), states)

        return ops.fori_loop(0, units, update, states)


def _sign(field: Tensor) -> Tensor:
    return ops.where(field >= 0, ops.ones_like(field), -ops.ones_like(field))
