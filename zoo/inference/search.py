"""Decoding inside the graph: a trained encoder and decoder as one function of the source.

The model has two layers that are models themselves. `encoder` maps `source` to the inputs of the
decoder by name: its initial states, and a memory for attention. `decoder` maps these and `symbols`
to `logits` and to the states after the symbols, each named like its input with `_next` appended.
Where the decoder returns its attention weights as `attention`, the search returns them for every
symbol.

Beam search keeps the `width` most probable prefixes at each step,

    score(y_1 ... y_t) = Σ log p(y_t | y_1 ... y_t-1, x) / ((5 + t) / 6)^α

and compares finished ones with unfinished ones. A width of 1 is greedy decoding. Sampling draws
each symbol from p^(1/T), normalized to sum to 1, at the temperature T.

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

    Inputs: that of the encoder, such as `source` (batch, time) with 0 as padding; `width`, beams
    for each source; `length_penalty`, α. Outputs: `symbols` (batch, width, steps), the most
    probable first, END at the end of each and 0 after it; `scores` (batch, width); for a decoder
    with attention its weights, `attention` (batch, width, steps, time), 0 after the end.

    Args:
        longest: symbols in a target at most; by default twice the length of the source plus 10.
    """
    [source] = inputs(model.get_layer("encoder"))
    outputs = list(OUTPUTS)
    if _attends(model):
        source_time = model.get_layer("decoder").input[MEMORY].shape[1] or TIME
        outputs.append(TensorInfo(ATTENTION, "float32", ("batch", "beams", "steps", source_time)))

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
    """The outputs of `search_graph`, by name."""

    def top(_: tf.Tensor, log_probs: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        vocabulary = log_probs.shape[-1]
        scores = log_probs / _penalty(lengths, length_penalty)[:, :, None]
        best = tf.math.top_k(_flatten(scores), width).indices
        return best // vocabulary, best % vocabulary

    # All beams begin with the same prefix: only the first is extended, or all would stay equal.
    first = tf.where(tf.range(width) > 0, IMPOSSIBLE, 0.0)
    symbols, log_probs, lengths, *attention = _decode(model, source, first, top, longest)
    outputs = {"symbols": symbols, "scores": log_probs / _penalty(lengths, length_penalty)}
    if attention:
        [outputs[ATTENTION]] = attention
    return outputs


def sample(
    model: keras.Model, source: Any, *, temperature: float = 1.0, draws: int = 1, seed: int = 0
) -> tf.Tensor:
    """Draws targets from the model's distribution, given a source.

    Args:
        model: as for `search_graph`.
        source: (batch, time), 0 as padding.
        temperature: T; more random above 1, greedy towards 0.
        draws: targets for each source.
        seed: of the random numbers.

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

    def draw(t: tf.Tensor, log_probs: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = tf.reshape(log_probs / temperature, [-1, log_probs.shape[-1]])
        symbols = tf.random.stateless_categorical(rows, 1, tf.stack([seed, t]), tf.int32)
        parents = tf.range(draws)[None] + tf.zeros_like(log_probs[:, :, 0], tf.int32)
        return parents, tf.reshape(symbols, tf.shape(parents))

    return _decode(model, tf.convert_to_tensor(source), tf.zeros([draws]), draw)[0]


def _decode(
    model: keras.Model,
    source: tf.Tensor,
    first: tf.Tensor,
    choose: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
    longest: int | None = None,
) -> list[tf.Tensor]:
    """Extends the beams symbol by symbol until all have ended.

    Args:
        first: the initial log p of each beam, (width,).
        choose: step, log p of each beam extended by each symbol (batch, width, vocabulary), and
            its length (batch, width) → for each new beam its parent and its symbol.
        longest: as for `search_graph`.

    Returns:
        Symbols (batch, width, steps), log p and lengths (batch, width); for a decoder with
        attention its weights (batch, width, steps, source time).
    """
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    encoded = encoder(source, training=False)
    width = tf.size(first)
    context = {name: _repeat(tensor, width) for name, tensor in encoded.items()}
    state_names = sorted(name for name in context if name + NEXT in decoder.output)
    batch = tf.shape(source)[0]
    last_step = longest_target(source) if longest is None else longest

    def is_unfinished(t: tf.Tensor, symbols: tf.Tensor, *_: Any) -> tf.Tensor:
        return (t < last_step) & ~tf.reduce_all(_ended(symbols))

    def advance(
        t: tf.Tensor,
        symbols: tf.Tensor,
        log_probs: tf.Tensor,
        lengths: tf.Tensor,
        *others: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        ended = _ended(symbols)
        states, attention = list(others[: len(state_names)]), list(others[len(state_names) :])
        inputs = context | dict(zip(state_names, states, strict=True))
        last = tf.reshape(symbols[:, :, -1], [-1])
        outputs = decoder({"symbols": last[:, None], **inputs}, training=False)
        step_log_probs = tf.nn.log_softmax(outputs["logits"][:, 0])
        vocabulary = step_log_probs.shape[-1]
        step_log_probs = tf.reshape(step_log_probs, tf.stack([batch, width, vocabulary]))
        step_log_probs = step_log_probs + _no_padding_or_begin(vocabulary)
        step_log_probs = tf.where(ended[:, :, None], _only_padding(vocabulary), step_log_probs)

        log_probs = log_probs[:, :, None] + step_log_probs
        lengths = lengths + tf.cast(~ended, tf.float32)
        parents, chosen = choose(t, log_probs, lengths)
        symbols = tf.concat([_gather(symbols, parents), chosen[:, :, None]], axis=2)
        log_probs = _gather(_flatten(log_probs), parents * vocabulary + chosen)
        rows = tf.reshape(tf.range(batch)[:, None] * width + parents, [-1])
        states = [tf.gather(outputs[name + NEXT], rows) for name in state_names]
        attention = [
            _gather(tf.concat([before, _attention(outputs, ended)], axis=2), parents)
            for before in attention
        ]
        return t + 1, symbols, log_probs, _gather(lengths, parents), *states, *attention

    memories = [context[MEMORY]] if _attends(model) else []
    initial = (
        tf.constant(0),
        tf.fill(tf.stack([batch, width, 1]), BEGIN),
        tf.tile(first[None], tf.stack([batch, 1])),
        tf.zeros(tf.stack([batch, width])),
        *[context[name] for name in state_names],
        *[tf.zeros(tf.stack([batch, width, 0, tf.shape(memory)[1]])) for memory in memories],
    )
    shapes = (
        tf.TensorShape([]),
        *[tf.TensorShape([None] * axes) for axes in (3, 2, 2)],
        *[context[name].shape for name in state_names],
        *[tf.TensorShape([None] * 4) for _ in memories],
    )
    _, symbols, log_probs, lengths, *others = tf.while_loop(is_unfinished, advance, initial, shapes)
    return [symbols[:, :, 1:], log_probs, lengths, *others[len(state_names) :]]


def _attends(model: keras.Model) -> bool:
    return ATTENTION in model.get_layer("decoder").output


def _attention(outputs: dict[str, tf.Tensor], ended: tf.Tensor) -> tf.Tensor:
    """The attention weights of this step, 0 for ended beams: (batch, width, 1, source time)."""
    weights = outputs[ATTENTION]
    weights = tf.reshape(weights, tf.concat([tf.shape(ended), [1, tf.shape(weights)[-1]]], 0))
    return tf.where(ended[:, :, None, None], 0.0, weights)


def longest_target(source: tf.Tensor) -> tf.Tensor:
    """Symbols in a target at most."""
    return 2 * tf.shape(source)[1] + 10


def _repeat(tensor: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """(batch, ...) → (batch x width, ...), the beams of one source next to each other."""
    return tf.repeat(tensor, width, axis=0)


def _ended(symbols: tf.Tensor) -> tf.Tensor:
    return (symbols[:, :, -1] == END) | (symbols[:, :, -1] == PADDING)


def _no_padding_or_begin(vocabulary: int) -> tf.Tensor:
    """Added to log p, it excludes the symbols that no target contains."""
    return tf.reduce_sum(tf.one_hot([PADDING, BEGIN], vocabulary), 0) * IMPOSSIBLE


def _only_padding(vocabulary: int) -> tf.Tensor:
    return (1 - tf.one_hot(PADDING, vocabulary)) * IMPOSSIBLE


def _penalty(lengths: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    return tf.pow((5 + lengths) / 6, alpha)


def _flatten(scores: tf.Tensor) -> tf.Tensor:
    """(batch, width, vocabulary) → (batch, width x vocabulary)"""
    shape = tf.shape(scores)
    return tf.reshape(scores, tf.stack([shape[0], shape[1] * scores.shape[2]]))


def _gather(tensor: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """The entries at these indices of the second axis, for each row of the batch."""
    return tf.gather(tensor, indices, batch_dims=1)
