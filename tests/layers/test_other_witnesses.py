"""Witnesses that need neither Keras nor a loop of ours."""

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from zoo.layers import LSTM, LSTM1997, PeepholeLSTM

TIME, BATCH, FEATURES, UNITS = 6, 3, 4, 5
X = np.random.default_rng(0).normal(size=(BATCH, TIME, FEATURES)).astype("float32")


def test_peephole_lstm_equals_the_onnx_operator_with_peepholes():
    layer = PeepholeLSTM(UNITS, return_sequences=True, bias_initializer="random_normal")
    hidden = np.array(layer(X))
    i, f, c, o = (slice(k * UNITS, (k + 1) * UNITS) for k in range(4))
    kernel, recurrent_kernel, bias, (p_i, p_f, p_o) = layer.get_weights()

    def in_onnx_order(weight):
        return np.concatenate([weight[..., part] for part in (i, o, f, c)], axis=-1)

    inputs = {
        "X": X.transpose(1, 0, 2),
        "W": in_onnx_order(kernel).T[None],
        "R": in_onnx_order(recurrent_kernel).T[None],
        "B": np.concatenate([in_onnx_order(bias), np.zeros(4 * UNITS, "float32")])[None],
        "P": np.concatenate([p_i, p_o, p_f])[None],
    }
    node = helper.make_node("LSTM", ["X", "W", "R", "B", "", "", "", "P"], ["Y"], hidden_size=UNITS)
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
        for name, array in inputs.items()
    ]
    result = helper.make_tensor_value_info("Y", TensorProto.FLOAT, (TIME, 1, BATCH, UNITS))
    graph = helper.make_graph([node], "peephole", values, [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    onnx.checker.check_model(model)
    [expected] = ReferenceEvaluator(model).run(None, inputs)
    np.testing.assert_allclose(hidden, expected[:, 0].transpose(1, 0, 2), atol=1e-5)


def test_lstm1997_is_the_lstm_whose_forget_gate_is_forced_to_one():
    first = LSTM1997(UNITS, return_sequences=True, return_state=True)
    expected = first(X)
    kernel, recurrent_kernel, bias = first.get_weights()

    def with_forget_gate(weight, value):
        i, c, o = np.split(weight, 3, axis=-1)
        return np.concatenate([i, np.full_like(i, value), c, o], axis=-1)

    later = LSTM(UNITS, return_sequences=True, return_state=True)
    later.build(X.shape)
    weights = [with_forget_gate(kernel, 0), with_forget_gate(recurrent_kernel, 0)]
    later.set_weights([*weights, with_forget_gate(bias, 100)])
    for one, other in zip(later(X), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
