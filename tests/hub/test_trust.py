"""Hostile files, odd names, full disks, forks: a sentence, and nothing lost."""

import multiprocessing
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import zoo
from zoo.hub import model_directory, registry
from zoo.hub.card import Card

FULL = Path("/dev/full")
"""A device on which no space is left."""


@pytest.mark.parametrize("name", [None, 3, ["elman-xor"], "x" * 300, "a\0b", "", "\ud800"])
def test_what_is_no_name_of_a_model_is_refused_with_a_sentence(name):
    for ask in (zoo.load, zoo.pipeline, zoo.evaluate, zoo.runtime.pipeline):
        with pytest.raises(zoo.UserError):
            ask(name)


def test_odd_formats_and_splits_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(zoo.UserError, match="Unknown format 'None'"):
        zoo.export("elman-xor", tmp_path / "x", format=None)
    with pytest.raises(zoo.UserError, match="Unknown split 'None'"):
        zoo.evaluate("elman-xor", None)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(model_directory, "LARGEST", 10_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b"0" * 20_000_000)
    assert (tmp_path / "bomb.keras").stat().st_size < 100_000
    with pytest.raises(zoo.UserError, match="unpacks to 0.0 GB"):
        zoo.export(tmp_path / "bomb.keras", tmp_path / "x.onnx")


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_model_of_more_weights_than_memory_is_refused_before_one_is_made(
    is_whole, small_xor, tmp_path
):
    with zipfile.ZipFile(small_xor / "model.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sizes = [(b'"units": 4', b'"units": 200000')]
    if is_whole:
        sizes.append((b"[null, null, 4]", b"[null, null, 200000]"))
    for was, now in sizes:
        members["config.json"] = members["config.json"].replace(was, now)
    with zipfile.ZipFile(tmp_path / "huge.keras", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(zoo.UserError, match="unpacks to 160.0 GB" if is_whole else "cannot be"):
        zoo.export(tmp_path / "huge.keras", tmp_path / "x.onnx")


def test_code_in_a_saved_model_is_refused_and_not_run(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "own.keras")
    with pytest.raises(zoo.UserError, match="own.keras cannot be loaded"):
        zoo.export(tmp_path / "own.keras", tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


def test_a_file_that_keras_refuses_is_named(tmp_path):
    (tmp_path / "own.keras").write_text("no model")
    with pytest.raises(zoo.UserError, match="own.keras cannot be loaded"):
        zoo.export(tmp_path / "own.keras", tmp_path / "x.onnx")


@pytest.mark.parametrize("key", ["recipe", "options", "assets"])
@pytest.mark.parametrize("value", ["", "[1]", "{", "null", '{"a": '])
def test_metadata_that_make_no_sense_are_refused(key, value, tmp_path):
    import onnx

    path = tmp_path / "xor.onnx"
    zoo_file = onnx.load(registry.verified("elman-xor")[0] / "model.onnx")
    for entry in zoo_file.metadata_props:
        if entry.key == key:
            entry.value = value
    others = [entry for entry in zoo_file.metadata_props if entry.key != "sha256"]
    onnx.helper.set_model_props(zoo_file, {entry.key: entry.value for entry in others})
    path.write_bytes(zoo_file.SerializeToString())
    with pytest.raises(zoo.UserError):
        zoo.runtime.pipeline(path)


def small_copy(small_xor, folder):
    shutil.copytree(small_xor, folder)
    return folder


def test_an_exported_file_answers_only_for_the_weights_that_it_was_made_from(
    small_xor, tmp_path, zoo_command
):
    own = small_copy(small_xor, tmp_path / "own")
    zoo.export(own, own / "model.onnx")

    def answer(*options):
        return zoo_command("predict", own, "101", *options)[1].splitlines()[-1]

    expected = answer()
    assert answer("--runtime", "onnx") == expected
    # Trained anew, beside the file of the former weights.
    zoo.train("elman-xor", own, overwrite=True, epochs=1, streams=32, bits=30, units=3)
    anew = answer()
    assert anew == answer("--runtime", "keras")
    assert anew != expected
    status, _, err = zoo_command("predict", own, "101", "--runtime", "onnx")
    assert (status, "model.onnx that was not made from its weights" in err) == (2, True)
    # A file of another model, and one that is none.
    for stranger in (registry.MODELS / "elman-xor" / "model.onnx", own / "card.json"):
        shutil.copy(stranger, own / "model.onnx")
        assert answer() == anew
        assert zoo_command("info", own)[0] == 0


def test_reading_moves_nothing_and_takes_the_model_that_is_complete(
    small_xor, tmp_path, zoo_command
):
    own = small_copy(small_xor, tmp_path / "own")
    others = tmp_path / "others"
    others.mkdir()
    (others / "thesis.tex").write_text("x")
    (own / registry.REPLACEMENT).symlink_to(others)
    for command in (("info",), ("predict", "101"), ("evaluate", "--split", "dev")):
        assert zoo_command(command[0], own, *command[1:])[0] == 0
    assert [path.name for path in others.iterdir()] == ["thesis.tex"]
    (own / registry.REPLACEMENT).unlink()
    # As a writer leaves it that was stopped after the first file.
    shutil.copytree(registry.MODELS / "elman-xor", own / registry.REPLACEMENT)
    shutil.copy(own / registry.REPLACEMENT / "model.keras", own / "model.keras")
    before = sorted(own.rglob("*"))
    assert zoo.load(own).count_params() == zoo.load("elman-xor").count_params()
    assert zoo_command("predict", own, "101")[1] == zoo_command("predict", "elman-xor", "101")[1]
    assert sorted(own.rglob("*")) == before
    registry.finish_replacement(own)
    assert not (own / registry.REPLACEMENT).exists()
    assert zoo.load(own).count_params() == zoo.load("elman-xor").count_params()


def test_a_directory_named_as_a_shipped_model_is_taken_by_its_path(
    small_xor, tmp_path, monkeypatch, zoo_command
):
    monkeypatch.chdir(tmp_path)
    small_copy(small_xor, tmp_path / "elman-xor")
    ours, shipped = (zoo.load(each).count_params() for each in (small_xor, "elman-xor"))
    assert ours != shipped
    for path in (Path("elman-xor"), "./elman-xor", Path.cwd() / "elman-xor"):
        assert zoo.load(path).count_params() == ours
    assert zoo.load("elman-xor").count_params() == shipped
    card = zoo.train(
        "elman-xor", "next", init_from=Path("elman-xor"), epochs=1, streams=32, bits=30, units=4
    )
    assert card.init_from["date"] == Card.read(small_xor).date
    with pytest.raises(zoo.UserError, match="There is no directory ./jordan-serial"):
        zoo.load(Path("jordan-serial"))


def _call(predict, queue):
    try:
        queue.put(predict("101"))
    except zoo.UserError as error:
        queue.put(str(error))


def test_a_pipeline_in_a_forked_process_says_so_instead_of_waiting_for_ever():
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_call, args=(zoo.runtime.pipeline("elman-xor"), queue))
    process.start()
    assert "before the process was forked" in queue.get(timeout=60)
    process.join()


def test_a_link_in_the_way_of_an_export_stays_and_a_second_export_leaves_the_first(tmp_path):
    from zoo.exporters.write import _publish

    (tmp_path / "x.onnx.unfinished").symlink_to(tmp_path / "nowhere")
    zoo.export("elman-xor", tmp_path / "x.onnx")
    assert (tmp_path / "x.onnx.unfinished").is_symlink()
    before = (tmp_path / "x.onnx").read_bytes()
    (tmp_path / "other").write_text("another")
    with pytest.raises(zoo.UserError, match="written by another export"):
        _publish(tmp_path / "other", tmp_path / "x.onnx")
    assert (tmp_path / "x.onnx").read_bytes() == before


def command(*arguments, **options):
    run = [sys.executable, "-m", "zoo", *arguments]
    return subprocess.run(run, text=True, check=False, stderr=subprocess.PIPE, **options)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_a_full_disk_is_a_sentence_and_status_2():
    with FULL.open("w") as full:
        done = command("list", stdout=full)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_a_full_error_stream_does_not_change_the_status():
    with FULL.open("w") as full:
        run = [sys.executable, "-m", "zoo", "info", "nothing"]
        assert subprocess.run(run, stderr=full, check=False).returncode == 2


def test_an_unwritable_place_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    done = command("train", "elman-xor", "--out", str(tmp_path / "file" / "x"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_what_the_preparation_of_data_says_is_not_on_standard_output(tmp_path, capsys):
    from types import SimpleNamespace

    from zoo.recipes.data.prepared import prepared

    made = SimpleNamespace(
        data_path=tmp_path / "none",
        name="x",
        download_and_prepare=lambda: print("Downloading and preparing"),
    )
    prepared(made, None, "nothing")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Downloading" in captured.err
