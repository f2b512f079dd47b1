"""What ships beside a model: exported files that do what the Keras model does, by name."""

import json
import subprocess
import sys

import numpy as np
import pytest

import zoo
from zoo import recipes
from zoo.api import runtime
from zoo.api.models import evaluate_all
from zoo.hub.card import ONNX, STREAM
from zoo.hub.registry import MODELS, examples, shipped, verified
from zoo.inference import onnx_session
from zoo.training.logs import LOG

STREAMING = [
    name
    for name in shipped()
    if onnx_session.initial_states(onnx_session.open_session(runtime.stream_file(MODELS / name)))
]


@pytest.mark.parametrize("name", shipped())
def test_the_exported_file_of_a_model_gives_what_the_model_gives(name):
    from zoo.hub.model_directory import load

    card, trained = load(name)
    recipe, exported = runtime.load(name)
    assert recipe == card.recipe
    batch = recipes.processing(recipe).batch(trained, examples(name))
    outputs, expected = exported.run(batch), trained.run(batch)
    assert set(outputs) == set(expected)
    for output, ours in outputs.items():
        np.testing.assert_allclose(ours, expected[output], atol=1e-3, err_msg=output)


@pytest.mark.parametrize("name", shipped())
def test_the_log_of_a_training_is_no_part_of_the_model_nor_of_its_exported_file(name):
    directory, card = verified(name)
    _, exported = runtime.load(directory / ONNX)
    assert LOG not in card.assets(directory)
    assert exported.assets == card.assets(directory)


@pytest.mark.parametrize("name", shipped())
def test_the_exported_file_measures_what_the_model_measures(name):
    _, card = verified(name)
    assert ONNX in card.files
    for figure, value in card.metrics["test"].items():
        if not isinstance(value, str):
            # The last digit of a number decides some of the bits that a machine guesses, and at
            # which string a counter that drifts goes wrong, which is a whole number.
            is_counted = value > 100 and value == round(value)
            value = pytest.approx(value, abs=1 if is_counted else 1e-3, rel=2e-3)
        assert card.onnx["test"][figure] == value


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_has_a_file_of_its_own_where_whole_sequences_take_a_loop(name):
    import onnx

    directory, card = verified(name)
    operators = {node.op_type for node in onnx.load(directory / ONNX).graph.node}
    assert (STREAM in card.files) == ("Loop" in operators)


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_goes_on_where_the_block_before_ended(name):
    recipe, exported = runtime.load(name)
    batch = recipes.processing(recipe).batch(exported, recipes.processing(recipe).EXAMPLES)
    whole = exported.run(batch)
    run, outputs = exported.stream(), []
    length = min(array.shape[1] for array in batch.values())
    for first, last in ((0, 1), (1, 4), (4, length)):
        outputs.append(run({key: array[:, first:last] for key, array in batch.items()}))
    for output, expected in whole.items():
        together = np.concatenate([each[output] for each in outputs], axis=1)
        np.testing.assert_allclose(together, expected[:, :length], atol=1e-3)


def test_evaluation_by_onnx_runtime_is_asked_for_by_name():
    assert evaluate_all("elman-xor", ["dev"], runtime="onnx") == {
        "dev": pytest.approx(zoo.evaluate("elman-xor", "dev"), abs=1e-4)
    }
    with pytest.raises(zoo.UserError, match="Unknown runtime 'tflite'"):
        zoo.evaluate("elman-xor", runtime="tflite")


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "zoo", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_predict_runs_by_onnx_runtime_unless_keras_is_asked_for():
    code = (
        "import sys; sys.argv = ['zoo', 'predict', 'elman-xor', '101', '--json']\n"
        "from zoo.cli.main import app\n"
        "try: app()\n"
        "finally: print({'keras', 'tensorflow'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "set()"
    by_keras = command("predict", "elman-xor", "101", "--json", "--runtime", "keras")
    [ours], [theirs] = json.loads(done.stdout), json.loads(by_keras)
    assert [bit for bit, _ in ours["output"]] == [bit for bit, _ in theirs["output"]]


def test_a_directory_without_an_exported_file_runs_in_keras_and_says_how_to_get_one(small_xor):
    assert json.loads(command("predict", str(small_xor), "101", "--json"))
    with pytest.raises(zoo.UserError, match=r"holds no model.onnx; write one"):
        runtime.pipeline(small_xor)
