"""LiteRT: what runs on phones and in small devices, by TensorFlow's converter.

LiteRT has no lists of tensors, which the engine's loop over time needs; they would be custom
operators. A model without a free time axis converts whole; one that runs forward along a stream
converts as the graph of one time step, with its states as inputs and outputs.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from zoo.errors import UserError
from zoo.exporters import axes, saved_model, tracing
from zoo.exporters.report import Written
from zoo.exporters.source import Source
from zoo.inference.arrays import Run, unroll
from zoo.layers import Core
from zoo.layers.base.core import all_layers

OTHERS: dict[str, Callable[[Path], Run]] = {}
"""Further runtimes that an export is compared in: none."""


def write(
    source: Source,
    path: Path,
    *,
    loops: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> Written:
    """Writes one `.tflite` file of LiteRT's own operators; with states, for one time step.

    Raises:
        UserError: a model that LiteRT has no operators for, such as one with a loop over time.
    """
    tracing.require_numbers(source.model, source.inputs, source.outputs, "LiteRT")
    with tempfile.TemporaryDirectory() as folder:
        saved_model.write(source, Path(folder) / "model")
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model"))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            content = converter.convert()
        except Exception as error:
            why = _reason(error)
            raise UserError(
                f"'{source.model.name}' does not convert to LiteRT's own operators: {why}. "
                f"{_remedy(source)}Any model goes out as onnx."
            ) from error
    path.write_bytes(content)
    return Written(_operators(Interpreter(str(path))), {})


def _reason(error: Exception) -> str:
    """What of a model LiteRT lacks, out of the compiler's text."""
    if "TensorList" in str(error):
        return "they have no loop over time"
    missing = sorted(set(re.findall(r"'tf\.(\w+)' op|tf\.(\w+) \(tensor", str(error))))
    names = sorted({name for pair in missing for name in pair if name})
    if names:
        return f"they have no {', '.join(names)}"
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _remedy(source: Source) -> str:
    """The way out for a model of a loop over time, if there is one."""
    recurrent = [
        layer for layer in all_layers(source.model) if isinstance(layer, (keras.layers.RNN, Core))
    ]
    if recurrent and not axes.dynamic_axes(source.whole.inputs):
        return "Its recurrent layers convert where they are built with unroll=True. "
    if not source.streams:
        return ""
    return (
        "This model converts as the graph of one time step: stateful=True, or --stateful on the "
        "command line. "
    )


def load(path: Path) -> Run:
    """The file, run by the interpreter; more than one time step is run step by step."""
    interpreter = Interpreter(str(path))
    step = interpreter.get_signature_runner()

    def of_one_step(details: Mapping[str, Any]) -> list[str]:
        shapes = {name: each["shape_signature"].tolist() for name, each in details.items()}
        return [name for name, shape in shapes.items() if shape[1:2] == [1] and len(shape) > 2]

    inputs, outputs = step.get_input_details(), step.get_output_details()
    return unroll(lambda batch: step(**batch), of_one_step(inputs), of_one_step(outputs))


def signature(path: Path) -> None:
    """None: inputs and outputs have names and no order; running it shows whether they are there."""


def _operators(interpreter: Interpreter) -> Counter[str]:
    """Private to LiteRT: its public analyser prints and returns nothing."""
    return Counter(node["op_name"] for node in interpreter._get_ops_details())
