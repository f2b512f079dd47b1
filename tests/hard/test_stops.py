"""A task that is killed, or runs out of disk, loses nothing and succeeds when it is repeated."""

import gzip
import json
import shutil
from functools import partial

import numpy as np
import pytest

import zoo
from tests.hard import tasks
from tests.hard.stopped import run_in_process
from zoo.exporters import saved_model
from zoo.hub.card import CARD, Card
from zoo.hub.registry import sha256

pytestmark = pytest.mark.slow

KILLS_IN_A_ROW = 5
DATA = "multi30k/1.0.0"
FORMATS = ("onnx", "saved_model", "litert")


def drawn(rng, whole):
    """A moment to be killed at: before a change on disk, or after a time, within a whole run."""
    if rng.random() < 0.5:
        return {"at": int(rng.integers(1, whole.operations + 1))}
    return {"after": rng.uniform(0, whole.seconds)}


def full_disks(rng, number):
    """Sizes beyond which no file grows, from nothing to what a small model takes."""
    return [{"largest": int(size)} for size in np.exp(rng.uniform(0, np.log(20_000), number))]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two small models that nobody interrupted, by seed, and how their trainings went."""
    folder = tmp_path_factory.mktemp("whole")
    outcomes = {seed: run_in_process(tasks.train, folder / str(seed), seed) for seed in (1, 2)}
    assert all(outcome.is_whole for outcome in outcomes.values())
    return {seed: folder / str(seed) for seed in outcomes}, outcomes[2]


def weights(directory):
    return zoo.load(directory).get_weights()


def equal(these, those):
    return all(np.array_equal(a, b) for a, b in zip(these, those, strict=True))


def once(out, seed, overwrite, **stop):
    """Runs the training: resumed where the directory holds it already, otherwise from the start."""
    if (out / "training" / "request.json").exists() and stored_request(out)["overrides"][
        "seed"
    ] == seed:
        return run_in_process(partial(tasks.train, resume=True), out, seed, **stop)
    return run_in_process(partial(tasks.train, overwrite=overwrite), out, seed, **stop)


def stored_request(out):
    return json.loads((out / "training" / "request.json").read_text())


@pytest.mark.parametrize("how", ["new", "overwriting", "full disk"])
def test_stopped_trainings_end_at_the_weights_of_one_that_was_not(
    how, trained, amount, tally, tmp_path
):
    models, whole = trained
    expected = {seed: weights(path) for seed, path in models.items()}
    rng = np.random.default_rng(KILLS_IN_A_ROW)
    overwrite = how == "overwriting"
    for number in range(amount(1, {"new": 20, "overwriting": 14, "full disk": 6}[how])):
        out = tmp_path / str(number)
        if overwrite:
            assert run_in_process(tasks.train, out, 1).is_whole
        stops = [drawn(rng, whole) for _ in range(KILLS_IN_A_ROW)]
        if how == "full disk":
            stops = full_disks(rng, KILLS_IN_A_ROW)
        for stop in stops:
            outcome = once(out, 2, overwrite, **stop)
            if (out / CARD).exists():
                # Whole, be it the old model or the new one.
                assert any(equal(weights(out), each) for each in expected.values())
            assert not overwrite or (out / CARD).exists()
            tally(f"training, {how}", description(outcome))
            if outcome.is_whole:
                break
        else:
            assert once(out, 2, overwrite).is_whole
        assert equal(weights(out), expected[2])
        assert Card.read(out).version == 1 + overwrite
        assert not (out / "training").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_a_stopped_export_leaves_a_whole_file_or_none_and_is_in_no_later_ones_way(
    format, trained, amount, tally, tmp_path
):
    model, path = trained[0][1], tmp_path / "x"
    whole = run_in_process(tasks.export, model, tmp_path / "whole", format)
    assert whole.is_whole
    rng = np.random.default_rng(FORMATS.index(format))
    number = amount(2, 24)
    for stop in [*(drawn(rng, whole) for _ in range(number)), *full_disks(rng, number // 2)]:
        outcome = run_in_process(tasks.export, model, path, format, **stop)
        tally(f"export to {format}, {kind(stop)}", description(outcome))
        if path.exists():
            assert answers(path, format) == answers(tmp_path / "whole", format)
            remove(path)
        else:
            assert not outcome.is_whole
    assert run_in_process(tasks.export, model, path, format).is_whole


def test_stopped_shipping_leaves_the_other_models_whole_and_is_done_by_asking_again(
    trained, amount, tally, tmp_path
):
    models = tmp_path / "models"
    models.mkdir()
    (models / "registry.json").write_text("{}")
    first, second = trained[0].values()
    whole = run_in_process(tasks.ship, first, models, "other")
    assert whole.is_whole
    expected = weights(models / "other")
    rng = np.random.default_rng(0)
    number = amount(2, 24)
    for stop in [*(drawn(rng, whole) for _ in range(number)), *full_disks(rng, number // 2)]:
        outcome = run_in_process(tasks.ship, second, models, "small", **stop)
        tally(f"shipping, {kind(stop)}", description(outcome))
        assert equal(weights(models / "other"), expected)
        for name, files in json.loads((models / "registry.json").read_text()).items():
            assert {file: sha256(models / name / file) for file in files} == files
    assert run_in_process(tasks.ship, second, models, "small").is_whole
    assert {path.name for path in models.iterdir()} == {"registry.json", "other", "small"}


def test_stopped_preparation_of_data_is_done_by_asking_again(amount, tally, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    for split in ("train", "val", "test_2016_flickr"):
        for language in ("cs", "de", "en", "fr"):
            text = "".join(f"{split} {language} {number}\n" for number in range(200))
            (files / f"{split}.{language}.gz").write_bytes(gzip.compress(text.encode()))
    whole = run_in_process(tasks.prepare, files, tmp_path / "whole")
    assert whole.is_whole
    rng = np.random.default_rng(0)
    place = tmp_path / "x"
    number = amount(2, 24)
    for stop in [*(drawn(rng, whole) for _ in range(number)), *full_disks(rng, number // 2)]:
        outcome = run_in_process(tasks.prepare, files, place, **stop)
        tally(f"preparing data, {kind(stop)}", description(outcome))
        assert run_in_process(tasks.prepare, files, place).is_whole
        assert contents(place / DATA) == contents(tmp_path / "whole" / DATA)
        remove(place)


def kind(stop):
    return "full disk" if "largest" in stop else "kill"


def description(outcome):
    if outcome.is_whole:
        return "ended before it or in spite of it"
    return "stopped, nothing lost" if outcome.refused is None else "refused, nothing lost"


def answers(path, format):
    """The bytes of an export or, for a format whose bytes vary, those of its output."""
    if format != "saved_model":
        return path.read_bytes()
    bits = np.random.default_rng(0).normal(size=(2, 3, 1)).astype("float32")
    [output] = saved_model.load(path)({"bits": bits}).values()
    return output.tobytes()


def contents(path):
    """The files of a data set and their sizes."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [(file.relative_to(path), file.stat().st_size) for file in files]


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink()
