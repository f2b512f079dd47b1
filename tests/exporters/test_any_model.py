"""Models not made for the zoo go out whole: what Keras's examples build, and random ones."""

import os

import keras
import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, assume, given, settings

import zoo
from tests.exporters import random_models
from tests.exporters.families import FAMILIES, LOOPS, inputs, outputs, tolerance

RECURRENT = {"LSTM", "GRU", "RNN"}
COUNT = int(os.environ.get("RANDOM_MODELS", "25"))
"""Random models to draw; set it for more than CI does."""


def run(path, arrays):
    """What ONNX Runtime gives for inputs and outputs by position, and their names."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    outputs = [given.name for given in session.get_outputs()]
    return names, outputs, session.run(None, dict(zip(names, arrays, strict=True)))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_of_the_ecosystem_goes_out_with_operators_and_every_output(name, tmp_path):
    keras.utils.set_random_seed(0)
    model = FAMILIES[name]()
    report = zoo.export(model, tmp_path / "m.onnx", loops=name in LOOPS)
    assert ("Loop" in report.operators) == (name in LOOPS)
    assert (name == "no_recurrence") or (name in LOOPS) or RECURRENT & set(report.operators)
    given = inputs(model, report)
    expected = outputs(model, given)
    assert len(report.outputs) == len(expected)
    _, _, found = run(tmp_path / "m.onnx", keras.tree.flatten(given))
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=tolerance(report))


@pytest.mark.slow
@settings(
    max_examples=COUNT,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(drawn=random_models.models())
def test_a_random_model_gives_in_onnx_runtime_what_it_gives_in_keras(drawn, tmp_path_factory):
    path = tmp_path_factory.mktemp("random") / "m.onnx"
    assume(_keras_runs(drawn))
    zoo.export(drawn.model, path, loops=True)
    for size, lengths, seed in ((4, [5, 9, 3], 1), (1, [2, 1, 4], 2)):
        arrays = drawn.batch(size, lengths[: len(drawn.inputs)], seed)
        result = drawn.model(arrays)
        names, outputs, found = run(path, arrays)
        assert names == [tensor.name for tensor in drawn.model.inputs]
        assert len(set(outputs)) == len(found)
        if isinstance(result, dict):
            assert outputs == list(result)
            result = list(result.values())
        for ours, theirs in zip(found, keras.tree.flatten(result), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)


def _keras_runs(drawn):
    """Keras 3.15 cannot run an `RNN` of one cell in a list where its own layers may."""
    try:
        drawn.model(drawn.batch(2, [5, 9, 3][: len(drawn.inputs)], 0))
    except Exception:
        return False
    return True
