"""The command as a process: its streams, its place, its data, and one JSON document."""

import gzip
import inspect
import json
import os
import subprocess
import sys

import pytest

from zoo.cli.main import app

pytestmark = pytest.mark.slow

ZOO = [sys.executable, "-m", "zoo"]


def zoo_command(*arguments, **options):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run([*ZOO, *map(str, arguments)], check=False, **streams | options)


@pytest.mark.parametrize(
    ("arguments", "closed", "status"),
    [
        ("predict elman-xor 1010", "<&-", 0),
        ("list", ">&-", 0),
        ("list", "2>&-", 0),
        ("info nothing", "2>&-", 2),
        ("predict elman-xor 1010 --runtime keras", "<&- >&- 2>&-", 0),
    ],
)
def test_closed_streams_change_neither_status_nor_leave_a_trace(arguments, closed, status):
    line = f"{sys.executable} -m zoo {arguments} {closed}"
    done = subprocess.run(line, shell=True, stderr=subprocess.PIPE, check=False)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr


def test_nothing_on_a_closed_standard_input_is_nothing_to_answer():
    done = subprocess.run(
        f"{sys.executable} -m zoo predict elman-xor <&-", shell=True, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("arguments", ["list", "info seq-mnist", "predict char-lm-shakespeare A"])
def test_a_reader_that_leaves_ends_the_command_without_a_trace(arguments):
    process = subprocess.Popen(
        [*ZOO, *arguments.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait() == 1
    assert errors == b""


@pytest.mark.parametrize(
    "encoding", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C"}]
)
def test_an_encoding_that_lacks_a_letter_gets_an_escape_for_it(encoding):
    done = zoo_command("info", "translator-multi30k-de-en", env=os.environ | encoding)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "elman-xor", "--out", "/proc/nowhere"],
        ["export", "elman-xor", "--out", "/proc/x.onnx"],
        ["export", "elman-xor", "--out", "/proc/x", "--format", "saved_model"],
    ],
)
def test_a_place_that_takes_no_files_is_a_sentence(arguments):
    done = zoo_command(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"/proc/" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.fixture
def unprepared(tmp_path):
    """An environment in which Multi30k is at hand, a few lines of it, and was never read."""
    files = tmp_path / "files"
    files.mkdir()
    lines = {"de": "Ein Hund rennt.", "en": "A dog runs.", "fr": "Un chien court.", "cs": "Pes."}
    for split in ("train", "val", "test_2016_flickr"):
        for language, line in lines.items():
            (files / f"{split}.{language}.gz").write_bytes(gzip.compress(line.encode()))
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    return {"MULTI30K_DIR": str(files), "TFDS_DATA_DIR": str(prepared)}


DOCUMENTS = {
    "list": [["list"], ["list", "nothing*"]],
    "info": [
        ["info", "elman-xor"],
        ["info", "blstm-tagger"],
        ["info", "translator-multi30k-de-en"],
    ],
    "predict": [
        ["predict", "elman-xor", "1010", "01"],
        ["predict", "char-lm-shakespeare", "A", "--set", "length=5"],
        ["predict", "elman-xor", "1010", "--runtime", "keras"],
    ],
    "evaluate": [
        ["evaluate", "elman-xor"],
        ["evaluate", "translator-multi30k-de-en"],
        ["evaluate", "translator-multi30k-de-en", "--split", "test", "--runtime", "onnx"],
    ],
    "export": [
        ["export", "elman-xor", "--out", "x.onnx"],
        ["export", "elman-xor", "--out", "x", "--format", "saved_model"],
        ["export", "elman-xor", "--out", "x.tflite", "--format", "litert", "--stateful"],
    ],
}


def test_every_command_that_prints_documents_is_in_the_table():
    printing = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if "as_json" in inspect.signature(command.callback).parameters
    }
    assert printing == set(DOCUMENTS)


@pytest.mark.parametrize(
    "arguments", [each for commands in DOCUMENTS.values() for each in commands], ids=" ".join
)
def test_standard_output_is_one_document(arguments, unprepared, tmp_path):
    done = zoo_command(*arguments, "--json", env=os.environ | unprepared, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert done.stdout.count(b"\n[") + done.stdout.count(b"\n{") == 0


def test_without_data_standard_output_stays_empty(tmp_path):
    nowhere = {"MULTI30K_DIR": str(tmp_path), "TFDS_DATA_DIR": str(tmp_path)}
    done = zoo_command("evaluate", "translator-multi30k-de-en", "--json", env=os.environ | nowhere)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
