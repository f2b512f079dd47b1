"""Exports, rebuilt models and predictions beside one another in one process."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import keras
import numpy as np
import pytest
from keras import layers

import zoo
from zoo.exporters import saved_model, stock
from zoo.exporters.source import Source
from zoo.layers import from_keras
from zoo.layers.base import scan

X = np.random.default_rng(0).normal(size=(3, 6, 4)).astype("float32")
X[1, 4:] = X[2, :3] = 0
ROUNDS = 3


class OwnCell(layers.SimpleRNNCell):
    """A cell that the engine has no form of."""


def model_of(*parts, dtype=None) -> keras.Model:
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(dtype or "float32")
    try:
        return keras.Sequential([keras.Input((None, 4)), *(make() for make in parts)])
    finally:
        keras.config.set_dtype_policy("float32")


def masked_pair(**options):
    return model_of(
        layers.Masking,
        lambda: layers.Bidirectional(layers.GRU(5, return_sequences=True)),
        lambda: layers.TimeDistributed(layers.Dense(2)),
        **options,
    )


def exported(model, **options):
    """The bytes of an ONNX file."""

    def run(folder):
        zoo.export(model, folder / "m.onnx", **options)
        return (folder / "m.onnx").read_bytes()

    return run


def saved(model):
    def run(folder):
        zoo.export(model, folder / "m", "saved_model")
        return saved_model.load(folder / "m")({model.inputs[0].name: X})

    return run


def refused(model):
    def run(folder):
        with pytest.raises(zoo.UserError) as caught:
            zoo.export(model, folder / "m.onnx")
        return str(caught.value)

    return run


def rebuilt(model):
    return lambda _: from_keras(model).predict(X, verbose=0)


def made_and_called(make):
    """A model made and called, time and again while others export."""

    def run(_):
        results = []
        for _ in range(2):
            model = make()
            model.set_weights([np.full(weight.shape, 0.1) for weight in model.weights])
            results.append(np.asarray(model(X)))
        results.append(model.predict(X, verbose=0))
        return results

    return run


def predicted(model):
    def run(_):
        return [np.asarray(model(X)) for _ in range(3)]

    return run


@pytest.fixture
def tasks():
    """Eight, of which some share a model."""
    own_cell = model_of(lambda: layers.RNN(OwnCell(5), name="of_own_cell"))
    half = masked_pair(dtype="mixed_float16")
    pair = masked_pair()
    return {
        "plain LSTM": exported(model_of(lambda: layers.LSTM(5))),
        "int8": exported(pair, quantize="int8"),
        "saved": saved(model_of(lambda: layers.Bidirectional(layers.LSTM(5)))),
        "half": exported(half),
        "refused": refused(own_cell),
        "rebuilt": rebuilt(masked_pair()),
        "made": made_and_called(masked_pair),
        "predicted": lambda folder: [predicted(each)(folder) for each in (own_cell, half, pair)],
    }


@pytest.mark.slow
def test_all_beside_one_another_give_what_each_gives_alone(tasks, tmp_path):
    patched = [(kind, name) for kind in stock.LAYERS for name in ("inner_loop", "call")]
    patched += [(layers.Bidirectional, "call"), (layers.TimeDistributed, "call")]
    before = [vars(kind).get(name) for kind, name in patched]

    def folder(*parts):
        path = tmp_path.joinpath(*parts)
        path.mkdir(parents=True)
        return path

    alone = {name: task(folder("alone", name)) for name, task in tasks.items()}
    for number in range(ROUNDS):
        start = Barrier(len(tasks))

        def run(name, number=number, start=start):
            start.wait()
            return tasks[name](folder(str(number), name))

        with ThreadPoolExecutor(len(tasks)) as pool:
            together = dict(zip(tasks, pool.map(run, tasks), strict=True))
        for name, expected in alone.items():
            if isinstance(expected, (bytes, str)):
                assert together[name] == expected, name
            else:
                keras.tree.map_structure(
                    lambda a, b, name=name: np.testing.assert_allclose(
                        a, b, rtol=1e-6, atol=1e-6, err_msg=name
                    ),
                    together[name],
                    expected,
                )
    assert [vars(kind).get(name) for kind, name in patched] == before


def elsewhere(run):
    """What a function gives in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_another_thread_has_keras_as_it_is_while_a_model_is_traced():
    forms, left = [], []

    def form(*args, **options):
        forms.append(args)
        return scan.plain(*args, **options)

    source = Source.of(masked_pair(dtype="mixed_float16"))
    models = [model_of(lambda: layers.RNN(OwnCell(5))), masked_pair(), source.model]
    expected = [np.asarray(model(X)) for model in models]
    with source.traced_for_export(form, left.append):
        results = elsewhere(lambda: [np.asarray(model(X)) for model in models])
        made = elsewhere(masked_pair)
    assert (forms, left) == ([], [])
    for ours, own in zip(results, expected, strict=True):
        assert ours.dtype == own.dtype
        np.testing.assert_array_equal(ours, own)
    # Keras notes what `call` takes when a layer is made.
    np.testing.assert_array_equal(made(X), expected[1])
