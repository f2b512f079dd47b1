"""Keras's own tests of its recurrent layers, run on the zoo's layers in their place.

They lie in the installed `keras` package. `LEFT_OUT` names those that are about Keras's insides.
"""

import importlib
import unittest
from types import SimpleNamespace

import keras
import pytest

from zoo import layers

MODULES = ("lstm_test", "gru_test", "simple_rnn_test", "bidirectional_test")
OURS = {
    "LSTM": layers.LSTM,
    "GRU": layers.GRU,
    "SimpleRNN": layers.Elman,
    "Bidirectional": layers.Bidirectional,
}
_KERNEL = "is about which fused kernel of a GPU Keras chooses"
LEFT_OUT = {
    "bidirectional_test.test_keeps_use_cudnn": _KERNEL,
    "bidirectional_test.test_fused_lstm_eligibility": _KERNEL,
    "bidirectional_test.test_fused_gru_eligibility": _KERNEL,
    "bidirectional_test.test_torch_cudnn_bidirectional_gru_dispatch_fires": _KERNEL,
    "gru_test.test_torch_cudnn_dispatch_fires": _KERNEL,
}


def _tests():
    for name in MODULES:
        module = importlib.import_module(f"keras.src.layers.rnn.{name}")
        for suite in unittest.defaultTestLoader.loadTestsFromModule(module):
            for test in suite:
                method = test.id().rpartition(".")[2]
                if method != "test_session":
                    yield pytest.param(module, test, id=f"{name}.{method}")


@pytest.mark.parametrize(("module", "test"), list(_tests()))
def test_a_test_of_keras_passes_on_the_zoos_layers(module, test, request, monkeypatch):
    name = request.node.callspec.id
    if name in LEFT_OUT:
        pytest.skip(LEFT_OUT[name])
    stock = {name: getattr(keras.layers, name) for name in ("Masking", "RNN", "Dense", "Input")}
    monkeypatch.setattr(module, "layers", SimpleNamespace(**{**stock, **OURS}))
    result = unittest.TestResult()
    test.run(result)
    assert result.testsRun == 1
    for _, trace in (*result.errors, *result.failures):
        pytest.fail(trace)
