"""DRAW: its filters by direct evaluation, its bound by hand, its gradients by differences."""

import numpy as np
import pytest
from keras import ops

from tests.layers.witness import sigmoid
from zoo.layers import DRAW, filterbank
from zoo.layers.draw import DRAWDecoder

HEIGHT, WIDTH, N = 6, 9, 3


def said(seed=0):
    return np.random.default_rng(seed).normal(size=(4, 5)) * 0.5


def by_points(numbers):
    """F_Y and F_X of five numbers, each entry by the paper's equations."""
    g_x, g_y, log_variance, log_stride, _ = numbers
    centres = {"x": (WIDTH + 1) / 2 * (g_x + 1), "y": (HEIGHT + 1) / 2 * (g_y + 1)}
    stride = (max(HEIGHT, WIDTH) - 1) / (N - 1) * np.exp(log_stride)
    found = {}
    for side, length in (("y", HEIGHT), ("x", WIDTH)):
        found[side] = np.zeros((N, length))
        for i in range(1, N + 1):
            mu = centres[side] + (i - N / 2 - 0.5) * stride
            for a in range(1, length + 1):
                found[side][i - 1, a - 1] = np.exp(-((a - mu) ** 2) / (2 * np.exp(log_variance)))
        found[side] /= found[side].sum(axis=1, keepdims=True)
    return found["y"], found["x"], np.exp(numbers[4])


def test_the_filters_read_and_write_as_direct_evaluation_does():
    rng = np.random.default_rng(1)
    images, patches = rng.normal(size=(4, HEIGHT, WIDTH)), rng.normal(size=(4, N, N))
    where = filterbank.window(ops.convert_to_tensor(said()), N, HEIGHT, WIDTH)
    read = filterbank.read(ops.convert_to_tensor(images), where, N)
    written = filterbank.write(ops.convert_to_tensor(patches), where, HEIGHT, WIDTH)
    for i, numbers in enumerate(said()):
        f_y, f_x, gamma = by_points(numbers)
        np.testing.assert_allclose(read[i], gamma * f_y @ images[i] @ f_x.T, rtol=1e-10)
        np.testing.assert_allclose(written[i], f_y.T @ patches[i] @ f_x / gamma, rtol=1e-10)


def test_zeros_are_a_window_over_the_whole_image():
    where = filterbank.window(np.zeros((1, 5)), 2, 4, 4)
    f_x = filterbank.filters(where.x, where, 2, 4)
    assert np.argmax(f_x[0], axis=-1).tolist() == [0, 3]


def one_by_two(**sizes):
    """A network on images of one by two points, and what it says of both."""
    layer = DRAW(3, 2, **sizes, dtype="float64")
    images = np.array([[[1.0, 0.0]], [[0.0, 0.0]]])
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(2, 4, 2))
    layer.build(images.shape, noise.shape)
    for first in (layer.first_h, layer.decoder.first_h, layer.decoder.first_canvas):
        first.assign(rng.normal(size=first.shape))
    return layer, images, noise, layer(images, noise)


@pytest.mark.parametrize("sizes", [{}, {"read_size": None, "write_size": None}])
def test_a_network_of_two_points_is_what_the_equations_say(sizes):
    layer, images, noise, found = one_by_two(**sizes)

    def lstm(of, x, h, c):
        W, U, b = (np.array(w) for w in of.get_weights())
        i, f, g, o = np.split(x @ W + h @ U + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    def dense(of, x):
        kernel, bias = of.get_weights()
        return x @ kernel + bias

    def filtered(numbers, size):
        where = filterbank.window(numbers[None], size, 1, 2)
        return [
            np.array(filterbank.filters(g, where, size, n))[0]
            for g, n in ((where.y, 1), (where.x, 2))
        ] + [float(where.intensity[0])]

    for x, epsilon, row in zip(images, noise, range(2), strict=True):
        canvas, (h_dec, c_dec), (h_enc, c_enc) = (
            np.array(layer.decoder.first_canvas),
            (np.array(layer.decoder.first_h), np.zeros(3)),
            (np.array(layer.first_h), np.zeros(3)),
        )
        for t, e in enumerate(epsilon):
            missing = x - sigmoid(canvas)
            if sizes:
                r = [x.ravel(), missing.ravel()]
            else:
                f_y, f_x, gamma = filtered(dense(layer.read_window, h_dec), 2)
                r = [(gamma * f_y @ part @ f_x.T).ravel() for part in (x, missing)]
            h_enc, c_enc = lstm(layer.encoder, np.concatenate([*r, h_dec]), h_enc, c_enc)
            mu, log_sigma = dense(layer.mean, h_enc), dense(layer.log_deviation, h_enc)
            z = mu + np.exp(log_sigma) * e
            h_dec, c_dec = lstm(layer.decoder.lstm, z, h_dec, c_dec)
            patch = dense(layer.decoder.patch, h_dec)
            if sizes:
                canvas = canvas + patch.reshape(1, 2)
            else:
                f_y, f_x, gamma = filtered(dense(layer.decoder.window, h_dec), 5)
                canvas = canvas + f_y.T @ patch.reshape(5, 5) @ f_x / gamma
            np.testing.assert_allclose(found.canvases[row, t], canvas, atol=1e-10)
            nats = np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1) / 2
            np.testing.assert_allclose(found.latent_nats[row, t], nats, atol=1e-10)
            log_p = -np.sum(z**2) / 2 - np.log(2 * np.pi)
            log_q = -np.sum(((z - mu) / np.exp(log_sigma)) ** 2) / 2 - np.sum(log_sigma)
            log_q -= np.log(2 * np.pi)
            np.testing.assert_allclose(found.log_ratios[row, t], log_p - log_q, atol=1e-10)


