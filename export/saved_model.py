"""SavedModel: what plain TensorFlow serves without Keras or the zoo."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from export.report import Written
from export.source import Source
from zoo.layers import loop, tensorflow_loop
from zoo.run import Run

ENDPOINT = "serving_default"


def write(source: Source, path: Path, *, loops: bool = False, steps: int | None = None) -> Written:
    """Writes a SavedModel; its loops are TensorFlow's own, whether asked for or not.

    Args:
        steps: time steps that it is for; any number if None.
    """
    with loop.using(partial(tensorflow_loop.run, arranged=False)):
        run = source.function(steps)
        archive = keras.export.ExportArchive()
        archive.track(source.rebuilt)
        archive.add_endpoint(ENDPOINT, run)
        archive.write_out(str(path), verbose=False)
    graph = run.get_concrete_function().graph.as_graph_def()
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
