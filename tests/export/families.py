"""Models as Keras's own examples and common practice build them, none made with the zoo in mind.

Each is a function of no arguments; those in `LOOPS` have cells that ONNX has no operator for.
"""

import keras
import numpy as np
from keras import layers, ops

LOOPS = {
    "conv_lstm_frames",
    "conv_lstm_bidirectional",
    "custom_cell",
    "custom_cell_stacked",
    "silu_lstm",
}


def imdb_bidirectional():
    """Text classification: keras.io/examples/nlp/bidirectional_lstm_imdb."""
    x = keras.Input((None,), dtype="int32")
    h = layers.Embedding(200, 16)(x)
    h = layers.Bidirectional(layers.LSTM(8, return_sequences=True))(h)
    h = layers.Bidirectional(layers.LSTM(8))(h)
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(h))


def masked_sequential():
    """Masking and padding guide: an Embedding that masks, in a Sequential model."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(100, 8, mask_zero=True),
            layers.LSTM(12),
            layers.Dense(3),
        ]
    )


def ner_tagger():
    x = keras.Input((None,), dtype="int32", name="tokens")
    h = layers.Embedding(50, 8, mask_zero=True)(x)
    h = layers.Bidirectional(layers.LSTM(6, return_sequences=True, recurrent_dropout=0.1))(h)
    return keras.Model(x, layers.TimeDistributed(layers.Dense(5, activation="softmax"))(h))


def seq2seq_training():
    """keras.io/examples/nlp/lstm_seq2seq: the model that is trained."""
    source, target = keras.Input((None, 7), name="source"), keras.Input((None, 9), name="target")
    _, h, c = layers.LSTM(16, return_state=True)(source)
    y, _, _ = layers.LSTM(16, return_sequences=True, return_state=True)(
        target, initial_state=[h, c]
    )
    return keras.Model([source, target], layers.Dense(9, activation="softmax")(y))


def seq2seq_encoder():
    """keras.io/examples/nlp/lstm_seq2seq: the encoder by itself; two outputs of one layer."""
    source = keras.Input((None, 7), name="source")
    _, h, c = layers.LSTM(16, return_state=True)(source)
    return keras.Model(source, [h, c])


def seq2seq_decoder():
    """keras.io/examples/nlp/lstm_seq2seq: the decoder by itself, its states in and out."""
    target, h, c = keras.Input((None, 9)), keras.Input((16,)), keras.Input((16,))
    y, h_next, c_next = layers.LSTM(16, return_sequences=True, return_state=True)(
        target, initial_state=[h, c]
    )
    return keras.Model([target, h, c], [layers.Dense(9)(y), h_next, c_next])


def attention_seq2seq():
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    memory = layers.Bidirectional(layers.GRU(8, return_sequences=True))(
        layers.Embedding(30, 8, mask_zero=True)(source)
    )
    states = layers.GRU(16, return_sequences=True)(layers.Embedding(40, 8)(target))
    context = layers.AdditiveAttention()([states, memory])
    return keras.Model(
        {"source": source, "target": target},
        layers.Dense(40)(layers.Concatenate()([states, context])),
    )


def siamese():
    encode = keras.Sequential([layers.Embedding(40, 8, mask_zero=True), layers.LSTM(8)])
    left = keras.Input((None,), dtype="int32", name="left")
    right = keras.Input((None,), dtype="int32", name="right")
    distance = ops.exp(-ops.sum(ops.abs(encode(left) - encode(right)), axis=1, keepdims=True))
    return keras.Model([left, right], distance)


def timeseries_weather():
    """keras.io/examples/timeseries/timeseries_weather_forecasting: fixed length."""
    x = keras.Input((120, 7))
    return keras.Model(x, layers.Dense(1)(layers.LSTM(32)(x)))


def traffic_forecasting():
    """keras.io/examples/timeseries/timeseries_traffic_forecasting: an LSTM for each node."""
    x = keras.Input((12, 10, 3))
    h = layers.Dense(4, activation="relu")(x)
    h = layers.Permute((2, 1, 3))(h)
    h = ops.reshape(h, (-1, 12, 4))
    h = layers.LSTM(8)(h)
    return keras.Model(x, ops.reshape(layers.Dense(2)(h), (-1, 10, 2)))


def speech_ctc():
    """keras.io/examples/audio/ctc_asr: convolutions over a spectrogram, then stacked GRUs."""
    x = keras.Input((None, 33), name="spectrogram")
    h = layers.Reshape((-1, 33, 1))(x)
    h = layers.Conv2D(4, (11, 11), strides=(2, 2), padding="same", use_bias=False)(h)
    h = layers.BatchNormalization()(h)
    h = layers.ReLU()(h)
    h = layers.Reshape((-1, h.shape[-2] * h.shape[-1]))(h)
    for _ in range(2):
        h = layers.Bidirectional(
            layers.GRU(8, return_sequences=True, reset_after=True, recurrent_activation="sigmoid")
        )(h)
        h = layers.Dropout(0.5)(h)
    return keras.Model(x, layers.Dense(6, activation="softmax")(h))


def captcha_ocr():
    """keras.io/examples/vision/captcha_ocr: columns of an image as a sequence."""
    x = keras.Input((40, 16, 1), name="image")
    h = layers.MaxPooling2D(2)(layers.Conv2D(4, 3, padding="same", activation="relu")(x))
    h = layers.MaxPooling2D(2)(layers.Conv2D(8, 3, padding="same", activation="relu")(h))
    h = layers.Dense(16, activation="relu")(layers.Reshape((10, 4 * 8))(h))
    h = layers.Bidirectional(layers.LSTM(12, return_sequences=True, dropout=0.25))(h)
    h = layers.Bidirectional(layers.LSTM(6, return_sequences=True, dropout=0.25))(h)
    return keras.Model(x, layers.Dense(11, activation="softmax")(h))


def video_cnn_rnn():
    """keras.io/examples/vision/video_classification: features of frames with an explicit mask."""
    frames, mask = (
        keras.Input((20, 32), name="frames"),
        keras.Input((20,), dtype="bool", name="mask"),
    )
    h = layers.GRU(16, return_sequences=True)(frames, mask=mask)
    h = layers.Dropout(0.4)(layers.GRU(8)(h))
    return keras.Model([frames, mask], layers.Dense(5, activation="softmax")(h))


def cnn_in_time():
    """A convolutional network over every frame of a clip of any length, then an LSTM."""
    x = keras.Input((None, 12, 12, 1))
    frame = keras.Sequential(
        [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    )
    return keras.Model(x, layers.Dense(3)(layers.LSTM(8)(layers.TimeDistributed(frame)(x))))


def conv1d_lstm():
    x = keras.Input((None, 6))
    h = layers.Conv1D(8, 5, activation="relu")(x)
    h = layers.MaxPooling1D(2)(h)
    return keras.Model(x, layers.Dense(2)(layers.LSTM(8)(h)))


def conv_lstm_frames():
    """keras.io/examples/vision/conv_lstm: the next frame."""
    x = keras.Input((None, 8, 8, 1))
    h = layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True, activation="relu")(x)
    h = layers.BatchNormalization()(h)
    h = layers.ConvLSTM2D(4, 1, padding="same", return_sequences=True, activation="relu")(h)
    return keras.Model(x, layers.Conv3D(1, 3, activation="sigmoid", padding="same")(h))


def conv_lstm_bidirectional():
    x = keras.Input((5, 8, 8, 1))
    return keras.Model(x, layers.Bidirectional(layers.ConvLSTM2D(2, 3, padding="same"))(x))


def character_generation():
    """keras.io/examples/generative/lstm_character_level_text_generation."""
    return keras.Sequential(
        [keras.Input((40, 30)), layers.LSTM(32), layers.Dense(30, activation="softmax")]
    )


class TextGenerator(keras.Model):
    """tensorflow.org/text/tutorials/text_generation: a subclassed model of a GRU."""

    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(30, 8)
        self.gru = layers.GRU(16, return_sequences=True, return_state=True)
        self.dense = layers.Dense(30)

    def call(self, inputs, training=False):
        h = self.embedding(inputs, training=training)
        h, states = self.gru(h, training=training)
        return {"logits": self.dense(h, training=training), "states": states}


def subclassed_generator():
    model = TextGenerator()
    model(np.ones((2, 11), "int32"))
    return model


class AutoRegressive(keras.Model):
    """tensorflow.org/tutorials/structured_data/time_series: an LSTM cell fed its own prediction."""

    def __init__(self, steps=4):
        super().__init__()
        self.steps = steps
        self.cell = layers.LSTMCell(8)
        self.rnn = layers.RNN(self.cell, return_state=True)
        self.dense = layers.Dense(5)

    def call(self, inputs, training=None):
        x, *state = self.rnn(inputs)
        predictions = [self.dense(x)]
        for _ in range(1, self.steps):
            x, state = self.cell(predictions[-1], states=state, training=training)
            predictions.append(self.dense(x))
        return ops.stack(predictions, axis=1)


def autoregressive_feedback():
    model = AutoRegressive()
    model(np.zeros((2, 9, 5), "float32"))
    return model


class Block(layers.Layer):
    """A layer of the user's own round a stock one."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.lstm = layers.LSTM(units, return_sequences=True)
        self.norm = layers.LayerNormalization()

    def call(self, inputs):
        return self.norm(inputs + self.lstm(inputs))


