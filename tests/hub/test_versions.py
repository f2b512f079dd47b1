"""`name@version`, wherever the name of a shipped model is taken."""

import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest

import zoo
from zoo.api import runtime
from zoo.cli import epochs, predict
from zoo.hub import registry
from zoo.hub.card import Card

NAME = "elman-xor"
HERE = Card.read(registry.MODELS / NAME).version
QUICK = {"epochs": 1, "streams": 32, "bits": 30}

TAKES_A_NAME = {
    "load": lambda name, _: zoo.load(name),
    "create": lambda name, _: zoo.create(NAME, init_from=name),
    "train": lambda name, folder: zoo.train(NAME, folder / "o", options=QUICK, init_from=name),
    "pipeline": lambda name, _: zoo.pipeline(name),
    "runtime.pipeline": lambda name, _: zoo.runtime.pipeline(name),
    "runtime.load": lambda name, _: runtime.load(name),
    "evaluate": lambda name, _: zoo.evaluate(name),
    "evaluate, onnx": lambda name, _: zoo.evaluate(name, runtime="onnx"),
    "export": lambda name, folder: zoo.export(name, folder / "m.onnx"),
    "examples": lambda name, _: registry.examples(name),
    "example": lambda name, _: predict.example(*registry.verified(name)),
    "predict.load": lambda name, _: predict.load(name, predict.Choice()),
    "locate": lambda name, _: registry.locate(name),
}


@pytest.mark.parametrize("take", TAKES_A_NAME.values(), ids=TAKES_A_NAME)
def test_the_version_that_is_shipped_is_taken_and_no_other(take, tmp_path):
    for other in (HERE + 1, HERE - 1, "", "one", f"0{HERE}", f"{HERE}@{HERE}"):
        with pytest.raises(zoo.UserError, match=rf"of {NAME} is not here, version {HERE} is"):
            take(f"{NAME}@{other}", tmp_path)
    assert not any(tmp_path.iterdir())
    take(f"{NAME}@{HERE}", tmp_path)


@pytest.mark.parametrize("name", registry.shipped())
def test_every_shipped_model_is_taken_by_its_version(name):
    directory, card = registry.verified(f"{name}@{Card.read(registry.MODELS / name).version}")
    assert directory == registry.MODELS / name
    with pytest.raises(zoo.UserError, match=f"is not here, version {card.version} is"):
        registry.verified(f"{name}@{card.version + 1}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("info",),
        ("predict", "--runtime", "onnx"),
        ("evaluate",),
        ("export", "--out", "x"),
        ("train", NAME, "--out", "x", "--from"),
    ],
)
def test_the_command_says_which_version_is_here(arguments, tmp_path):
    command, *others = arguments
    name = f"{NAME}@{HERE + 1}"
    words = [*others, name] if command == "train" else [name, *others]
    done = subprocess.run(
        [sys.executable, "-m", "zoo", command, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"version {HERE} is" in " ".join(done.stderr.split())
    assert not any(tmp_path.iterdir())


def test_what_is_made_from_a_version_has_the_name_alone(tmp_path):
    zoo.export(f"{NAME}@{HERE}", tmp_path / "m.onnx")
    entries = {each.key: each.value for each in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert (entries["name"], entries["version"]) == (NAME, str(HERE))
    card = zoo.train(NAME, tmp_path / "next", options=QUICK, init_from=f"{NAME}@{HERE}")
    assert card.init_from["name"] == NAME
    assert card.init_from["version"] == HERE


def test_a_directory_may_have_any_name(small_xor, tmp_path):
    place = tmp_path / "a@b" / f"{NAME}@7"
    shutil.copytree(small_xor, place)
    for mine, theirs in zip(
        zoo.load(place).get_weights(), zoo.load(small_xor).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    assert epochs.read(place)
