"""The checksum at the end of an ONNX file shows damage."""

import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest

import zoo
from zoo.inference.checksum import KEY, append_checksum, verify_checksum


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("checksum") / "xor.onnx"
    zoo.export("elman-xor", path)
    return path


def test_every_runtime_reads_the_checksum_as_metadata_of_all_bytes_before_it(exported):
    by_runtime = onnxruntime.InferenceSession(exported).get_modelmeta().custom_metadata_map[KEY]
    [by_onnx] = [e.value for e in onnx.load(exported).metadata_props if e.key == KEY]
    assert by_runtime == by_onnx == hashlib.sha256(exported.read_bytes()[:-76]).hexdigest()
    onnx.checker.check_model(str(exported))
    before = exported.read_bytes()
    append_checksum(exported)
    assert exported.read_bytes() == before


def test_a_flipped_byte_is_refused_or_changes_no_output(exported, tmp_path):
    whole, rng = exported.read_bytes(), np.random.default_rng(0)
    expected = zoo.runtime.pipeline(exported)("1010")
    refused = 0
    for place in rng.choice(len(whole), 300, replace=False):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        path = tmp_path / "damaged.onnx"
        path.write_bytes(damaged)
        try:
            assert zoo.runtime.pipeline(path)("1010") == expected
        except zoo.UserError:
            refused += 1
    assert refused > 280


def test_a_file_of_others_without_a_checksum_is_taken_as_it_is(tmp_path):
    for content in (b"", b"something", b"x" * 200):
        (tmp_path / "other.onnx").write_bytes(content)
        verify_checksum(tmp_path / "other.onnx")
