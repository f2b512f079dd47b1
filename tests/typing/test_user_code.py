"""A user's code is checked by mypy and pyright: from an editable install, and from the wheel."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USER_CODE = Path(__file__).with_name("user_code.py")
CHECKERS = Path(sysconfig.get_path("scripts"))


def environment(folder, *package):
    """Python of an environment of its own with the zoo, on top of all else that this one has."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, *package], check=True)
    own = sysconfig.get_path("purelib", vars={"base": str(folder)})
    (Path(own) / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="module", params=["editable", pytest.param("wheel", marks=pytest.mark.slow)])
def python(request, tmp_path_factory):
    how = ["--editable"] if request.param == "editable" else []
    return environment(tmp_path_factory.mktemp("environment"), *how, ROOT)


def expected():
    lines = USER_CODE.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# error")}


def printed(tmp_path, *command):
    shutil.copy(USER_CODE, tmp_path)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_mypy_finds_the_mistakes_of_a_user_and_no_others(python, tmp_path):
    cache = ROOT / ".mypy_cache" / "of_a_user"
    mypy = [CHECKERS / "mypy", "--strict", "--output", "json", "--cache-dir", cache]
    lines = printed(tmp_path, *mypy, "--python-executable", python, "user_code.py").splitlines()
    found = [json.loads(line) for line in lines]
    assert {each["line"] for each in found if each["severity"] == "error"} == expected(), lines


def test_pyright_finds_the_mistakes_of_a_user_and_no_others(python, tmp_path):
    pyright = [CHECKERS / "pyright", "--outputjson", "--pythonpath", python, "user_code.py"]
    found = json.loads(printed(tmp_path, *pyright))["generalDiagnostics"]
    errors = {each["range"]["start"]["line"] + 1 for each in found if each["severity"] == "error"}
    assert errors == expected(), found
