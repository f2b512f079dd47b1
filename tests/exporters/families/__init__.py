"""Models as Keras's examples and common practice build them, none made with the zoo in mind."""

from collections.abc import Callable

import keras
import numpy as np

from tests.exporters.families import examples, practice

LOOPS = {
    "conv_lstm_frames",
    "conv_lstm_bidirectional",
    "custom_cell",
    "custom_cell_stacked",
    "silu_lstm",
}
"""Those whose cells are no operator of ONNX."""

FAMILIES: dict[str, Callable[[], keras.Model]] = {
    name: made
    for module in (examples, practice)
    for name, made in vars(module).items()
    if callable(made) and not isinstance(made, type) and made.__module__ == module.__name__
}
"""Functions of no arguments that make a model, by name."""


def inputs(model, report):
    """A batch that the model takes, in the structure that it takes."""
    rng = np.random.default_rng(3)
    arrays = []
    for info in report.inputs:
        shape = [{"batch": 2}.get(n, 10) if isinstance(n, str) else n for n in info.shape]
        if info.dtype == "bool":
            arrays.append(rng.random(shape) < 0.6)
        elif info.dtype.startswith("int"):
            arrays.append(rng.integers(0, 20, shape).astype(info.dtype))
        else:
            arrays.append(rng.normal(size=shape).astype(info.dtype))
    if not hasattr(model, "input"):
        return arrays[0]
    return keras.tree.pack_sequence_as(model.input, arrays)


def outputs(model, given):
    """What the model gives, in its order, as float32 arrays."""
    result = model(given)
    flat = list(result.values()) if isinstance(result, dict) else keras.tree.flatten(result)
    return [keras.ops.convert_to_numpy(keras.ops.cast(each, "float32")) for each in flat]


def tolerance(report):
    """How far an exported output may be off: a model in half precision is rounded at every step."""
    return 0.05 if report.types and report.types != ["float64"] else 1e-5
