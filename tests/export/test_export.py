"""Exports: run elsewhere, compared, and kept only if right."""

import keras
import numpy as np
import onnx
import pytest

import zoo
from export import ExportError, onnx_format
from zoo.layers import LSTM, Bidirectional, Elman


def masked_blstm() -> keras.Model:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    states = keras.layers.Embedding(10, 4)(tokens)
    lstm = Bidirectional(LSTM(5, return_sequences=True))
    states = lstm(states, mask=keras.ops.not_equal(tokens, 0))
    return keras.Model(tokens, {"states": states, "last": Elman(3)(states)})


BATCHES = {
    "padded": np.array([[1, 2, 3, 0], [4, 0, 0, 0], [5, 6, 7, 8]], "int32"),
    "one step": np.array([[3]], "int32"),
    "longer than the export saw": np.random.default_rng(0).integers(1, 10, (2, 40)).astype("int32"),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model, folder = masked_blstm(), tmp_path_factory.mktemp("export")
    formats = ("onnx", "saved_model")
    return model, {name: zoo.export(model, folder / name, name) for name in formats}, folder


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_an_export_equals_the_model_on_every_length(exported, format, batch):
    from export import saved_model

    model, _, folder = exported
    run = {"onnx": onnx_format.run, "saved_model": saved_model.run}[format]
    found = run(folder / format, {"tokens": BATCHES[batch]})
    expected = model(BATCHES[batch])
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)


def test_the_report_names_files_inputs_outputs_and_free_axes(exported):
    _, reports, folder = exported
    report = reports["onnx"]
    assert report.files == [str(folder / "onnx")]
    assert report.bytes == (folder / "onnx").stat().st_size
    assert [(i.name, i.dtype, i.shape) for i in report.inputs] == [
        ("tokens", "int32", ("batch", "time"))
    ]
    assert {o.name: o.shape for o in report.outputs} == {
        "states": ("batch", "time", 10),
        "last": ("batch", 3),
    }
    assert 0 <= report.max_abs_error <= report.tolerance
    assert any(path.endswith("saved_model.pb") for path in reports["saved_model"].files)


def test_operators_are_counted_in_subgraphs_too(exported):
    _, reports, folder = exported
    counts = reports["onnx"].operators

    def every(graph):
        for node in graph.node:
            yield node
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    yield from every(attribute.g)

    nodes = [node.op_type for node in every(onnx.load(folder / "onnx").graph)]
    assert counts == {op: nodes.count(op) for op in set(nodes)}


def test_an_export_over_tolerance_fails_and_leaves_no_file(tmp_path, monkeypatch):
    def wrong(_path, batch):
        return {"states": np.full((*batch["tokens"].shape, 10), 2.0), "last": np.zeros((2, 3))}

    monkeypatch.setattr("export.onnx_format.run", wrong)
    with pytest.raises(ExportError, match="was not written"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_conversion_that_breaks_off_leaves_no_file(tmp_path, monkeypatch):
    def breaks(_model, path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("export.onnx_format.write", breaks)
    with pytest.raises(zoo.UserError, match="cannot be written: No space left on device"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_path_that_exists_is_kept(tmp_path):
    (tmp_path / "m.onnx").write_text("mine")
    with pytest.raises(zoo.UserError, match="exists; name another path"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_text() == "mine"


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(zoo.UserError, match="Unknown format 'tflite'.*onnx, saved_model"):
        zoo.export(masked_blstm(), tmp_path / "m", format="tflite")


def test_a_model_whose_inputs_are_not_known_says_so(tmp_path):
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(zoo.UserError, match=r"not known.*Wrap it in one: keras.Model"):
        zoo.export(Own(), tmp_path / "m.onnx")


def test_a_sequential_model_with_inputs_by_position_is_exported(tmp_path):
    model = keras.Sequential([keras.Input((None, 2), name="x"), Elman(3), keras.layers.Dense(1)])
    report = zoo.export(model, tmp_path / "m.onnx")
    assert [info.name for info in report.inputs] == ["x"]
    assert report.max_abs_error <= report.tolerance
