"""Greedy decoding step by step on any backend of Keras, to measure a model during training.

The exported graph gives the same with a beam width of 1: see `zoo.inference.search`.
"""

import keras
import numpy as np

from zoo.inference.arrays import NEXT
from zoo.inference.vocabulary import BEGIN, END, PADDING


def greedy(model: keras.Model, source: np.ndarray, longest: int) -> np.ndarray:
    """Decodes by the most probable symbol at each step.

    Args:
        model: with the layers `encoder` and `decoder`, as `zoo.inference.search` takes it.
        source: input of the encoder, (batch, ...).
        longest: symbols in a target at most.

    Returns:
        Symbols, (batch, longest): END where a target ends, 0 after it.
    """
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    context = encoder.predict_on_batch(source)
    symbols = np.full((len(source), 1), BEGIN, "int32")
    targets = np.full((len(source), longest), PADDING, "int32")
    unfinished = np.ones(len(source), bool)
    for step in range(longest):
        outputs = decoder.predict_on_batch({"symbols": symbols, **context})
        context |= {name: outputs[name + NEXT] for name in context if name + NEXT in outputs}
        logits = outputs["logits"][:, 0]
        logits[:, [PADDING, BEGIN]] = -np.inf
        symbols = logits.argmax(axis=-1).astype("int32")[:, None]
        targets[unfinished, step] = symbols[unfinished, 0]
        unfinished &= symbols[:, 0] != END
    return targets
