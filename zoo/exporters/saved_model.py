"""SavedModel: what plain TensorFlow serves without Keras or the zoo."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from zoo import disk
from zoo.errors import UserError
from zoo.exporters import tracing
from zoo.exporters.report import Written
from zoo.exporters.source import Source
from zoo.inference.arrays import Run
from zoo.layers.base import scan

ENDPOINT = "serving_default"


OTHERS: dict[str, Callable[[Path], Run]] = {}
"""Further runtimes that an export is compared in: none."""


def write(
    source: Source,
    path: Path,
    *,
    loops: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> Written:
    """Writes a SavedModel; its loops are TensorFlow's own, whether asked for or not.

    Args:
        metadata: not written; a SavedModel has no place for it.

    Raises:
        UserError: an input whose name TensorFlow does not take.
        OSError: it cannot be written.
    """
    strange = [
        info.name for info in source.inputs if not re.fullmatch(r"\w[\w.]*", info.name, re.ASCII)
    ]
    if strange:
        raise UserError(
            f"A SavedModel has no input called {strange[0]!r}; it takes the letters A to Z, "
            f"digits, _ and . alone. Name that input of '{source.model.name}' otherwise, or export "
            "it as onnx."
        )
    with source.traced_for_export(partial(scan.tuned, own_gradients=False)):
        run = source.function()
        concrete = tracing.traced(source.model, run)
        archive = keras.export.ExportArchive()
        archive.track(source.streamed if source.stateful else source.model)
        archive.add_endpoint(ENDPOINT, run)
        with disk.as_os_errors():
            archive.write_out(str(path), verbose=False)
    graph = concrete.graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return Written(Counter(node.op for node in nodes), {})


def load(path: Path) -> Run:
    """The loaded SavedModel."""
    loaded = tf.saved_model.load(str(path))

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        # By way of what was loaded, which alone keeps the weights alive.
        endpoint = loaded.signatures[ENDPOINT]
        outputs = endpoint(**{name: tf.constant(array) for name, array in batch.items()})
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    return run


def signature(path: Path) -> None:
    """None: inputs and outputs have names and no order; running it shows whether they are there."""
