"""Decoding inside the graph: a trained encoder and decoder as one function of the source.

The model has two halves as layers, models themselves: `encoder`, from `source` to what the decoder
begins with, and `decoder`, from `symbols` and that to `logits` and, under the same names followed
by `_next`, the states after the symbols. What the decoder takes and does not give back, such as
the memory it attends to, stays as it is. Where it says by `attention` how much it looked at each
part of the source, the search says so of every symbol.

Beam search keeps the `width` likeliest beginnings at each step,

    score(y_1 ... y_t) = Σ log p(y_t | y_1 ... y_t-1, x) / ((5 + t) / 6)^α

and an ended one competes with those that go on. A width of 1 is greedy decoding. Sampling draws
each symbol from p^(1/T), made to sum to 1, at the temperature T.

For a network trained by connectionist temporal classification there is `prefix_beam_search`.

Source: I. Sutskever, O. Vinyals, Q. V. Le, Sequence to sequence learning with neural networks,
NIPS 2014, section 3.2; the length penalty α: Y. Wu et al., Google's neural machine translation
system, arXiv 1609.08144, eq. 14.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from zoo.errors import UserError
from zoo.inference.arrays import NEXT
from zoo.inference.ctc import prefix_beam_search
from zoo.inference.graph import TIME, Graph, TensorInfo, inputs
from zoo.inference.vocabulary import BEGIN, END, PADDING

__all__ = ["beam_search", "longest_target", "prefix_beam_search", "sample", "search_graph"]

IMPOSSIBLE = -1e9
"""Added to a log probability."""

SETTINGS = [TensorInfo("width", "int32", ()), TensorInfo("length_penalty", "float32", ())]
OUTPUTS = [
    TensorInfo("symbols", "int32", ("batch", "beams", "steps")),
    TensorInfo("scores", "float32", ("batch", "beams")),
]
ATTENTION, MEMORY = "attention", "memory"


def search_graph(model: keras.Model, longest: int | None = None) -> Graph:
    """Beam search as a graph of its own.

    Inputs: what the encoder takes, such as `source` (batch, time), 0 where there is none; `width`,
    beams kept of a sentence; `length_penalty`, α. Outputs: `symbols` (batch, width, steps), the
    likeliest first, END at the end of each and 0 after it; `scores` (batch, width); of a decoder
    with attention `attention` (batch, width, steps, time), its weights, 0 after the end.

    Args:
        longest: symbols in a target at most; by default twice as many as in its source and ten
            more.
    """
    [source] = inputs(model.get_layer("encoder"))
    outputs = list(OUTPUTS)
    if _attends(model):
        looked = model.get_layer("decoder").input[MEMORY].shape[1] or TIME
        outputs.append(TensorInfo(ATTENTION, "float32", ("batch", "beams", "steps", looked)))

    def call(source: tf.Tensor, width: tf.Tensor, length_penalty: tf.Tensor) -> Any:
        return beam_search(model, source, width, length_penalty, longest)

    return Graph([source, *SETTINGS], outputs, call)


def beam_search(
    model: keras.Model,
    source: tf.Tensor,
    width: tf.Tensor,
    length_penalty: tf.Tensor,
    longest: int | None = None,
) -> dict[str, tf.Tensor]:
    """The outputs that `search_graph` names, by name."""

    def likeliest(_: tf.Tensor, sums: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        vocabulary = sums.shape[-1]
        scores = sums / _penalty(lengths, length_penalty)[:, :, None]
        best = tf.math.top_k(_flat(scores), width).indices
        return best // vocabulary, best % vocabulary

    # Of equal beginnings one counts, or every beam would hold the same.
    first = tf.where(tf.range(width) > 0, IMPOSSIBLE, 0.0)
    symbols, sums, lengths, *attention = _decoded(model, source, first, likeliest, longest)
    scores = sums / _penalty(lengths, length_penalty)
    found = {"symbols": symbols, "scores": scores}
    if attention:
        [found[ATTENTION]] = attention
    return found


def sample(
    model: keras.Model, source: Any, *, temperature: float = 1.0, draws: int = 1, seed: int = 0
) -> tf.Tensor:
    """Targets drawn from what the model says of a source.

    Args:
        model: as for `search_graph`.
        source: (batch, time), 0 where there is none.
        temperature: T; above 1 more daring, towards 0 greedy.
        draws: targets of each source.
        seed: the same draws for the same seed.

    Returns:
        symbols (batch, draws, steps), END at the end of each and 0 after it.

    Raises:
        UserError: a temperature or a number of draws that is not above 0.
    """
    if not temperature > 0 or draws < 1:
        raise UserError(
            f"temperature={temperature}, draws={draws} do not fit; a temperature is above 0, and "
            "draws are 1 or more."
        )

    def drawn(t: tf.Tensor, sums: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = tf.reshape(sums / temperature, [-1, sums.shape[-1]])
        symbols = tf.random.stateless_categorical(rows, 1, tf.stack([seed, t]), tf.int32)
        itself = tf.range(draws)[None] + tf.zeros_like(sums[:, :, 0], tf.int32)
        return itself, tf.reshape(symbols, tf.shape(itself))

    return _decoded(model, tf.convert_to_tensor(source), tf.zeros([draws]), drawn)[0]


def _decoded(
    model: keras.Model,
    source: tf.Tensor,
    first: tf.Tensor,
    choose: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
    longest: int | None = None,
) -> list[tf.Tensor]:
    """Beams grown symbol by symbol until all have ended.

    Args:
        first: Σ log p that each beam begins with, (width,).
        choose: the step, Σ log p of each beam and next symbol (batch, width, vocabulary), and the
            lengths with it (batch, width) → for each new beam its parent and its next symbol.
        longest: as for `search_graph`.

    Returns:
        Symbols (batch, width, steps), Σ log p and lengths (batch, width); of a decoder with
        attention its weights (batch, width, steps, source time).
    """
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    encoded = encoder(source, training=False)
    width = tf.size(first)
    given = {name: _repeated(tensor, width) for name, tensor in encoded.items()}
    carried = sorted(name for name in given if name + NEXT in decoder.output)
    batch = tf.shape(source)[0]
    last_step = longest_target(source) if longest is None else longest
    looked = [MEMORY] if _attends(model) else []

    def going(t: tf.Tensor, symbols: tf.Tensor, *_: Any) -> tf.Tensor:
        return (t < last_step) & ~tf.reduce_all(_ended(symbols))

    def advance(
        t: tf.Tensor, symbols: tf.Tensor, sums: tf.Tensor, lengths: tf.Tensor, *others: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        ended = _ended(symbols)
        state, looked = list(others[: len(carried)]), list(others[len(carried) :])
        inputs = given | dict(zip(carried, state, strict=True))
        last = tf.reshape(symbols[:, :, -1], [-1])
        outputs = decoder({"symbols": last[:, None], **inputs}, training=False)
        chances = tf.nn.log_softmax(outputs["logits"][:, 0])
        vocabulary = chances.shape[-1]
        chances = tf.reshape(chances, tf.stack([batch, width, vocabulary])) + _never(vocabulary)
        chances = tf.where(ended[:, :, None], _only_padding(vocabulary), chances)

        sums = sums[:, :, None] + chances
        lengths = lengths + tf.cast(~ended, tf.float32)
        parents, chosen = choose(t, sums, lengths)
        symbols = tf.concat([_of(symbols, parents), chosen[:, :, None]], axis=2)
        sums = _of(_flat(sums), parents * vocabulary + chosen)
        rows = tf.reshape(tf.range(batch)[:, None] * width + parents, [-1])
        state = [tf.gather(outputs[name + NEXT], rows) for name in carried]
        looked = [
            _of(tf.concat([before, _now(outputs, ended)], axis=2), parents) for before in looked
        ]
        return t + 1, symbols, sums, _of(lengths, parents), *state, *looked

    start = (
        tf.constant(0),
        tf.fill(tf.stack([batch, width, 1]), BEGIN),
        tf.tile(first[None], tf.stack([batch, 1])),
        tf.zeros(tf.stack([batch, width])),
        *[given[name] for name in carried],
        *[tf.zeros(tf.stack([batch, width, 0, tf.shape(given[MEMORY])[1]])) for _ in looked],
    )
    shapes = (
        tf.TensorShape([]),
        *[tf.TensorShape([None] * axes) for axes in (3, 2, 2)],
        *[given[name].shape for name in carried],
        *[tf.TensorShape([None] * 4) for _ in looked],
    )
    _, symbols, sums, lengths, *others = tf.while_loop(going, advance, start, shapes)
    return [symbols[:, :, 1:], sums, lengths, *others[len(carried) :]]


def _attends(model: keras.Model) -> bool:
    return ATTENTION in model.get_layer("decoder").output


def _now(outputs: dict[str, tf.Tensor], ended: tf.Tensor) -> tf.Tensor:
    """What the beams that go on look at: (batch, width, 1, source time)."""
    weights = outputs[ATTENTION]
    weights = tf.reshape(weights, tf.concat([tf.shape(ended), [1, tf.shape(weights)[-1]]], 0))
    return tf.where(ended[:, :, None, None], 0.0, weights)


def longest_target(source: tf.Tensor) -> tf.Tensor:
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


def _flat(sums: tf.Tensor) -> tf.Tensor:
    """(batch, width, vocabulary) → (batch, width x vocabulary)"""
    return tf.reshape(sums, tf.stack([tf.shape(sums)[0], tf.shape(sums)[1] * sums.shape[2]]))


def _of(tensor: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """What stands at these places of the second axis."""
    return tf.gather(tensor, places, batch_dims=1)
