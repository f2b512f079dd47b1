"""Attention and the decoder that feeds it back: against NumPy loops from the equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import AttentiveLSTM, BahdanauAttention, LuongAttention

RNG = np.random.default_rng(0)
QUERIES = RNG.normal(size=(2, 3, 4)).astype("float32")
MEMORY = RNG.normal(size=(2, 5, 6)).astype("float32")
MEMORY_MASK = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "int32")


def softmax(scores):
    exponents = np.exp(scores - scores.max())
    return exponents / exponents.sum()


def bahdanau(layer, query, memory):
    W, U, v = (w.numpy().astype("float64") for w in layer.weights)
    return np.array([v @ np.tanh(query @ W + m @ U) for m in memory])


def luong(layer, query, memory):
    [W] = (w.numpy().astype("float64") for w in layer.weights)
    return np.array([query @ W @ m for m in memory])


@pytest.mark.parametrize(
    ("layer", "score"), [(BahdanauAttention(7), bahdanau), (LuongAttention(), luong)]
)
def test_contexts_and_weights_are_those_of_the_equations(layer, score):
    contexts, weights = layer(QUERIES, MEMORY, MEMORY_MASK)
    for b in range(2):
        memory = MEMORY[b, : MEMORY_MASK[b].sum()]
        for t in range(3):
            expected = softmax(score(layer, QUERIES[b, t], memory))
            np.testing.assert_allclose(weights[b, t, : len(memory)], expected, atol=1e-6)
            np.testing.assert_allclose(contexts[b, t], expected @ memory, atol=1e-6)
    assert np.all(weights.numpy()[0, :, 3:] == 0)


@pytest.mark.parametrize("layer", [BahdanauAttention(7), LuongAttention()])
def test_a_memory_without_time_is_refused_by_name(layer):
    with pytest.raises(ValueError, match=r"a memory of shape \(2, 6\).*source time"):
        layer(QUERIES, MEMORY[:, 0])


def by_hand(layer, sequences, h, c):
    """The hidden states and contexts of an AttentiveLSTM, one sequence and step at a time."""
    W, U, b = (w.numpy().astype("float64") for w in layer.weights[:3])
    states, contexts = np.zeros((2, 9, 4)), np.zeros((2, 9, 6))
    for n in range(2):
        memory = MEMORY[n, : MEMORY_MASK[n].sum()].astype("float64")
        h_n, c_n = h[n].astype("float64"), c[n].astype("float64")
        for t in range(9):
            context = softmax(bahdanau(layer.attention, h_n, memory)) @ memory
            a = sequences[n, t] @ W + np.concatenate([h_n, context]) @ U + b
            i, f, g, o = np.split(a, 4)
            i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
            c_n = np.tanh(g) * i + c_n * f
            h_n = np.tanh(c_n) * o
            states[n, t], contexts[n, t] = h_n, context
    return states, contexts


@pytest.fixture(scope="module")
def decoder():
    keras.utils.set_random_seed(1)
    layer = AttentiveLSTM(4, attention_units=3, bias_initializer="random_normal")
    layer.build((None, None, 5), None, MEMORY.shape)
    return layer


SEQUENCES = RNG.normal(size=(2, 9, 5)).astype("float32")
FIRST = [RNG.normal(size=(2, 4)).astype("float32") for _ in "hc"]


def test_the_decoder_looks_from_the_state_before_each_step(decoder):
    states, contexts, _, h, _ = decoder(
        SEQUENCES, initial_state=FIRST, memory=MEMORY, memory_mask=MEMORY_MASK
    )
    expected_states, expected_contexts = by_hand(decoder, SEQUENCES, *FIRST)
    np.testing.assert_allclose(states, expected_states, atol=1e-5)
    np.testing.assert_allclose(contexts, expected_contexts, atol=1e-5)
    np.testing.assert_allclose(h, expected_states[:, -1], atol=1e-5)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("zero_output_for_mask", [False, True])
def test_the_decoder_looks_past_padding(decoder, go_backwards, zero_output_for_mask):
    options = {"go_backwards": go_backwards, "zero_output_for_mask": zero_output_for_mask}
    layer = AttentiveLSTM(4, attention_units=3, **options)
    layer.build((None, None, 5), None, MEMORY.shape)
    layer.set_weights(decoder.get_weights())
    steps = np.array([[0, 0, 1, 1, 0, 1, 1, 0, 0], [0, 1, 1, 0, 0, 1, 0, 1, 1]], bool)
    states, contexts, _, h, _ = layer(
        SEQUENCES, initial_state=FIRST, mask=steps, memory=MEMORY, memory_mask=MEMORY_MASK
    )
    order = slice(None, None, -1 if go_backwards else 1)
    for n in range(2):
        is_read = steps[n, order]
        read = np.zeros_like(SEQUENCES)
        read[n, : is_read.sum()] = SEQUENCES[n, order][is_read]
        expected_states, expected_contexts = (part[n] for part in by_hand(layer, read, *FIRST))
        number = np.cumsum(is_read)
        np.testing.assert_allclose(contexts[n][is_read], expected_contexts[: number[-1]], atol=1e-5)
        np.testing.assert_allclose(h[n], expected_states[number[-1] - 1], atol=1e-5)
        latest = np.concatenate([np.zeros((1, 4)), expected_states])[number]
        expected = latest * is_read[:, None] if zero_output_for_mask else latest
        np.testing.assert_allclose(states[n], expected, atol=1e-5)


def test_the_gradient_reaches_the_memory_through_every_step(decoder):
    def loss(memory):
        states, *_ = decoder(SEQUENCES, initial_state=FIRST, memory=memory, memory_mask=MEMORY_MASK)
        return tf.reduce_sum(states**2)

    memory = tf.constant(MEMORY)
    with tf.GradientTape() as tape:
        tape.watch(memory)
        total = tf.function(loss)(memory)
    gradient = tape.gradient(total, memory).numpy()
    for place in [(0, 0, 0), (1, 4, 5), (1, 2, 3)]:
        step = np.zeros_like(MEMORY)
        step[place] = 1e-2
        numeric = (loss(MEMORY + step) - loss(MEMORY - step)) / 2e-2
        assert gradient[place] == pytest.approx(float(numeric), abs=2e-3)
    assert np.all(gradient[0, 3:] == 0)


def test_blocks_with_a_carried_state_give_what_one_pass_gives(decoder):
    stateful = AttentiveLSTM(4, attention_units=3, stateful=True)
    stateful.build((2, None, 5), None, MEMORY.shape)
    for ours, theirs in zip(stateful.trainable_weights, decoder.trainable_weights, strict=True):
        ours.assign(theirs)
    given = {"memory": MEMORY, "memory_mask": MEMORY_MASK}
    blocks = [stateful(part, **given)[:3] for part in (SEQUENCES[:, :4], SEQUENCES[:, 4:])]
    for whole, *parts in zip(decoder(SEQUENCES, **given)[:3], *blocks, strict=True):
        np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)


def test_the_decoder_asks_for_a_memory():
    with pytest.raises(ValueError, match="a memory None"):
        AttentiveLSTM(4, attention_units=3)(SEQUENCES)


def test_the_decoder_is_the_same_after_saving(decoder, tmp_path):
    sequences, memory = keras.Input((None, 5)), keras.Input((None, 6))
    states, *_ = AttentiveLSTM(4, attention_units=3)(sequences, memory=memory)
    model = keras.Model([sequences, memory], states)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    given = [SEQUENCES, MEMORY]
    np.testing.assert_array_equal(model.predict(given), loaded.predict(given))


@pytest.mark.parametrize("layer", [BahdanauAttention(7), LuongAttention()])
def test_a_mask_of_too_many_axes_is_refused_by_name(layer):
    with pytest.raises(ValueError, match=r"a memory_mask of shape \(2, 5, 1\).*\(batch, source"):
        layer(QUERIES, MEMORY, MEMORY_MASK[:, :, None])
