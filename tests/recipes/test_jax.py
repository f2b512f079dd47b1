"""Trainings on Keras's JAX backend: every recipe, several processes, and what stops them.

Each runs in processes of its own, see `on_jax`.
"""

import json
import signal
import time

import h5py
import numpy as np
import pytest

import zoo
import zoo.recipes as recipes
from tests.recipes.processes import finished, places_on_a_port, started, started_together
from zoo.cli import epochs
from zoo.training.distributed.launch import places
from zoo.training.distributed.process_info import Place

pytest.importorskip("jax")
XOR = {"streams": 96, "streams_per_batch": 32, "bits": 30, "units": 4}
MACHINES = {"batches": 2, "sequences_per_batch": 4, "units": 6, "lstm_units": 5, "rows": 8}
SMALL = {
    "action-clips": {"units": 8, "layers": 1},
    "blstm-tagger": {"units": 8, "layers": 1, "character_units": 4},
    "char-lm": {"units": 8, "layers": 1, "steps": 10},
    "draw-mnist": {"units": 8, "latents": 3, "glimpses": 3},
    "elman-xor": XOR,
    "gesture-phase": {"units": 8, "layers": 1},
    "glimpse-mnist": {"units": 8, "glimpses": 2},
    "handwriting": {"units": 8, "layers": 1},
    "hopfield-recall": {},
    "jordan-serial": {"batches": 3},
    "peephole-counting": {"batches": 3, "candidates": 2, "units": 2},
    "seq-mnist": {"units": 8},
    "translator": {"units": 8, "encoder_units": 8, "features": 8, "subwords": 500},
    **{name: MACHINES for name in recipes.summaries() if name.startswith("ntm-")},
}


def weights(folder):
    """Of the last epoch's checkpoint, the optimizer's included, by name."""
    weights = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            weights[name] = item[()].astype("float64")

    with h5py.File(max(folder.glob("training/epoch-*")) / "state.weights.h5") as file:
        file.visititems(take)
    return weights


def assert_equal_weights(one, other):
    one, other = weights(one), weights(other)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)


def of_epochs(folder):
    """The metrics of each epoch."""
    rows = (folder / "training" / "logs" / "log.csv").read_text().splitlines()[1:]
    return np.array([row.split(",") for row in rows], "float64")


def test_the_small_sizes_are_of_all_recipes_but_the_captioner():
    # Its own test trains it on JAX, on a few photographs.
    assert {*SMALL, "captioner"} == set(recipes.summaries())


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("name", sorted(set(SMALL) - {"elman-xor"}))
def test_a_recipe_trains_on_jax(name, tmp_path):
    options = SMALL[name] | ({"epochs": 1} if name != "hopfield-recall" else {})
    [(stderr, status)] = finished(started(name, tmp_path / "out", options, batches=2))
    assert status == 0, stderr
    parts = epochs.read(tmp_path / "out") if "epochs" in options else {}
    figures = [row.values() for rows in parts.values() for row in rows]
    assert np.isfinite([figure for row in figures for figure in row]).all()


@pytest.mark.slow
def test_what_jax_trained_is_measured_and_written_by_tensorflow(tmp_path):
    one_epoch = XOR | {"epochs": 1}
    [(stderr, status)] = finished(started("elman-xor", tmp_path / "xor", one_epoch, ends=True))
    assert status == 0, stderr
    assert set(zoo.evaluate(tmp_path / "xor", "test")) == {"accuracy", "third_bit_accuracy"}
    card = json.loads((tmp_path / "xor" / "card.json").read_text())
    assert "jax" in card["versions"]
    assert not (tmp_path / "xor" / "training").exists()


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("blstm-tagger", {"dropout": 0, "recurrent_dropout": 0, "word_dropout": 0}),
        ("char-lm", {"dropout": 0}),
        ("seq-mnist", {}),
        ("translator", {"dropout": 0, "recurrent_dropout": 0, "word_dropout": 0}),
    ],
)
def test_two_processes_train_what_one_does(name, options, tmp_path):
    options |= SMALL[name] | {"epochs": 1}
    alone = started(name, tmp_path / "alone", options, batches=4)
    both = started_together(name, tmp_path / "two", options, batches=4)
    for stderr, status in finished(alone, *both):
        assert status == 0, stderr
    assert_equal_weights(tmp_path / "alone", tmp_path / "two")
    both = of_epochs(tmp_path / "alone"), of_epochs(tmp_path / "two")
    np.testing.assert_allclose(*both, atol=1e-4)


