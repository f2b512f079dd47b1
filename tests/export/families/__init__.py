"""Models as Keras's examples and common practice build them, none made with the zoo in mind."""

from collections.abc import Callable

import keras

from tests.export.families import examples, practice

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