def layer_inside_a_layer():
    x = keras.Input((None, 8))
    return keras.Model(x, layers.Dense(2)(Block(8)(Block(8)(x))))


class MinimalCell(layers.Layer):
    """keras.io/guides/working_with_rnns: a cell of one's own."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")

    def call(self, inputs, states):
        h = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent)
        return h, [h]


def custom_cell():
    x = keras.Input((None, 5))
    return keras.Model(x, layers.RNN(MinimalCell(8), return_sequences=True)(x))


def custom_cell_stacked():
    x = keras.Input((None, 5))
    return keras.Model(x, layers.RNN([MinimalCell(8), layers.LSTMCell(4)])(x))


def stacked_cells():
    x = keras.Input((None, 5))
    cells = [layers.LSTMCell(8), layers.GRUCell(6), layers.SimpleRNNCell(4)]
    return keras.Model(x, layers.RNN(cells, return_sequences=True, return_state=False)(x))


def stateful_lstm():
    x = keras.Input(batch_shape=(2, 6, 3))
    return keras.Model(x, layers.LSTM(5, stateful=True, return_sequences=True)(x))


def stateful_bidirectional():
    x = keras.Input(batch_shape=(2, None, 3))
    return keras.Model(x, layers.Bidirectional(layers.GRU(5, stateful=True))(x))


def mixed_float16():
    x = keras.Input((None, 5))
    h = layers.LSTM(8, return_sequences=True, dtype="mixed_float16")(x)
    return keras.Model(x, layers.Dense(3, dtype="float32")(layers.GRU(8, dtype="mixed_float16")(h)))


def mixed_bfloat16():
    x = keras.Input((None,), dtype="int32")
    h = layers.Embedding(50, 8, mask_zero=True, dtype="mixed_bfloat16")(x)
    h = layers.Bidirectional(layers.LSTM(8, dtype="mixed_bfloat16"), dtype="mixed_bfloat16")(h)
    return keras.Model(x, layers.Dense(3, dtype="mixed_bfloat16")(h))


def pure_bfloat16():
    x = keras.Input((None, 5))
    return keras.Model(
        x,
        layers.Dense(3, dtype="bfloat16")(
            layers.LSTM(8, dtype="bfloat16", recurrent_initializer="glorot_uniform")(x)
        ),
    )


def double_precision():
    x = keras.Input((None, 5), dtype="float64")
    return keras.Model(x, layers.GRU(8, dtype="float64", return_sequences=True)(x))


def zero_output_for_mask():
    x = keras.Input((None, 5))
    h = layers.Masking()(x)
    return keras.Model(
        x,
        [
            layers.LSTM(8, return_sequences=True, zero_output_for_mask=True)(h),
            layers.GRU(8, zero_output_for_mask=True)(h),
        ],
    )


def silu_lstm():
    x = keras.Input((None, 5))
    return keras.Model(x, layers.LSTM(8, activation="silu")(x))


def unrolled():
    x = keras.Input((6, 5))
    return keras.Model(x, layers.LSTM(8, unroll=True)(layers.Masking()(x)))


def shared_layer():
    x, y = keras.Input((None, 5), name="x"), keras.Input((None, 5), name="y")
    lstm = layers.LSTM(8)
    return keras.Model([x, y], layers.Concatenate()([lstm(x), lstm(y)]))


def added_sequences():
    """Two inputs whose lengths must be equal, since their sequences are added."""
    x, y = keras.Input((None, 5), name="x"), keras.Input((None, 5), name="y")
    return keras.Model([x, y], layers.GRU(4, return_sequences=True)(layers.Add()([x, y])))


def nested_models():
    inner_in = keras.Input((None, 5))
    inner = keras.Model(inner_in, layers.Bidirectional(layers.GRU(4), merge_mode="sum")(inner_in))
    x = keras.Input((None, 3))
    h = keras.Sequential([layers.Conv1D(5, 3, padding="causal"), layers.Activation("relu")])(x)
    return keras.Model(x, layers.Dense(2)(inner(h)))


def backwards_and_states():
    x = keras.Input((None, 4))
    h = layers.Masking()(x)
    back = layers.LSTM(5, go_backwards=True, return_sequences=True, return_state=True)(h)
    both = layers.Bidirectional(layers.LSTM(3, return_state=True, return_sequences=True))(h)
    apart = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode=None)(h)
    return keras.Model(x, [*back, *both, *apart])


def initial_state_of_pair():
    x = keras.Input((None, 4))
    states = [keras.Input((3,), name=name) for name in ("h", "c", "h_back", "c_back")]
    return keras.Model([x, *states], layers.Bidirectional(layers.LSTM(3))(x, initial_state=states))


def legacy_h5(folder=None):
    """Saved and loaded in the old format."""
    import tempfile
    import warnings
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        imdb_bidirectional().save(Path(folder) / "model.h5")
        return keras.saving.load_model(Path(folder) / "model.h5")


def music_vae_like():
    """Means and deviations of a latent code, and a dictionary of outputs in an order of its own."""
    x = keras.Input((16, 9), name="notes")
    h = layers.Bidirectional(layers.LSTM(8))(x)
    return keras.Model(
        x, {"z_mean": layers.Dense(4)(h), "a_log_var": layers.Dense(4)(h), "deep": h}
    )


def no_recurrence():
    x = keras.Input((None, 5))
    return keras.Model(x, layers.GlobalAveragePooling1D()(layers.Conv1D(4, 3, padding="same")(x)))


def odd_names():
    x = keras.Input((None, 5), name="my input (1)")
    return keras.Model(x, layers.LSTM(4, name="last.state-1")(x))


def unused_and_passed_through():
    """An output that is an input, and the same output twice."""
    x = keras.Input((None, 5), name="x")
    h = layers.GRU(4, name="h")(x)
    return keras.Model(x, [h, h, x])


FAMILIES = {
    name: made
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and not isinstance(made, type)
}
