"""A package of somebody else's, and the guide by which it is made."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import zoo.recipes as recipes
from tests.test_package import wheel  # noqa: F401

ROOT = Path(__file__).parents[1]
OUTSIDE = ROOT / "tests" / "outside"
GUIDE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:^`([\w/.]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

ALONE = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
"""What is imported is what is installed."""

USE = """
import json, sys
import zoo
from parity_zoo.cells import MinGRU

assert {"parity", "parity-12"} <= {*zoo.list_models()}
assert zoo.load("parity-12").count_params() == zoo.create("parity").count_params()
assert zoo.pipeline("parity-12")("1101")
zoo.export("parity-12", "parity.onnx")
assert zoo.runtime.pipeline("parity.onnx")("1101") == zoo.pipeline("parity-12")("1101")
for name, options in {"parity": {"batches": 2}, "elman-xor": {"streams": 32, "bits": 12}}.items():
    card = zoo.train(name, f"mine-{name}", cell=MinGRU, epochs=1, units=3, **options)
    assert card.options["cell"] == "parity_zoo.cells:MinGRU"
    assert zoo.evaluate(f"mine-{name}") == card.metrics["test"]
source = json.load(open("mine-parity/card.json"))["recipe_source"]
assert source == {"package": "parity-zoo", "version": "0.1.0"}
"""


def place_of(path: str) -> Path:
    """Where the package has what the guide shows."""
    moved = {"my_cells.py": "parity_zoo/cells.py", "pyproject.toml": "pyproject.toml"}
    return OUTSIDE / moved.get(path, f"parity_zoo/{path}")


def test_the_guide_shows_the_package_that_is_installed_below():
    shown = {place_of(path): text for path, _, text in BLOCK.findall(GUIDE) if path}
    files = {path for path in OUTSIDE.rglob("*") if path.suffix in (".py", ".toml")}
    assert set(shown) == files - {OUTSIDE / "parity_zoo" / "__init__.py"}
    for path, text in shown.items():
        assert text == path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_blocks_of_the_guide_run(tmp_path, monkeypatch, site, zoo_command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    shutil.copytree(OUTSIDE, tmp_path, dirs_exist_ok=True)
    kinds = []
    for path, kind, text in BLOCK.findall(GUIDE):
        if path:
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
        elif kind == "python":
            exec(compile(text, "extending.md", "exec"), {})
        elif kind == "sh":
            for line in text.splitlines():
                # Each is a process of its own, in which no recipe is known before.
                recipes._named.clear()
                for module in [name for name in sys.modules if name.split(".")[0] == "parity"]:
                    del sys.modules[module]
                status, _, err = zoo_command(*shlex.split(line)[1:])
                assert status == 0, (line, err)
        kinds.append(kind)
    assert {"python", "sh", "toml"} <= {*kinds}
    [card] = (tmp_path / "parity_zoo" / "models").glob("*/card.json")
    assert json.loads(card.read_text())["recipe"] == "parity"


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):  # noqa: F811
    """Python of a virtual environment with the wheel, and beside it the second package.

    What the zoo depends on is that of this environment.
    """
    folder = tmp_path_factory.mktemp("outside")
    package = folder / "package"
    shutil.copytree(OUTSIDE, package)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def pip(*arguments):
        command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
        subprocess.run([*command, "--no-deps", "--no-compile", *arguments], check=True)

    pip(wheel)
    train = [python, "-m", "zoo", "train", "./parity_zoo/parity"]
    train += ["--out", "parity_zoo/models/parity-12", "--set=epochs=1", "--set=batches=4"]
    subprocess.run(train, check=True, cwd=package, env=ALONE, capture_output=True)
    pip(package)
    return python


def run(python, folder, *arguments):
    """Status, output and messages of the command."""
    command = [python, "-m", "zoo", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=ALONE, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_what_a_second_package_brings_goes_by_name(python, tmp_path):
    status, out, err = run(python, tmp_path, "list", "parity*", "--json")
    assert (status, err) == (0, "")
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["parity"]["summary"] == "whether the ones of a string so far are odd in number"
    assert rows["parity-12"]["card"]["recipe"] == "parity"
    code = f"import zoo; print(zoo.__file__)\n{USE}"
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=ALONE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert str(python.parents[1]) in done.stdout
    [answer] = json.loads(run(python, tmp_path, "predict", "parity-12", "1101", "--json")[1])
    assert set(answer["output"]) <= {"0", "1"}
    assert run(python, tmp_path, "predict", "parity.onnx", "1101")[0] == 0
    assert run(python, tmp_path, "export", "parity-12", "--out", "other.onnx")[0] == 0


@pytest.mark.slow
def test_a_cell_is_imported_by_the_command_where_it_is_named_and_not_elsewhere(python, tmp_path):
    few = ["--set=epochs=1", "--set=streams=32", "--set=bits=12", "--set=units=3"]
    train = ["train", "elman-xor", "--out", "out", "--set=cell=parity_zoo.cells:MinGRU", *few]
    status, _, err = run(python, tmp_path, *train)
    assert status == 0, err
    status, _, err = run(python, tmp_path, "predict", "out", "101")
    assert status == 2
    assert "import parity_zoo.cells first, if you trust it" in err
    asked = ["predict", "out", "101", "--import", "parity_zoo.cells"]
    assert run(python, tmp_path, *asked)[0] == 0
