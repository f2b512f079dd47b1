"""Beam search inside the graph: a trained encoder and decoder as one function of the source.

The model has two halves as layers, models themselves: `encoder`, from `source` to what the decoder
begins with, and `decoder`, from `symbols` and that to `logits` and, under the same names followed
by `_next`, the states after the symbols. What the decoder takes and does not give back, such as
the memory it attends to, stays as it is.

Of a batch of sources the `width` likeliest beginnings are kept at each step,

    score(y_1 ... y_t) = Σ log p(y_t | y_1 ... y_t-1, x) / ((5 + t) / 6)^α

and an ended one competes with those that go on. A width of 1 is greedy decoding.

Source: I. Sutskever, O. Vinyals, Q. V. Le, Sequence to sequence learning with neural networks,
NIPS 2014, section 3.2; the length penalty α: Y. Wu et al., Google's neural machine translation
system, arXiv 1609.08144, eq. 14.
"""

from typing import Any

import keras
import tensorflow as tf

from zoo.run import NEXT
from zoo.signature import Graph, TensorInfo
from zoo.symbols import BEGIN, END, PADDING

IMPOSSIBLE = -1e9
"""Added to a log probability."""

INPUTS = [
    TensorInfo("source", "int32", ("batch", "time")),
    TensorInfo("width", "int32", ()),
    TensorInfo("length_penalty", "float32", ()),
]
OUTPUTS = [
    TensorInfo("symbols", "int32", ("batch", "beams", "steps")),
    TensorInfo("scores", "float32", ("batch", "beams")),
]


def graph(model: keras.Model) -> Graph:
    """Search as a graph of its own.

    Inputs: `source` (batch, time), 0 where there is none; `width`, beams kept of a sentence;
    `length_penalty`, α. Outputs: `symbols` (batch, width, steps), the likeliest first, END at the
    end of each and 0 after it; `scores` (batch, width). A target is at most twice as long as its
    source and ten symbols more.
    """
    return Graph(INPUTS, OUTPUTS, lambda *given: beam_search(model, *given))


def beam_search(
    model: keras.Model, source: tf.Tensor, width: tf.Tensor, length_penalty: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The outputs that `graph` names, by name."""
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    encoded = encoder(source, training=False)
    given = {name: _repeated(tensor, width) for name, tensor in encoded.items()}
    carried = sorted(name for name in given if name + NEXT in decoder.output)
    batch, last_step = tf.shape(source)[0], longest(source)

    def going(t: tf.Tensor, symbols: tf.Tensor, sums: Any, lengths: Any, *_: Any) -> tf.Tensor:
        return (t < last_step) & ~tf.reduce_all(_ended(symbols))

    def advance(
        t: tf.Tensor, symbols: tf.Tensor, sums: tf.Tensor, lengths: tf.Tensor, *state: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        ended = _ended(symbols)
        inputs = given | dict(zip(carried, state, strict=True))
        last = tf.reshape(symbols[:, :, -1], [-1])
        outputs = decoder({"symbols": last[:, None], **inputs}, training=False)
        chances = tf.nn.log_softmax(outputs["logits"][:, 0])
        vocabulary = chances.shape[-1]
        chances = tf.reshape(chances, tf.stack([batch, width, vocabulary])) + _never(vocabulary)
        chances = tf.where(ended[:, :, None], _only_padding(vocabulary), chances)

        sums = sums[:, :, None] + chances
        lengths = lengths + tf.cast(~ended, tf.float32)
        scores = sums / _penalty(lengths, length_penalty)[:, :, None]
        best = tf.math.top_k(_flat(scores, batch, width * vocabulary), width).indices
        parents, chosen = best // vocabulary, best % vocabulary
        symbols = tf.concat([_of(symbols, parents), chosen[:, :, None]], axis=2)
        sums = tf.gather(_flat(sums, batch, width * vocabulary), best, batch_dims=1)
        rows = tf.reshape(tf.range(batch)[:, None] * width + parents, [-1])
        state = tuple(tf.gather(outputs[name + NEXT], rows) for name in carried)
        return t + 1, symbols, sums, _of(lengths, parents), *state

    # Of equal beginnings one counts, or every beam would hold the same.
    first = tf.where(tf.range(width) > 0, IMPOSSIBLE, 0.0)
    start = (
        tf.constant(0),
        tf.fill(tf.stack([batch, width, 1]), BEGIN),
        tf.tile(first[None], tf.stack([batch, 1])),
        tf.zeros(tf.stack([batch, width])),
        *[given[name] for name in carried],
    )
    shapes = (
        tf.TensorShape([]),
        *[tf.TensorShape([None] * axes) for axes in (3, 2, 2)],
        *[given[name].shape for name in carried],
    )
    _, symbols, sums, lengths, *_ = tf.while_loop(going, advance, start, shapes)
    scores = sums / _penalty(lengths, length_penalty)
    return {"symbols": symbols[:, :, 1:], "scores": scores}


def longest(source: tf.Tensor) -> tf.Tensor:
    """Symbols in a target at most."""
    return 2 * tf.shape(source)[1] + 10


def _repeated(tensor: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """(batch, ...) to (batch x width, ...), each sentence's beams side by side."""
    return tf.repeat(tensor, width, axis=0)


def _ended(symbols: tf.Tensor) -> tf.Tensor:
    return (symbols[:, :, -1] == END) | (symbols[:, :, -1] == PADDING)


def _never(vocabulary: int) -> tf.Tensor:
    """What keeps padding and a second beginning out of a target."""
    return tf.reduce_sum(tf.one_hot([PADDING, BEGIN], vocabulary), 0) * IMPOSSIBLE


def _only_padding(vocabulary: int) -> tf.Tensor:
    return (1 - tf.one_hot(PADDING, vocabulary)) * IMPOSSIBLE


def _penalty(lengths: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    return tf.pow((5 + lengths) / 6, alpha)


def _flat(scores: tf.Tensor, batch: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    return tf.reshape(scores, tf.stack([batch, size]))


def _of(tensor: tf.Tensor, parents: tf.Tensor) -> tf.Tensor:
    """What each beam's parent had."""
    return tf.gather(tensor, parents, batch_dims=1)
