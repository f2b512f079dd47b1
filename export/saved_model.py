"""SavedModel: what plain TensorFlow serves without Keras or the zoo."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from zoo import signature

ENDPOINT = "serving_default"


def write(model: keras.Model, path: Path) -> Counter[str]:
    """Writes a SavedModel and returns how often each operator stands in its endpoint."""
    run = signature.function(model)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(ENDPOINT, run)
    archive.write_out(str(path), verbose=False)
    graph = run.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return Counter(node.op for node in nodes)


def run(path: Path, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs of the loaded SavedModel by name."""
    endpoint = tf.saved_model.load(str(path)).signatures[ENDPOINT]
    outputs = endpoint(**{name: tf.constant(array) for name, array in batch.items()})
    return {name: tensor.numpy() for name, tensor in outputs.items()}
