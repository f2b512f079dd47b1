"""An export leaves the process as it was: its environment, its loggers, its warnings."""

import logging
import os
import threading
import warnings

import keras
import onnxruntime.quantization
import pytest

import zoo
from zoo.exporters.onnx import onnx_format

VARIABLE = "TF2ONNX_CATCH_ERRORS"


def lstm() -> keras.Model:
    return keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(4)])


def state():
    """What of a process a converter may change."""
    root, tf2onnx = logging.getLogger(), logging.getLogger("tf2onnx")
    loggers = [(each.level, [*each.handlers], [*each.filters]) for each in (root, tf2onnx)]
    return dict(os.environ), loggers, [*warnings.filters]


@pytest.mark.parametrize("value", [None, "TRUE", "of the user's"])
@pytest.mark.parametrize("fails", [False, True])
def test_an_export_leaves_environment_loggers_and_warnings_as_they_were(
    value, fails, tmp_path, monkeypatch
):
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger("tf2onnx"), "level", logging.INFO)
    # Converters set themselves up when they are imported, which is no export's doing.
    onnx_format._make_tf2onnx_work_with_numpy_2()
    if fails:
        broken = {"PyFuncStateless": (lambda *_: 1 / 0, [])}
        monkeypatch.setattr(onnx_format, "HANDLERS", broken)
    before = state()
    if fails:
        with pytest.raises(zoo.UserError, match="does not convert"):
            zoo.export(lstm(), tmp_path / "m.onnx")
    else:
        zoo.export(lstm(), tmp_path / "m.onnx", quantize="int8")
    assert state() == before


def test_what_other_threads_log_while_a_file_is_quantized_is_not_lost(
    tmp_path, monkeypatch, caplog
):
    quantize = onnxruntime.quantization.quantize_dynamic

    def beside_another(*args, **options):
        logging.warning("the tool's own advice")
        thread = threading.Thread(target=logging.warning, args=["another thread's warning"])
        thread.start()
        thread.join()
        quantize(*args, **options)

    monkeypatch.setattr(onnxruntime.quantization, "quantize_dynamic", beside_another)
    zoo.export(lstm(), tmp_path / "m.onnx", quantize="int8")
    assert "another thread's warning" in caplog.messages
    assert "the tool's own advice" not in caplog.messages
