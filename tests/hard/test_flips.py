"""A flipped bit in a file of a model is caught, or changes nothing that the model says."""

import shutil

import numpy as np
import pytest

import zoo
from zoo.api.runtime import stream_file
from zoo.hub import model_directory
from zoo.hub.card import CARD
from zoo.hub.registry import MODELS, examples, shipped, verified

pytestmark = pytest.mark.usefixtures("elsewhere")

CAUGHT, WITHOUT_EFFECT = "caught", "without effect on any output"


def flipped(content, rng):
    """A copy with one bit turned over."""
    copy = bytearray(content)
    copy[rng.integers(len(copy))] ^= 1 << int(rng.integers(8))
    return bytes(copy)


def flips(path, rng, number):
    """Writes a file with one flipped bit, so many times, and puts it back as it was."""
    whole = path.read_bytes()
    for _ in range(number):
        path.write_bytes(flipped(whole, rng))
        yield
    path.write_bytes(whole)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_flips_in_the_files_of_a_directory_are_caught(name, amount, tally, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(MODELS / name, copy)
    rng = np.random.default_rng(0)
    for file in sorted(shipped()[name]):
        for _ in flips(copy / file, rng, amount(3, 40)):
            with pytest.raises(zoo.UserError):
                verified(copy)
            tally(f"flips in {'the card' if file == CARD else 'files'} of a directory", CAUGHT)
    verified(copy)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_flips_in_an_exported_file_are_caught_or_without_effect(name, amount, tally, tmp_path):
    example = examples(name)[0]
    path = tmp_path / "model.onnx"
    shutil.copy(stream_file(MODELS / name), path)
    expected = zoo.runtime.pipeline(path)(example)
    for _ in flips(path, np.random.default_rng(0), amount(3, 40)):
        try:
            assert zoo.runtime.pipeline(path)(example) == expected
            tally("flips in an exported file", WITHOUT_EFFECT)
        except zoo.UserError:
            tally("flips in an exported file", CAUGHT)


def test_flips_in_a_file_of_keras_are_caught_or_without_effect(small_xor, amount, tally, tmp_path):
    path = tmp_path / "model.keras"
    shutil.copy(small_xor / "model.keras", path)
    expected = model_directory.load_keras_file(path).get_weights()
    for _ in flips(path, np.random.default_rng(0), amount(20, 200)):
        try:
            weights = model_directory.load_keras_file(path).get_weights()
        except zoo.UserError:
            tally("flips in a .keras file by itself", CAUGHT)
            continue
        assert all(np.array_equal(a, b) for a, b in zip(weights, expected, strict=True))
        tally("flips in a .keras file by itself", WITHOUT_EFFECT)