@pytest.mark.slow
def test_batches_that_two_processes_do_not_divide_count_as_they_are(tmp_path):
    # Dev has three batches of 31 streams and one of 7, an epoch the same and one of 3.
    asked = XOR | {"streams_per_batch": 31, "epochs": 2}
    alone = started("elman-xor", tmp_path / "alone", asked, batches=4, dev=9)
    both = started_together("elman-xor", tmp_path / "two", asked, batches=4, dev=9)
    for stderr, status in finished(alone, *both):
        assert status == 0, stderr
    assert_equal_weights(tmp_path / "alone", tmp_path / "two")
    columns = [of_epochs(tmp_path / name)[:, 3:] for name in ("alone", "two")]
    np.testing.assert_allclose(*columns, rtol=1e-5)


@pytest.mark.slow
def test_a_killed_process_ends_the_others_and_the_training_goes_on_where_it_was(tmp_path):
    options, out = XOR | {"epochs": 60}, tmp_path / "killed"
    first, second = started_together("elman-xor", out, options, minutes=0)
    until = time.monotonic() + 300
    while not list(out.glob("training/epoch-0004")) and time.monotonic() < until:
        time.sleep(0.05)
    second.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    [(_, status)] = finished(first)
    assert status != 0
    assert time.monotonic() - killed < 60
    for stderr, status in finished(*started_together("elman-xor", out, {}, minutes=0, resume=True)):
        assert status == 0, stderr
    [(stderr, status)] = finished(started("elman-xor", tmp_path / "whole", options))
    assert status == 0, stderr
    assert_equal_weights(out, tmp_path / "whole")


@pytest.mark.slow
def test_of_processes_with_other_options_each_says_in_what_they_differ(tmp_path):
    first, second = places_on_a_port()
    ours = started("elman-xor", tmp_path / "out", XOR, place=first)
    theirs = started("elman-xor", tmp_path / "out", XOR | {"units": 5}, place=second)
    for stderr, status in finished(ours, theirs):
        assert status == 1
        assert "Error: Process 0 has units=4, process 1 units=5" in stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("process", "message"),
    [
        (0, "Of 2 processes, number 1 did not come"),
        (1, "Process 1 did not reach the first one"),
    ],
)
def test_a_process_whose_others_do_not_come_says_so(process, message, tmp_path):
    place = places_on_a_port()[process]
    training = started("elman-xor", tmp_path / "out", XOR, place=place, seconds=3)
    [(stderr, status)] = finished(training)
    assert status == 1
    assert message in stderr


@pytest.mark.slow
def test_a_line_with_processes_trains_and_writes_the_model(tmp_path):
    card = zoo.train("elman-xor", tmp_path / "out", processes=2, options=XOR | {"epochs": 1})
    assert set(zoo.evaluate(tmp_path / "out", "test")) == set(card.metrics["test"])
    with pytest.raises(zoo.UserError, match="holds a finished model"):
        zoo.train("elman-xor", tmp_path / "out", processes=2, options=XOR)


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"RANK": "1", "WORLD_SIZE": "4", "MASTER_ADDR": "a", "MASTER_PORT": "7"}, ("a:7", 1, 4)),
        ({"RANK": "1", "WORLD_SIZE": "4"}, None),
        ({"SLURM_PROCID": "2", "SLURM_NTASKS": "3"}, None),
    ],
)
def test_a_launcher_says_by_variables_which_process_this_is(variables, place, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert places(None, None, None) == ([Place(*place)] if place else [])


def test_beside_a_coordinator_the_variables_of_slurm_count(monkeypatch):
    monkeypatch.setenv("SLURM_PROCID", "2")
    monkeypatch.setenv("SLURM_NTASKS", "3")
    assert places("host:9", None, None) == [Place("host:9", 2, 3)]
    with pytest.raises(zoo.UserError, match="takes --coordinator HOST:PORT"):
        places("host", None, None)


def test_more_processes_than_devices_are_refused(tmp_path):
    with pytest.raises(zoo.UserError, match="--processes 1000 does not fit this machine"):
        zoo.train("elman-xor", tmp_path / "out", processes=1000)
