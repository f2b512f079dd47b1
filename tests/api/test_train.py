"""Training into a directory: what is refused, what stays, and resuming after a kill."""

import json
import shutil
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

import zoo
import zoo.api.train as train_module
from zoo.api.request import Request
from zoo.api.train import train
from zoo.errors import InternalError
from zoo.hub import model_directory
from zoo.hub.card import Card
from zoo.training.distributed import workers

KILLED_AFTER_TWO_EPOCHS = """
import os, signal
from pathlib import Path
from zoo.api.train import train
from zoo.training.checkpoints import Checkpoints

save_epoch = Checkpoints.save_epoch

def save_and_die(self, model, progress, best):
    save_epoch(self, model, progress, best)
    if len(progress.history) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

Checkpoints.save_epoch = save_and_die
train("elman-xor", Path({out!r}), {options!r})
"""
QUICK = {"epochs": 1, "streams": 32, "bits": 30, "units": 4}


def test_a_finished_model_is_refused_unless_told_to_overwrite(small_xor, tmp_path):
    out = tmp_path / "xor"
    shutil.copytree(small_xor, out)
    before = (out / "model.keras").read_bytes()
    with pytest.raises(zoo.UserError, match="holds a finished model; .* use --overwrite"):
        train("elman-xor", out, QUICK)
    assert (out / "model.keras").read_bytes() == before
    card = train("elman-xor", out, QUICK, overwrite=True)
    assert card.version == 2
    assert Card.read(out) == card
    assert sorted(path.name for path in out.iterdir()) == ["card.json", "logs", "model.keras"]


