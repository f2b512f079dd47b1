"""A smaller file that loses too much is refused, and what it loses is in the report."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import zoo
from zoo.exporters import loss
from zoo.exporters.loss import Loss


def ruined():
    """A model that 8 bits ruin: a thing of size 1 is decided beside a number of size 10⁶."""
    first, second = keras.layers.Dense(5), keras.layers.Dense(3)
    model = keras.Sequential([keras.Input((None, 4), name="x"), first, second])
    kernel = np.eye(4, 5, dtype="float32")
    kernel[3, 4] = 1e6
    first.set_weights([kernel, np.zeros(5, "float32")])
    second.set_weights([np.eye(5, 3, dtype="float32"), np.zeros(3, "float32")])
    return model


def test_what_loses_too_much_is_not_written_unless_asked_for(tmp_path):
    with pytest.raises(
        zoo.UserError, match=r"In int8 .* is decided otherwise in .*allow_loss=True"
    ):
        zoo.export(ruined(), tmp_path / "m.onnx", quantize="int8")
    assert not any(tmp_path.iterdir())
    report = zoo.export(ruined(), tmp_path / "m.onnx", quantize="int8", allow_loss=True)
    [unchanged] = report.loss.unchanged.values()
    [relative] = report.loss.relative.values()
    assert unchanged < loss.UNCHANGED
    assert relative > loss.RELATIVE


def test_the_command_refuses_with_2_and_takes_the_loss_if_asked_to(tmp_path, zoo_command):
    ruined().save(tmp_path / "m.keras")
    export = ["export", str(tmp_path / "m.keras"), "--out", str(tmp_path / "m.onnx")]
    status, _, message = zoo_command(*export, "--quantize", "int8")
    assert status == 2
    assert "--allow-loss" in message
    assert not (tmp_path / "m.onnx").exists()
    status, report, _ = zoo_command(*export, "--quantize", "int8", "--allow-loss", "--json")
    assert status == 0
    assert json.loads(report)["loss"]["relative"]


def test_float16_is_judged_alike(tmp_path):
    model = ruined()
    kernel, bias = model.layers[0].get_weights()
    model.layers[0].set_weights([kernel * 1e-9, bias])
    with pytest.raises(zoo.UserError, match="In float16 .* loses too much"):
        zoo.export(model, tmp_path / "m.onnx", dtype="float16")
    assert not any(tmp_path.iterdir())


def measured(expected, found):
    source = SimpleNamespace(stateful=False, random=[])
    return loss.measured(source, lambda _: {"y": found}, [({}, {"y": expected})], None)


F = np.float32
CASES = {
    "the largest": (F([[1, 3], [3, 1]]), F([[1, 2], [1, 3]]), 0.5),
    "the sign": (F([[-1], [2], [0.5], [-3]]), F([[-2], [1], [-0.5], [-3]]), 0.75),
    "a probability": (F([[0.1], [0.6]]), F([[0.4], [0.4]]), 0.5),
    "integers": (np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 5]]), 0.5),
    "a search that ends later": (np.array([[1, 0], [3, 4]]), np.array([[1, 0, 0], [3, 4, 5]]), 0.5),
}


@pytest.mark.parametrize("name", CASES)
def test_the_share_of_rows_that_are_decided_as_before(name):
    expected, found, share = CASES[name]
    result = measured(expected, found)
    assert result.unchanged == {"y": share}
    assert np.isfinite(result.errors["y"])


def test_the_relative_error_is_of_all_values_together():
    result = measured(F([[3, 4, np.inf]]), F([[3, 4.5, np.inf]]))
    assert result.relative == {"y": pytest.approx(0.1)}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused_even_if_a_loss_is_allowed(value):
    result = measured(F([[1, 2]]), F([[1, value]]))
    with pytest.raises(zoo.UserError, match="infinite or NaN where the model does not"):
        result.require_taken("m", "int8", allowed=True)


def test_a_model_with_its_data_at_hand_is_judged_by_its_metrics():
    def of(after):
        return Loss({"y": 9.0}, {"y": 0.1}, {"y": 9.0}, {"before": {"bleu": 41.0}, "after": after})

    of({"bleu": 40.5}).require_taken("m", "int8", allowed=False)
    with pytest.raises(
        zoo.UserError, match=r"bleu on dev goes from 41.0000 to 26.6000, where 0.82"
    ):
        of({"bleu": 26.6}).require_taken("m", "int8", allowed=False)
    of({"bleu": 26.6}).require_taken("m", "int8", allowed=True)


def test_a_shipped_model_says_what_it_measures_before_and_after(tmp_path):
    report = zoo.export("elman-xor", tmp_path / "m.onnx", quantize="int8")
    assert report.loss.metrics["before"].keys() == report.loss.metrics["after"].keys()
