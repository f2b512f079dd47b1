"""What verification finds: each output by itself, and what is not a number."""

import keras
import numpy as np
import pytest

import zoo
from zoo.exporters import ExportError, verify
from zoo.exporters.source import Source

X = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")


@pytest.fixture(scope="module")
def source():
    x = keras.Input((None, 3), name="x")
    small = keras.layers.Dense(2, name="small")(x)
    large = keras.layers.Rescaling(1e6, name="large")(x)
    return Source.of(keras.Model(x, {"small": small, "large": large}))


@pytest.fixture(scope="module")
def expected(source):
    return verify.cases(source, {"x": X})


def beyond(source, expected, change):
    """The outputs that are refused when a runtime gives the model's, changed."""

    def run(batch):
        outputs = {name: np.array(array) for name, array in source.run(batch).items()}
        return change(outputs) or outputs

    return verify.beyond(verify.errors(source, run, expected), verify.tolerances(expected))


def test_what_the_model_gives_is_right(source, expected):
    assert beyond(source, expected, lambda _: None) == {}


def test_an_output_has_the_tolerance_of_its_own_size(source, expected):
    def change(outputs):
        outputs["small"] += 0.01
        outputs["large"] += 0.01

    assert beyond(source, expected, change) == {"small": pytest.approx(0.01, rel=1e-4)}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("output", ["small", "large"])
@pytest.mark.parametrize("place", [0, -1])
def test_what_is_not_a_number_or_infinite_is_refused_wherever_it_stands(
    source, expected, value, output, place
):
    def change(outputs):
        outputs[output].flat[place] = value

    assert beyond(source, expected, change) == {output: float("inf")}


def test_a_nan_where_the_model_has_one_is_right():
    x = keras.Input((None, 3), name="x")
    source = Source.of(keras.Model(x, {"y": keras.ops.log(x)}))
    cases = verify.cases(source, {"x": X})
    assert np.isnan(cases[0][1]["y"]).any()
    assert beyond(source, cases, lambda _: None) == {}


def test_an_output_too_few_too_many_or_of_another_shape_is_refused(source, expected):
    changes = {
        "large": lambda outputs: outputs.pop("large") is None,
        "more": lambda outputs: outputs.update(more=np.zeros(1)),
        "small": lambda outputs: outputs.update(small=outputs["small"][:1]),
    }
    for name, change in changes.items():
        assert beyond(source, expected, change) == {name: float("inf")}


@keras.saving.register_keras_serializable(package="tests")
class Doubling(keras.layers.Layer):
    """Each step doubles what a rounding changed: x → 4 x (1 - x)."""

    def __init__(self, steps, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def call(self, x):
        for _ in range(self.steps):
            x = 4 * x * (1 - x)
        return x


def doubling(steps):
    keras.utils.set_random_seed(0)
    x = keras.Input((None, 3), name="x")
    return keras.Model(x, {"y": Doubling(steps, name="y")(keras.layers.Dense(4, "sigmoid")(x))})


@pytest.mark.parametrize(("steps", "allowed"), [(1, 1e-5), (7, None), (60, 1e-3)])
def test_rounding_explains_as_much_as_it_does_and_not_more_than_a_thousandth(steps, allowed):
    source = Source.of(doubling(steps))
    weights = source.model.get_weights()
    cases = verify.cases(source, {"x": X})
    found = verify.with_rounding(source, cases, verify.tolerances(cases))["y"]
    assert found == pytest.approx(allowed) if allowed else 1e-5 < found < 1e-3
    for before, after in zip(weights, source.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_an_export_is_held_to_what_a_rounding_does_to_its_model(tmp_path):
    report = zoo.export(doubling(8), tmp_path / "sensitive.onnx")
    assert 1e-5 < report.output_errors["y"] <= report.tolerances["y"] <= 1e-3
    with pytest.raises(ExportError, match="where 0.001 is allowed"):
        zoo.export(doubling(60), tmp_path / "chaotic.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["sensitive.onnx"]


def test_whole_numbers_must_be_equal():
    x = keras.Input((None, 3), name="x")
    best = keras.ops.argmax(x, axis=-1)
    source = Source.of(keras.Model(x, {"best": best}))
    cases = verify.cases(source, {"x": X})

    def change(outputs):
        outputs["best"][0, 0] += 1

    assert beyond(source, cases, change) == {"best": 1.0}
