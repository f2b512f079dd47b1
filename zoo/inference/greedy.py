"""Greedy decoding step by step, by whatever backend Keras runs on: for a look during training.

The graph that is shipped does the same at a width of 1: see `zoo.inference.search`.
"""

import keras
import numpy as np

from zoo.inference.arrays import NEXT
from zoo.inference.vocabulary import BEGIN, END, PADDING


def greedy(model: keras.Model, source: np.ndarray, longest: int) -> np.ndarray:
    """The likeliest symbol after the likeliest symbols before it.

    Args:
        model: with the layers `encoder` and `decoder`, as `zoo.inference.search` takes it.
        source: what the encoder takes, (batch, ...).
        longest: symbols in a target.

    Returns:
        (batch, longest), END at the end of each that ends, and 0 after it.
    """
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    given = encoder.predict_on_batch(source)
    symbols = np.full((len(source), 1), BEGIN, "int32")
    found = np.full((len(source), longest), PADDING, "int32")
    goes_on = np.ones(len(source), bool)
    for step in range(longest):
        said = decoder.predict_on_batch({"symbols": symbols, **given})
        given |= {name: said[name + NEXT] for name in given if name + NEXT in said}
        logits = said["logits"][:, 0]
        logits[:, [PADDING, BEGIN]] = -np.inf
        symbols = logits.argmax(axis=-1).astype("int32")[:, None]
        found[goes_on, step] = symbols[goes_on, 0]
        goes_on &= symbols[:, 0] != END
    return found