def test_where_nothing_is_looked_at_the_decoder_draws_the_noise():
    layer, images, noise, _ = one_by_two()
    made = layer(images, noise, np.zeros((2, 1)))
    decoder = DRAWDecoder(3, 1, 2, return_sequences=True, dtype="float64")
    decoder.build((None, None, 2))
    decoder.set_weights(layer.decoder.get_weights())
    canvases, windows = decoder(noise)
    np.testing.assert_allclose(made.canvases, canvases, atol=1e-10)
    np.testing.assert_allclose(made.write_windows, windows, atol=1e-10)
    np.testing.assert_allclose(made.latent_nats, 0, atol=1e-12)
    np.testing.assert_allclose(made.log_ratios, 0, atol=1e-12)


def test_a_stateful_decoder_draws_in_blocks_what_it_draws_at_once_from_either_end():
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(2, 6, 3)).astype("float32")
    layer = DRAWDecoder(4, HEIGHT, WIDTH, size=N, return_sequences=True)
    layer(noise)
    weights = [rng.normal(size=w.shape) for w in layer.trainable_weights]

    def drawn(blocks, **changed):
        other = DRAWDecoder.from_config({**layer.get_config(), **changed})
        other.build(noise.shape)
        for weight, values in zip(other.trainable_weights, weights, strict=True):
            weight.assign(values)
        other.reset_state()
        made = [other(block) for block in blocks]
        return [np.concatenate(parts, axis=1) for parts in zip(*made, strict=True)]

    whole = drawn([noise])
    for blocks, changed in (
        ([noise[:, :2], noise[:, 2:]], {"stateful": True}),
        ([noise[:, ::-1]], {"go_backwards": True}),
    ):
        for found, expected in zip(drawn(blocks, **changed), whole, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-5)


def test_every_gradient_is_what_differences_say():
    layer, images, noise, _ = one_by_two()
    import tensorflow as tf

    def bound():
        drawn = layer(images, noise)
        points = ops.binary_crossentropy(images, drawn.canvases[:, -1], from_logits=True)
        return ops.sum(points) + ops.sum(drawn.latent_nats)

    with tf.GradientTape() as tape:
        loss = bound()
    gradients = tape.gradient(loss, [w.value for w in layer.trainable_weights])
    rng = np.random.default_rng(3)
    for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
        values = np.array(weight)
        for _ in range(3):
            place = tuple(int(rng.integers(0, n)) for n in values.shape)
            moved = []
            for step in (1e-5, -1e-5):
                changed = values.copy()
                changed[place] += step
                weight.assign(changed)
                moved.append(float(bound()))
            weight.assign(values)
            numeric = (moved[0] - moved[1]) / 2e-5
            assert float(gradient[place]) == pytest.approx(numeric, rel=1e-5, abs=1e-7), weight.path


def test_what_it_does_not_take_is_named():
    with pytest.raises(ValueError, match="latents 0; it takes an integer above 0"):
        DRAW(3, 0)
    with pytest.raises(
        ValueError, match=r"noise of shape \(2, 4, 3\); it takes \(batch, time, 2\)"
    ):
        DRAW(3, 2)(np.zeros((2, 5, 5)), np.zeros((2, 4, 3)))
    with pytest.raises(ValueError, match="images of shape"):
        DRAW(3, 2)(np.zeros((2, 5)), np.zeros((2, 4, 2)))
