"""Code of a user, which type checkers read and nobody runs.

A line that ends in `# error` is a mistake that every checker is to find; all others are right.
"""

from pathlib import Path
from typing import Any, assert_type

import keras  # type: ignore[import-untyped]

import zoo
from zoo import UserError, layers
from zoo.layers import GRU, LSTM, NTM, Bidirectional, Elman, Hopfield, Recurrence, Stacked

lstm = LSTM(8, "relu", return_sequences=True, dropout=0.1, name="memory")
assert_type(lstm, LSTM)
gru = zoo.layers.GRU(8, activation=keras.ops.tanh, kernel_regularizer=keras.regularizers.L2(0.1))
both = Bidirectional(layers.PeepholeLSTM(8, peephole_initializer="zeros"), merge_mode="sum")
machine = NTM(100, 128, 20, controller="feedforward", go_backwards=True, dtype="float32")
model = keras.Sequential([keras.Input((None, 3)), Stacked([lstm, gru]), keras.layers.Dense(1)])

LSTM(8, retrun_sequences=True)  # error
LSTM()  # error
LSTM("8")  # error
LSTM(8, dropout="0.1")  # error
LSTM(8, "tanh", "sigmoid", True, "zeros")  # error
GRU(8, unit_forget_bias=True)  # error
Elman(8, recurrent_activation="tanh")  # error
Bidirectional(lstm, merge_mode="average")  # error
Hopfield(mode="parallel")  # error
layers.LuongAttention(8)  # error
layers.RAM(256, glimpses=6, return_sequences=True)  # error
layers.AttentiveLSTM(8, attention_units=6, return_state=False)  # error
layers.GlimpseSensor(8, scale=2)  # error


class Leaky(Recurrence):
    """A layer of the user's own."""

    gates = ("h",)
    State = layers.HiddenState

    def step(self, a: list[keras.KerasTensor], state: layers.HiddenState) -> layers.HiddenState:
        return layers.HiddenState(0.9 * state.h + 0.1 * self.activation(a[0]))


Leaky(8, return_state=True)
Leaky(8, leak=0.1)  # error

names = zoo.list_models("*tagger*", pretrained=True)
assert_type(names, list[str])
loaded = zoo.load(Path("xor"))
loaded.summary()
fresh = zoo.create("elman-xor", units=4)
card = zoo.train("elman-xor", "xor", epochs=1, device="cpu")
if card is not None:
    assert_type(card.parameters, int)
tag = zoo.pipeline("blstm-tagger-gum")
outputs = tag(["Time flies.", "Fruit flies."])
assert_type(outputs, list[Any])
report = zoo.export(loaded, "xor.onnx", "onnx", quantize="int8", dtype="float16")
assert_type(report.max_abs_error, float)
metrics = zoo.evaluate("xor", "dev", runtime="onnx")
exported = zoo.runtime.pipeline("xor.onnx")
exported("101")

print(zoo.nothing)  # error
zoo.load(3)  # error
zoo.train("elman-xor", "xor", device="tpu")  # error
zoo.train("elman-xor")  # error
zoo.export(loaded, "xor.onnx", format="onxx")  # error
zoo.export(loaded, "xor.onnx", dtype="float64")  # error
zoo.export(loaded, "xor.onnx", quantize=8)  # error
zoo.evaluate("xor", "tset")  # error
zoo.evaluate("xor", runtime="openvino")  # error
tag(3)  # error
zoo.list_models(pretraned=True)  # error
raise UserError(names)
