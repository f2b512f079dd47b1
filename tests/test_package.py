"""The package as it is installed: one name, and none of the user's own in its way."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import zoo
from zoo.hub.registry import examples, shipped

ROOT = Path(__file__).parents[1]
OWN = ("export.py", "recipes/__init__.py", "benchmarks.py", "layers.py", "hub.py", "running.py")
"""Files in the folder of a user's own project, named as parts of the zoo are."""


def built(source, folder):
    """The wheel of a checkout."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder]
    subprocess.run([*pip, source], check=True)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The package as a wheel."""
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder in which the wheel is installed, without what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", folder, wheel], check=True)
    return folder


def test_the_wheel_adds_zoo_and_nothing_else_to_what_can_be_imported(wheel):
    names = {Path(name).parts[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"zoo"}


def test_the_wheel_has_every_file_of_the_package(wheel):
    files = {path for path in (ROOT / "zoo").rglob("*") if path.is_file()}
    names = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert len(names) > 300
    assert names <= set(zipfile.ZipFile(wheel).namelist())


def test_a_checkout_without_links_gives_the_same_wheel(wheel, tmp_path):
    # As git writes links on Windows: a file with the path in it.
    copy = tmp_path / "checkout"
    unneeded = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "runs")
    shutil.copytree(ROOT, copy, ignore=unneeded, symlinks=True)
    for link in [path for path in copy.rglob("*") if path.is_symlink()]:
        target = str(link.readlink())
        link.unlink()
        link.write_text(target)
    names = zipfile.ZipFile(built(copy, tmp_path / "wheel")).namelist()
    assert sorted(names) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_is_under_100_mb(wheel):
    assert wheel.stat().st_size < 100e6


def test_a_users_own_files_of_the_same_names_are_not_in_the_way(installed, tmp_path):
    for name in OWN:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise RuntimeError('this is of the user')\n")
    (tmp_path / "script.py").write_text("""
import pathlib, sys
import keras, zoo
assert pathlib.Path(zoo.__file__).is_relative_to(sys.argv[1]), zoo.__file__
assert "elman-xor" in zoo.list_models(pretrained=True)
assert zoo.load("elman-xor").count_params() == 305
assert [bit for bit, _ in zoo.pipeline("elman-xor")("101")] == ["1", "0", "1"]
model = keras.Sequential([keras.Input((None, 2)), zoo.layers.GRU(3)])
zoo.export(model, "own.onnx")
zoo.export("elman-xor", "xor.onnx")
assert len(zoo.runtime.pipeline("xor.onnx")("101")) == 3
""")
    done = subprocess.run(
        [sys.executable, "script.py", installed],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "own.onnx").is_file()


@pytest.fixture(scope="module")
def without_tensorflow(wheel, tmp_path_factory):
    """Python of a virtual environment with the zoo and none of its extras."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-compile", wheel], check=True)
    return python


@pytest.mark.data
def test_tags_of_100_sentences_are_the_same_without_tensorflow(without_tensorflow, tmp_path):
    from zoo.recipes.data import gum

    texts = [sentence.text for sentence in gum.sentences("test")[:100]]
    zoo.export("blstm-tagger-gum", tmp_path / "tagger.onnx")
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    code = """
import importlib.util, json, sys
from zoo.api import runtime
assert importlib.util.find_spec("tensorflow") is None
json.dump(runtime.pipeline("tagger.onnx")(json.load(open("texts.json"))), sys.stdout)
"""
    done = subprocess.run(
        [without_tensorflow, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    expected = [[list(pair) for pair in tags] for tags in zoo.pipeline("blstm-tagger-gum")(texts)]
    assert json.loads(done.stdout) == expected


def test_what_needs_tensorflow_says_so_where_it_is_missing(without_tensorflow, tmp_path):
    command = [without_tensorflow, "-m", "zoo", "evaluate", "elman-xor"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "pip install 'recurrent-zoo[tensorflow]'" in done.stderr


def run(python, folder, *arguments):
    """What the command prints, run in a folder."""
    done = subprocess.run(
        [python, "-m", "zoo", *arguments], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", shipped())
def test_every_model_is_told_of_and_predicts_without_tensorflow(name, without_tensorflow, tmp_path):
    assert name in run(without_tensorflow, tmp_path, "info", name)
    first, *_ = examples(name)
    [answer] = json.loads(run(without_tensorflow, tmp_path, "predict", name, first, "--json"))
    assert answer["output"]


def test_models_are_listed_and_the_demonstration_runs_without_tensorflow(
    without_tensorflow, tmp_path
):
    assert "blstm-tagger-gum" in run(without_tensorflow, tmp_path, "list")
    shown = run(without_tensorflow, tmp_path, "demo")
    assert "boats/NOUN" in shown
    assert "TensorFlow is not installed" in shown


@pytest.mark.slow
def test_the_sdist_has_what_its_tests_need(tmp_path):
    build = [sys.executable, "-m", "build", "--sdist", "--outdir", tmp_path, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    pytest_ = [sys.executable, "-m", "pytest", "-q", "--no-header"]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    for arguments in (
        ["--collect-only", "tests"],
        ["tests/test_readme.py"],
    ):
        done = subprocess.run(
            [*pytest_, *arguments], cwd=source, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:]
