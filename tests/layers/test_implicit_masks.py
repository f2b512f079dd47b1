"""The masks that Keras keeps with tensors do what the same masks do as arguments."""

import inspect

import keras
import numpy as np
import pytest

from tests.layers.table import SAMPLES
from zoo import layers
from zoo.layers.base.state import flatten

MASKS = {5: [[1, 1, 1, 0, 0], [0, 1, 1, 0, 1]], 6: [[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 0, 1]]}
"""Steps -> what of two sequences is not padding."""

WITHOUT = {"DRAW", "GlimpseSensor", "Hopfield", "RAM"}
"""They take no sequence of which steps could be padding; a step of noise is a stroke of DRAW."""


def tensors(name):
    """Names of what a layer takes beside masks, in order."""
    parameters = list(inspect.signature(getattr(layers, name).call).parameters)[1:]
    return [each for each in parameters if each != "training" and not each.endswith("mask")]


def masked(name):
    """Argument -> the argument that takes its mask."""
    takes = inspect.signature(getattr(layers, name).call).parameters
    names = tensors(name)
    pairs = [(names[0], "mask"), *[(each, f"{each}_mask") for each in names]]
    return {argument: mask for argument, mask in pairs if mask in takes}


MASKED = [name for name in SAMPLES if masked(name)]


def of_state(layer):
    """Shapes of the parts of a layer's initial state."""
    match layer:
        case layers.Bidirectional():
            return of_state(layer.forward_layer) + of_state(layer.backward_layer)
        case layers.Stacked():
            return [shape for each in layer.layers for shape in of_state(each)]
        case layers.Conditioned():
            return of_state(layer.layer)
        case _:
            return flatten(layer.state_shape)


def mask_of(array):
    mask = np.array(MASKS[array.shape[1]], bool)
    if array.ndim == 4:  # Of each of the sequences in a sequence.
        mask = np.array(MASKS[array.shape[2]], bool)[:, None] & mask[:, :, None]
    return mask


def arguments(name, layer):
    """The arguments of a call, zero at padding, and the masks; with an initial state, if any."""
    sample = SAMPLES[name]
    names = [tensors(name)[0], *(sample.names or tensors(name)[1 : len(sample.inputs)])]
    called = dict(zip(names, sample.inputs, strict=True))
    masks = {}
    for argument, mask in masked(name).items():
        masks[mask] = mask_of(called[argument])
        called[argument] = called[argument] * masks[mask][..., None]
    if "initial_state" in tensors(name):
        sample.called(layer, sample.inputs)
        rng = np.random.default_rng(1)
        shapes = of_state(layer)
        called["initial_state"] = [rng.random((2, *each)).astype("float32") for each in shapes]
    return called, masks


def symbolic(array):
    return keras.Input(array.shape[1:], dtype=array.dtype)


def assert_equal(results, others):
    for one, other in zip(keras.tree.flatten(results), keras.tree.flatten(others), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_every_layer_is_here():
    assert set(SAMPLES) - set(MASKED) == WITHOUT


@pytest.mark.parametrize("name", MASKED)
def test_implicit_masks_equal_explicit_ones(name):
    layer = SAMPLES[name].make()
    called, masks = arguments(name, layer)
    explicit = layer(**called, **masks)
    one, other = (
        np.ravel(keras.tree.flatten(results)[0]) for results in (explicit, layer(**called))
    )
    assert np.abs(one - other).max() > 1e-4, "without masks it is another result"

    def implicit(called):
        first, *others = called
        tensors = called | {each: keras.layers.Masking()(called[each]) for each in masked(name)}
        return layer(tensors[first], **{each: tensors[each] for each in others})

    assert_equal(implicit(called), explicit)
    inputs = keras.tree.map_structure(symbolic, called)
    model = keras.Model(keras.tree.flatten(inputs), implicit(inputs))
    assert_equal(model(keras.tree.flatten(called)), explicit)
    copy = keras.Model.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert_equal(copy(keras.tree.flatten(called)), explicit)


PASS_ON = {
    "LSTM": lambda: layers.LSTM(3, return_sequences=True),
    "NTM": lambda: layers.NTM(3, 6, 3, return_sequences=True),
    "Bidirectional": lambda: layers.Bidirectional(layers.GRU(3, return_sequences=True)),
    "Stacked": lambda: layers.Stacked([layers.Elman(3, return_sequences=True)]),
    "Conditioned": lambda: layers.Conditioned(layers.Elman(3, return_sequences=True)),
    "BahdanauAttention": SAMPLES["BahdanauAttention"].make,
    "LuongAttention": SAMPLES["LuongAttention"].make,
    "AttentiveLSTM": SAMPLES["AttentiveLSTM"].make,
}


@pytest.mark.parametrize("name", PASS_ON)
def test_the_mask_of_the_sequences_reaches_the_layer_after(name):
    layer = PASS_ON[name]()
    called, _ = arguments(name, layer)
    first, *others = called
    steps = mask_of(called[first])
    sequences = keras.layers.Masking()(called[first] * steps[..., None])
    results = layer(sequences, **{each: called[each] for each in others})
    in_time = [each for each in keras.tree.flatten(results) if each.shape[1:2] == (5,)]
    assert in_time
    for output in in_time:
        mean = keras.layers.GlobalAveragePooling1D()(output)
        expected = (np.array(output) * steps[..., None]).sum(1) / steps.sum(1)[:, None]
        np.testing.assert_allclose(mean, expected, atol=1e-6)


def test_the_mask_of_an_embedding_reaches_a_decoder_and_its_memory():
    words = keras.Input((None,), dtype="int32")
    source = keras.Input((None,), dtype="int32")
    h, c = keras.Input((3,)), keras.Input((3,))
    table = keras.layers.Embedding(9, 4, mask_zero=True)
    layer = layers.AttentiveLSTM(3, attention_units=5)
    results = layer(table(words), initial_state=[h, c], memory=table(source))
    model = keras.Model([words, source, h, c], results)
    rng = np.random.default_rng(0)
    target, read = (rng.integers(1, 9, (2, time)) * np.array(MASKS[time]) for time in (5, 6))
    state = [rng.random((2, 3)).astype("float32") for _ in "hc"]
    explicit = layer(
        np.array(table(target)),
        initial_state=state,
        memory=np.array(table(read)),
        mask=target != 0,
        memory_mask=read != 0,
    )
    assert_equal(model([target, read, *state]), explicit)
