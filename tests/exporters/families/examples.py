"""Models as Keras's and TensorFlow's own examples and tutorials build them."""

import keras
import numpy as np
from keras import layers, ops


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
