"""Gradients of operators on one batch, against TensorFlow's own rules."""

import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import LSTM
from zoo.layers.base.tensorflow.one_batch import one_batch

OPERATORS = {"+": tf.add, "-": tf.subtract, "*": tf.multiply}
SHAPES = {
    "one shape": ([None, 3], [None, 3]),
    "a weight of the units": ([None, 3], [3]),
    "a number": ([], [None, 3]),
    "a column": ([None, 1], [None, 3]),
    "one row": ([None, 3], [1, 3]),
    "a known batch and an unknown one": ([4, 3], [None, 3]),
    "an unknown rank": (None, [None, 3]),
    "another axis in front": ([None, 2, 3], [None, 3]),
}
SIZES = {"another axis in front": ((4, 2, 3), (2, 3)), "an unknown rank": ((4, 3), (4, 3))}


def differentiated(operator, shapes):
    """x, y -> the gradients of a sum over the result, in a graph, by our rules."""

    @tf.function(input_signature=[tf.TensorSpec(shape, "float64") for shape in shapes])
    def run(x, y):
        with one_batch():
            result = operator(x, y)
        return tf.gradients(tf.reduce_sum(tf.sin(result)), [x, y])

    return run


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("shapes", SHAPES)
def test_gradients_equal_those_of_tensorflow(operator, shapes):
    rng = np.random.default_rng(0)
    sizes = SIZES.get(shapes) or [[size or 4 for size in shape] for shape in SHAPES[shapes]]
    x, y = (tf.constant(rng.normal(size=size)) for size in sizes)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        loss = tf.reduce_sum(tf.sin(OPERATORS[operator](x, y)))
    found = differentiated(OPERATORS[operator], SHAPES[shapes])(x, y)
    for ours, expected in zip(found, tape.gradient(loss, [x, y]), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("shapes", ["one shape", "a weight of the units"])
def test_tensors_of_one_batch_are_not_asked_for_their_shapes(operator, shapes):
    run = differentiated(OPERATORS[operator], SHAPES[shapes]).get_concrete_function()
    assert "BroadcastGradientArgs" not in {made.type for made in run.graph.get_operations()}


def test_a_training_step_is_saved_and_loaded(tmp_path):
    layer = LSTM(3)
    layer.build((None, 6, 2))
    weights = [weight.value for weight in layer.trainable_weights]

    @tf.function(input_signature=[tf.TensorSpec([None, 6, 2])])
    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x, training=True))
        return tape.gradient(loss, weights)

    module = tf.Module()
    module.weights, module.gradients = weights, gradients
    tf.saved_model.save(module, tmp_path)
    loaded, x = tf.saved_model.load(tmp_path), tf.ones([2, 6, 2])
    for found, expected in zip(loaded.gradients(x), gradients(x), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)
