"""README says what is so."""

import re
from pathlib import Path

import keras
import pytest

import zoo
from zoo.hub.registry import verified

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", zoo.list_models(pretrained=True))
def test_the_table_has_the_figures_of_the_card(name):
    _, card = verified(name)
    models = README.partition("## Models")[2].splitlines()
    [row] = [line for line in models if line.startswith(f"| `{name}`")]
    first = next(iter(card.metrics["test"].values()))
    assert f"{first:g}" in row or f"{first:.4f}" in row
    assert f"{card.parameters:,}" in row
    assert f"`zoo evaluate {name}`" in row


def test_the_python_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "tagger.onnx").is_file()


def test_every_layer_stands_in_the_table():
    from zoo import layers

    kinds = [getattr(layers, name) for name in layers.__all__]
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, keras.layers.Layer):
            assert kind in (layers.Core, layers.Recurrence) or f"| `{kind.__name__}` |" in README


def test_the_speed_tables_are_those_measured():
    files = (ROOT / "benchmarks" / name for name in ("layers.md", "gpu.md"))
    measured = "".join(file.read_text(encoding="utf-8") for file in files)
    for row in re.findall(r"^\| `\w+` \| \d.*$", README, re.MULTILINE):
        assert row in measured
