"""The tasks of the neural Turing machine: examples, metrics, processing, and a small training."""

from functools import cache
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import zoo
from zoo import recipes
from zoo.hub import model_directory
from zoo.recipes.algorithms import machines, processing
from zoo.recipes.algorithms.task import stacked
from zoo.recipes.ntm_copy.task import TASK as COPY
from zoo.recipes.ntm_ngrams.task import TASK as NGRAMS
from zoo.recipes.ntm_recall.task import TASK as RECALL
from zoo.recipes.ntm_repeat_copy.task import TASK as REPEAT
from zoo.recipes.ntm_sort.task import TASK as SORT

TASKS = {
    "ntm-copy": COPY,
    "ntm-repeat-copy": REPEAT,
    "ntm-recall": RECALL,
    "ntm-ngrams": NGRAMS,
    "ntm-sort": SORT,
}
SMALL = {"epochs": 2, "late": 0.5, "batches": 2, "sequences_per_batch": 4}
SMALL |= {"units": 6, "lstm_units": 5, "rows": 8, "columns": 4}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Name of a recipe → the directory of a small training of it, and its card."""
    folder = tmp_path_factory.mktemp("machines")

    @cache
    def train(name):
        return folder / name, zoo.train(name, folder / name, options=SMALL)

    return train


def rng():
    return np.random.default_rng(0)


def outputs_of(example):
    """The targets at the steps with a weight."""
    return example.targets[example.weights > 0]


def test_copy_asks_for_what_was_read_after_the_mark():
    example = COPY.example(rng(), length=5)
    assert len(example.inputs) == 11
    np.testing.assert_array_equal(outputs_of(example), example.inputs[:5, :8])
    assert example.inputs[5].tolist() == [0] * 8 + [1]
    assert not example.inputs[6:].any()


def test_repeat_copy_asks_so_often_and_then_for_the_end():
    example = REPEAT.example(rng(), length=3, repeats=4)
    np.testing.assert_array_equal(
        outputs_of(example)[:-1, :8], np.tile(example.inputs[:3, :8], (4, 1))
    )
    assert outputs_of(example)[:, 8].tolist() == [0] * 12 + [1]


def test_the_number_of_repeats_has_mean_0_and_variance_1_over_those_trained_on():
    numbers = [REPEAT.example(rng(), length=1, repeats=n).inputs[1, 9] for n in range(1, 11)]
    assert np.mean(numbers) == pytest.approx(0, abs=1e-6)
    assert np.var(numbers) == pytest.approx(1, abs=1e-6)


def test_recall_asks_for_the_item_after_the_one_in_question():
    for seed in range(20):
        example = RECALL.example(np.random.default_rng(seed), items=4)
        read = example.inputs[example.weights == 0]
        items, query = read[:16].reshape(4, 4, 8)[:, 1:, :6], read[17:20, :6]
        place = next(k for k in range(4) if np.array_equal(items[k], query))
        np.testing.assert_array_equal(outputs_of(example), items[place + 1])


def test_sort_asks_for_the_highest_priorities_in_order():
    example = SORT.example(rng(), number=20)
    read = sorted(example.inputs[:20].tolist(), key=lambda row: -row[8])
    np.testing.assert_array_equal(outputs_of(example), np.array(read)[:16, :8])


def test_the_best_estimator_of_ngrams_is_surprised_by_128_bits_a_sequence():
    examples = [NGRAMS.example(np.random.default_rng(seed), length=200) for seed in range(400)]
    assert all(example.weights.sum() == 195 for example in examples)
    assert np.mean([NGRAMS.optimum(example) for example in examples]) == pytest.approx(128.3, abs=2)


@pytest.mark.parametrize("name", TASKS)
def test_a_batch_is_padded_without_weight_and_no_longer_than_the_longest_drawn(name):
    task, draws = TASKS[name], rng()
    examples = [task.drawn(draws) for _ in range(8)]
    batch = stacked(examples, task.steps())
    assert batch.inputs.shape == (8, task.steps(), task.channels)
    assert batch.targets.shape == (8, task.steps(), task.bits)
    assert batch.weights.sum() == sum(example.weights.sum() for example in examples)
    first = {dimension: low for dimension, (low, _) in task.ranges(0.0).items()}
    assert task.steps(0.0) <= task.steps()
    assert all(task.ranges(0.0)[grown] == (first[grown], first[grown]) for grown in task.growing)


def test_the_last_epochs_have_larger_and_fewer_batches_and_the_rate_falls_by_epochs():
    options = machines.Options(epochs=4, batches=40, sequences_per_batch=8, late=0.5)
    batches = [machines.batches_in(options, epoch) for epoch in range(4)]
    assert batches == [(40, 8), (40, 8), (10, 64), (10, 64)]
    assert len(outputs_of(SORT.longest(rng()))) == 16
    rate = machines.Rate(options)
    plain = keras.optimizers.schedules.CosineDecay(options.learning_rate, 160)
    for step, as_many in [(0, 0), (79, 79), (80, 80), (81, 84), (90, 120), (100, 160)]:
        np.testing.assert_array_equal(rate(step), plain(as_many))
    uneven = machines.Options(epochs=1, batches=10, late=1)
    assert float(machines.Rate(uneven)(2)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", TASKS)
def test_the_lstm_beside_the_machines_has_at_least_as_many_parameters(name):
    recipe = recipes.get(name)
    parameters = {
        layer.name: layer.count_params() for layer in recipe.model(recipe.options()).layers
    }
    machine = max(parameters["ntm_lstm_machine"], parameters["ntm_feedforward_machine"])
    assert parameters["lstm_layer"] >= machine


def perfect(name):
    """A predictor that gives what the task asks for, by looking it up in the examples."""

    def run(batch):
        task = TASKS[name]
        [vectors] = batch["vectors"]
        probabilities = np.full((1, len(vectors), task.bits), 0.25, "float32")
        if name == "ntm-copy":
            length = int(np.argmax(vectors[:, 8]))
            probabilities[0, length + 1 :] = vectors[:length, :8]
        return {f"ntm_{controller}": probabilities for controller in processing.CONTROLLERS}

    return SimpleNamespace(options=SimpleNamespace(controller="both"), run=run)


def test_vectors_are_read_and_written_as_text():
    predict = recipes.processing("ntm-copy").pipeline(perfect("ntm-copy"))
    assert predict(["10110101,01100110", " 1111 0000 "]) == ["10110101,01100110", "11110000"]


@pytest.mark.parametrize("name", TASKS)
def test_the_examples_of_a_recipe_are_read(name):
    module = recipes.processing(name)
    outputs = module.pipeline(perfect(name), controller="feedforward")(module.EXAMPLES)
    assert len(outputs) == len(module.EXAMPLES)
    batch = module.batch(perfect(name), module.EXAMPLES)["vectors"]
    assert batch.shape[::2] == (len(module.EXAMPLES), TASKS[name].channels)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ntm-copy", "1011", "takes vectors of 8 bits, such as 10101010,01010101; got one of 4"),
        ("ntm-copy", "10110101,2", "got '2'"),
        ("ntm-copy", "", "got one of 0 bits"),
        ("ntm-copy", ",".join(["10101010"] * 1001), "at most 2000 vectors together; this input"),
        ("ntm-repeat-copy", "10110101", r"such as 10110101,01100110\*3"),
        ("ntm-repeat-copy", "10110101*0", "from 1 time on, below 10,000; got 0"),
        ("ntm-repeat-copy", "10110101*100000", "below 10,000"),
        ("ntm-repeat-copy", "10110101*9999", "at most 2000 vectors"),
        ("ntm-repeat-copy", "10110101*-3", r"such as 10110101"),
        ("ntm-recall", "101100,010101,111000", r"after a \? one of them again"),
        ("ntm-recall", "101100|010101?101100", r"items of 3 vectors"),
        ("ntm-ngrams", "", "a string of 0 and 1"),
        ("ntm-ngrams", "01a", "got 'a'"),
        ("ntm-sort", "10110101", "a priority from -1 to 1"),
        ("ntm-sort", "10110101:2", "got '2'"),
        ("ntm-sort", "10110101:nan", "got 'nan'"),
        ("ntm-sort", "10110101:1e-1", "got '1e-1'"),
    ],
)
def test_what_cannot_be_read_is_named(name, text, message):
    with pytest.raises(zoo.UserError, match=message):
        recipes.processing(name).pipeline(perfect(name))([text])


def test_a_controller_that_was_not_trained_is_named():
    one = SimpleNamespace(options=SimpleNamespace(controller="lstm"), run=None)
    with pytest.raises(zoo.UserError, match="no machine with controller='feedforward'.* has lstm"):
        recipes.processing("ntm-copy").pipeline(one, controller="feedforward")


def test_the_machine_asked_is_the_one_that_sorts_best_or_the_only_one_trained():
    def answer(option, *trained):
        outputs = {f"ntm_{each}": np.full((1, 3, 8), float(each == "lstm")) for each in trained}
        model = SimpleNamespace(options=SimpleNamespace(controller=option), run=lambda _: outputs)
        return recipes.processing("ntm-sort").pipeline(model)(["10110101:0.3"])

    assert answer("both", "lstm", "feedforward") == ["00000000"]
    assert answer("lstm", "lstm") == ["11111111"]


def test_wrong_bits_and_bits_of_surprise_are_counted_where_an_output_is_asked_for():
    examples = stacked([COPY.example(rng(), length=2)])
    probabilities = np.where(examples.targets > 0, 0.9, 0.1)
    probabilities[0, 3, 0] = 1 - probabilities[0, 3, 0]
    probabilities[0, 0] = 1 - probabilities[0, 0]
    assert machines.figure(COPY, probabilities, examples) == 1
    assert machines.figure(NGRAMS, np.full((1, 5, 8), 0.5), examples) == pytest.approx(16)


@pytest.mark.slow
# Of wrong bits, of bits of surprise, and of several heads; the machinery is the same for all five.
@pytest.mark.parametrize("name", ["ntm-copy", "ntm-ngrams", "ntm-sort"])
def test_a_small_training_is_measured_predicts_and_exports(name, trained, tmp_path):
    folder, card = trained(name)
    metrics = card.metrics["test"]
    assert all(np.isfinite(list(metrics.values())))
    cases = len(TASKS[name].tested)
    assert len(metrics) == 3 * cases + (cases if TASKS[name].optimum else 0)
    expected = zoo.pipeline(folder)(list(recipes.processing(name).EXAMPLES))
    with pytest.raises(zoo.UserError, match="no operator for NTM"):
        zoo.export(folder, tmp_path / "m.onnx")
    report = zoo.export(folder, tmp_path / "m.onnx", loops=True)
    assert report.operators["Loop"] == 2
    assert report.operators["LSTM"] == 1
    exported = zoo.runtime.pipeline(tmp_path / "m.onnx")(list(recipes.processing(name).EXAMPLES))
    if name != "ntm-ngrams":
        assert exported == expected


@pytest.mark.slow
def test_a_machine_is_exported_as_one_time_step_without_a_loop(trained, tmp_path):
    folder, _ = trained("ntm-copy")
    report = zoo.export(folder, tmp_path / "m.onnx", stateful=True, steps=1)
    assert not {"Loop", "Scan"} & set(report.operators)
    assert report.loops == {}
    assert report.inputs[0].shape == ("batch", 1, 9)
    text = "10110101,01100110"
    expected = zoo.pipeline(folder)(text)
    assert zoo.runtime.pipeline(tmp_path / "m.onnx")(text) == expected
    zoo.export(folder, tmp_path / "m.tflite", "litert", stateful=True)


@pytest.mark.slow
def test_the_weights_of_a_copy_are_drawn(trained, tmp_path):
    from zoo.recipes.ntm_copy import figures

    folder, _ = trained("ntm-copy")
    figures.draw(model_directory.load(folder)[1], {}, tmp_path)
    assert (tmp_path / "ntm-copy.png").stat().st_size > 10_000


@pytest.mark.slow
def test_no_seed_of_twenty_leads_to_what_is_not_a_number():
    model = machines.model(COPY, machines.Options(**{**SMALL, "rows": 12, "controller": "both"}))
    model.compile(
        keras.optimizers.Adam(1e-2, clipnorm=1.0), "binary_crossentropy", jit_compile=True
    )
    for seed in range(20):
        keras.utils.set_random_seed(seed)
        fresh = keras.models.clone_model(model)
        model.set_weights(fresh.get_weights())
        draws = np.random.default_rng(seed)
        for _ in range(60):
            batch = stacked([COPY.drawn(draws) for _ in range(4)], COPY.steps())
            losses = model.train_on_batch(batch.inputs, dict.fromkeys(model.output, batch.targets))
        assert np.isfinite(losses).all()
        assert all(np.isfinite(weight).all() for weight in model.get_weights())
