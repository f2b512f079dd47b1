"""Stateful layers carry their state from batch to batch, and truncated BPTT trains with them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import GRU, LSTM, Elman, Jordan
from zoo.training import streams

BATCH, FEATURES = 2, 3
X = np.random.default_rng(0).normal(size=(BATCH, 12, FEATURES)).astype("float32")
kinds = pytest.mark.parametrize("kind", [Elman, GRU, LSTM, Jordan])


@kinds
def test_blocks_with_carried_state_give_what_one_pass_gives(kind):
    whole = kind(4, return_sequences=True)
    expected = whole(X)
    carried = kind(4, return_sequences=True, stateful=True)
    carried.build((BATCH, None, FEATURES))
    carried.set_weights([*whole.get_weights(), *carried.get_weights()[len(whole.weights) :]])
    for _ in range(2):
        blocks = [carried(X[:, start : start + 5]) for start in (0, 5, 10)]
        np.testing.assert_allclose(np.concatenate(blocks, axis=1), expected, atol=1e-6)
        carried.reset_state()


def test_the_gradient_stops_at_the_start_of_a_block():
    layer = LSTM(4, stateful=True)
    first, second = tf.constant(X[:, :6]), tf.constant(X[:, 6:])
    with tf.GradientTape() as tape:
        tape.watch(first)
        layer(first)
        loss = tf.reduce_sum(layer(second))
    assert tape.gradient(loss, first) is None


def test_a_batch_size_that_is_not_fixed_is_refused():
    with pytest.raises(ValueError, match="got a batch size None; it takes a fixed one"):
        keras.Sequential([keras.Input((None, FEATURES)), LSTM(4, stateful=True)])


def test_fit_over_blocks_of_a_stream_learns_the_bit_before_a_block_of_two():
    keras.utils.set_random_seed(0)
    bits = np.random.default_rng(0).integers(0, 2, 40_000)
    before = np.roll(bits, 1)
    data = streams.blocks(bits[:, None].astype("float32"), before, batch_size=20, steps=2)
    inputs = keras.Input(batch_shape=(20, 2, 1))
    hidden = LSTM(16, stateful=True, return_sequences=True)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(hidden))
    model.compile(
        keras.optimizers.Adam(0.01, clipnorm=1.0), "binary_crossentropy", metrics=["accuracy"]
    )
    reset = streams.ResetStates()
    history = model.fit(data, epochs=3, shuffle=False, callbacks=[reset], verbose=0).history
    _, accuracy = model.evaluate(data, callbacks=[reset], verbose=0)
    assert history["loss"][-1] < history["loss"][0]
    assert accuracy > 0.95


def test_blocks_follow_one_another_in_every_part_of_the_stream():
    stream = np.arange(26)
    first, second = [np.array(x) for x, _ in streams.blocks(stream, stream + 1, 2, 4)][:2]
    np.testing.assert_array_equal(first, [[0, 1, 2, 3], [12, 13, 14, 15]])
    np.testing.assert_array_equal(second, [[4, 5, 6, 7], [16, 17, 18, 19]])


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [(10, 9, "10 inputs and 9 targets"), (7, 7, "a stream of 7 steps; it takes 8 or more")],
)
def test_streams_that_do_not_fit_are_named(inputs, targets, message):
    with pytest.raises(ValueError, match=message):
        streams.blocks(np.zeros(inputs), np.zeros(targets), batch_size=2, steps=4)
