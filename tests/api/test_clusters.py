"""The functions of docs/clusters.md, with two workers each: every row as one process has it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import zoo
from zoo.recipes.blstm_tagger import processing

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCUMENT, SCRIPT = ROOT / "docs" / "clusters.md", Path(__file__).with_name("clusters.py")
COUNT = 5000


@pytest.fixture(scope="module")
def sentences():
    return [f"{processing.EXAMPLES[n % len(processing.EXAMPLES)]} {n}" for n in range(COUNT)]


@pytest.fixture(scope="module")
def expected(sentences):
    tagged = zoo.runtime.pipeline("blstm-tagger-gum")(sentences)
    return [
        [text, " ".join(tag for _, tag in words)]
        for text, words in zip(sentences, tagged, strict=True)
    ]


@pytest.mark.parametrize(("engine", "extra"), [("Ray Data", "ray"), ("Apache Beam", "beam")])
def test_an_engine_tags_every_row(engine, extra, sentences, expected, tmp_path):
    # An environment of its own: the engines want other versions of what TensorFlow stands on.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, f"{ROOT}[{extra}]"], check=True)
    (tmp_path / "texts.json").write_text(json.dumps(sentences))
    command = [python, SCRIPT, DOCUMENT, engine, tmp_path / "texts.json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = json.loads((tmp_path / "texts.out").read_text())
    assert sorted(outputs) == sorted(expected)
