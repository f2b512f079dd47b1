"""Steps computed again on the way back have the gradients of steps whose parts were stored."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from zoo.layers import NTM, Core
from zoo.layers.base import scan, state
from zoo.layers.base.tensorflow import remat

BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 2
X = np.random.default_rng(0).normal(size=(BATCH, TIME, FEATURES))
MASK = np.array([[1] * 5, [1, 0, 1, 1, 0], [0, 0, 1, 1, 1]], bool)


class InParts(Core):
    """State and output of two parts each, a weight that learns and one that does not."""

    remat = True

    def build(self, sequences_shape, initial_state_shape=None):
        self.state_shape = {"a": (UNITS,), "b": (UNITS, UNITS)}
        self.output_shape = ((UNITS,), (UNITS, UNITS))
        self.kernel = self.add_weight(name="kernel", shape=(FEATURES, UNITS))
        self.fixed = self.add_weight(name="fixed", shape=(UNITS, UNITS), trainable=False)
        super().build(sequences_shape)

    def step(self, x, state):
        a = ops.tanh(ops.matmul(x, self.kernel) + ops.matmul(state["a"], self.fixed))
        b = 0.9 * state["b"] + a[:, :, None] * state["a"][:, None, :]
        return (a * a, ops.sin(b)), {"a": a, "b": b}


def machine(**options):
    return NTM(3, 6, 4, heads=2, **options)


def made(kind, **options):
    keras.utils.set_random_seed(1)
    layer = kind(return_state=True, **{"dtype": "float64", **options})
    layer.build((None, None, FEATURES))
    return layer


def weighed(part):
    """The sum of a tensor's numbers, each by a weight of its own."""
    weights = tf.cos(tf.range(tf.cast(tf.size(part), part.dtype)))
    return tf.reduce_sum(tf.reshape(part, [-1]) * weights)


def gradients(layer, loop, mask=None, *, length=None, compiled=False):
    """Of the input, of the first state and of the weights, for a loss of all that is returned."""
    shapes = state.flatten(layer.state_shape)
    start = [np.random.default_rng(1).random((BATCH, *shape)) for shape in shapes]
    given = tf.TensorSpec((BATCH, length, FEATURES), layer.compute_dtype)

    @tf.function(autograph=False, jit_compile=compiled, input_signature=[given])
    def of(x):
        first = [tf.constant(part, x.dtype) for part in start]
        with scan.using(loop), tf.GradientTape() as tape:
            tape.watch([x, *first])
            found = layer(x, initial_state=first, mask=mask, training=True)
            loss = tf.add_n([weighed(part) for part in keras.tree.flatten(found)])
        # Where a first state is given, the weights that would make one have no gradient.
        weights = [w.value for w in layer.trainable_weights]
        return tape.gradient(loss, [x, *first, *weights], unconnected_gradients="zero")

    return of(tf.cast(X, layer.compute_dtype))


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("kind", [InParts, machine])
def test_all_gradients_are_those_of_the_plain_loop(kind, mask, return_sequences):
    layer = made(kind, return_sequences=return_sequences)
    expected = gradients(layer, scan.plain, mask, length=TIME)
    for length, compiled in [(None, False), (TIME, False), (TIME, True)]:
        found = gradients(layer, remat.run, mask, length=length, compiled=compiled)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("kind", [InParts, machine])
def test_training_computes_steps_again_and_inference_does_not(kind, monkeypatch):
    def begun(*_):
        raise RuntimeError("steps are to be computed again")

    monkeypatch.setattr(remat, "run", begun)
    layer = made(kind)
    layer(X)
    with pytest.raises(RuntimeError, match="computed again"):
        layer(X, training=True)


@pytest.mark.parametrize("kind", [InParts, machine])
def test_weights_of_another_type_than_is_computed_in_have_gradients_too(kind):
    layer = made(kind, dtype="mixed_bfloat16")
    found = gradients(layer, scan.tuned)
    exact = made(kind, dtype="float32")
    expected = gradients(exact, scan.tuned)
    for one, other in zip(found, expected, strict=True):
        size = np.abs(other).max()
        np.testing.assert_allclose(tf.cast(one, "float32"), other, atol=0.1 * size + 1e-3)


def test_a_sequence_of_no_steps_gives_its_first_state_back():
    layer = made(InParts, return_sequences=True)
    outputs, *final = layer(X[:, :0], training=True)
    assert [part.shape for part in outputs] == [(BATCH, 0, UNITS), (BATCH, 0, UNITS, UNITS)]
    assert all(np.all(np.asarray(part) == 0) for part in final)