def test_numbers_of_numpy_are_options(tmp_path):
    options = {name: np.int64(value) for name, value in QUICK.items()}
    card = zoo.train("elman-xor", tmp_path / "out", options=options)
    assert card.overrides == QUICK
    assert Card.read(tmp_path / "out") == card


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        (None, {}, "directory, named by its path; got None"),
        ("out", ["epochs"], "options= takes a mapping of names to values.* got .'epochs'"),
    ],
)
def test_arguments_of_another_kind_are_named(out, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(zoo.UserError, match=message):
        zoo.train("elman-xor", out, options=options)


def test_a_directory_of_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(zoo.UserError, match="holds files that no training wrote"):
        train("elman-xor", tmp_path, QUICK, overwrite=True)
    assert (tmp_path / "thesis.tex").read_text() == "x"


def test_there_must_be_something_to_resume(small_xor, tmp_path):
    with pytest.raises(zoo.UserError, match="no training was started there"):
        train("elman-xor", tmp_path / "none", {}, resume=True)
    with pytest.raises(zoo.UserError, match="its training is finished"):
        train("elman-xor", small_xor, {}, resume=True)


def test_a_device_that_there_is_not_is_named(tmp_path):
    with pytest.raises(zoo.UserError, match="no device 'tpu' that tensorflow can use"):
        train("elman-xor", tmp_path / "out", QUICK, device="tpu")
    assert not (tmp_path / "out").exists()


def test_a_model_that_computes_in_bfloat16_is_measured_and_goes_out(tmp_path):
    card = train("elman-xor", tmp_path / "out", QUICK | {"precision": "mixed_bfloat16"})
    layer = zoo.load(tmp_path / "out").layers[1]
    assert layer.compute_dtype == "bfloat16"
    assert layer.variable_dtype == "float32"
    assert set(card.metrics["test"]) == {"accuracy", "third_bit_accuracy"}
    report = zoo.export(tmp_path / "out", tmp_path / "xor.onnx")
    assert report.operators["RNN"] == 1
    assert keras.config.dtype_policy().name == "float32"


def test_a_killed_training_resumes_to_the_same_epoch_count_and_metric(tmp_path):
    overrides = {"epochs": 6, "streams": 128, "bits": 60, "patience": 6}
    out = tmp_path / "killed"
    script = KILLED_AFTER_TWO_EPOCHS.format(out=str(out), options=overrides)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert not (out / "card.json").exists()

    with pytest.raises(zoo.UserError, match="unfinished training; .* use --resume to go on"):
        train("elman-xor", out, overrides)
    with pytest.raises(zoo.UserError, match="was started with options .* cannot go on"):
        train("elman-xor", out, {"epochs": 7}, resume=True)
    resumed = train("elman-xor", out, {}, resume=True)
    whole = train("elman-xor", tmp_path / "whole", overrides)
    assert resumed.epochs == whole.epochs == 6
    actual, expected = resumed.metrics["dev"]["accuracy"], whole.metrics["dev"]["accuracy"]
    assert actual == pytest.approx(expected, abs=0.02)


def test_a_training_starts_from_the_weights_of_another(small_xor, tmp_path):
    tiny = QUICK | {"learning_rate": 1e-9}
    train("elman-xor", tmp_path / "next", tiny, init_from=str(small_xor))
    was, now = (
        json.loads((path / "card.json").read_text())["metrics"]["dev"]
        for path in (small_xor, tmp_path / "next")
    )
    assert now == pytest.approx(was, abs=1e-3)
    assert Card.read(tmp_path / "next").init_from == Card.read(small_xor).as_init_from(
        small_xor.name
    )
    assert Card.read(small_xor).init_from is None


def test_the_files_call_the_model_to_start_from_start(small_xor, tmp_path):
    train("elman-xor", tmp_path / "next", QUICK, init_from=str(small_xor))
    card = json.loads((tmp_path / "next" / "card.json").read_text())
    assert card["start"]["name"] == small_xor.name
    assert "init_from" not in card
    Request("elman-xor", QUICK, str(small_xor)).write(tmp_path)
    request = json.loads((tmp_path / "request.json").read_text())
    assert request["start"] == str(small_xor)
    assert "init_from" not in request
    assert Request.read(tmp_path).init_from == str(small_xor)


def test_a_start_of_another_shape_or_recipe_is_refused(small_xor, tmp_path):
    with pytest.raises(zoo.UserError, match="make a model of another shape"):
        train("elman-xor", tmp_path / "a", QUICK | {"units": 5}, init_from=str(small_xor))
    with pytest.raises(zoo.UserError, match="is a model of the recipe elman-xor"):
        train("blstm-tagger", tmp_path / "b", {}, init_from=str(small_xor))
    assert not any(tmp_path.iterdir())


def test_early_stopping_ends_after_the_patience(tmp_path):
    overrides = QUICK | {"epochs": 30, "learning_rate": 1e-9, "patience": 2, "seed": 3}
    assert train("elman-xor", tmp_path / "xor", overrides).epochs < 30


def test_two_trainings_do_not_write_to_one_directory(tmp_path):
    from zoo.api.train import _locked

    with _locked(tmp_path / "out"), pytest.raises(zoo.UserError, match="Another training writes"):
        train("elman-xor", tmp_path / "out", QUICK)
    assert not (tmp_path / "out").exists()


def stopped_in(monkeypatch, module, name, call=1):
    """Ends a process, as far as an exception can, before the call of a function."""
    real, calls = getattr(module, name), []

    def stop(*arguments, **options):
        calls.append(name)
        if len(calls) == call:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, stop)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("_move_logs", 1),
        ("_remove_checkpoints", 1),
        ("shutil.rmtree", 2),
        ("finish_replacement", 2),
    ],
)
def test_the_end_of_a_training_can_be_stopped_anywhere_and_gone_on_with(
    name, call, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    first = train("elman-xor", out, QUICK)
    logs = sorted((out / "logs").rglob("*"))
    module, attribute = train_module, name
    if name == "shutil.rmtree":
        module, attribute = train_module.shutil, "rmtree"
    elif name == "finish_replacement":
        module = model_directory
    with monkeypatch.context() as patched:
        stopped_in(patched, module, attribute, call)
        with pytest.raises(KeyboardInterrupt):
            train("elman-xor", out, QUICK | {"seed": 5}, overwrite=True)
    if name != "shutil.rmtree":
        # Whole, whichever of the two it is.
        zoo.load(out)
    resumed = train("elman-xor", out, {}, resume=True)
    assert resumed.version == first.version + 1
    assert resumed.seed == 5
    assert not (out / "training").exists()
    assert len(sorted((out / "logs").rglob("*.csv"))) == len(
        [p for p in logs if p.suffix == ".csv"]
    )
    zoo.load(out)
    with pytest.raises(zoo.UserError, match="its training is finished"):
        train("elman-xor", out, {}, resume=True)


def test_a_training_stopped_before_it_began_is_in_nobodys_way(tmp_path):
    (tmp_path / "out" / "training").mkdir(parents=True)
    with pytest.raises(zoo.UserError, match="no training was started there"):
        train("elman-xor", tmp_path / "out", {}, resume=True)
    assert train("elman-xor", tmp_path / "out", QUICK).version == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}'])
def test_a_damaged_request_is_named(content, tmp_path):
    (tmp_path / "out" / "training").mkdir(parents=True)
    (tmp_path / "out" / "training" / "request.json").write_text(content)
    with pytest.raises(zoo.UserError, match=r"request.json is damaged .* --overwrite"):
        train("elman-xor", tmp_path / "out", {}, resume=True)


@pytest.mark.parametrize("value", [10**23, -(10**23)])
def test_a_number_no_machine_could_use_is_refused(value, tmp_path):
    with pytest.raises(zoo.UserError, match="units="):
        train("elman-xor", tmp_path / "out", {"units": value})


def test_the_process_that_ends_a_training_is_seen_and_says_why_it_fails(
    tmp_path, monkeypatch, capfd
):
    message = "TensorFlow could not measure and write the model: There is nothing to resume in"
    with pytest.raises(zoo.UserError, match=message):
        train_module._save_on_tensorflow("elman-xor", {}, tmp_path / "none")
    monkeypatch.setattr(workers, "MODULE", "tests.training.distributed.practice")
    with pytest.raises(InternalError, match="and write the model: status 1: KeyError: 'ends'"):
        train_module._save_on_tensorflow("elman-xor", {}, tmp_path / "none")
    printed = capfd.readouterr()
    assert printed.out == "Epoch 1 of elman-xor\n"
    assert "Traceback" in printed.err
