"""Models as users put them together: layers in layers, cells, states, types, names."""

import tempfile
import warnings
from pathlib import Path

import keras
from keras import layers, ops

from tests.exporters.families.examples import imdb_bidirectional


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


def legacy_h5():
    """Saved and loaded in the old format."""
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


def constants():
    """Constants that the model was built with, a small one and a large one."""
    x = keras.Input((None, 8))
    y = layers.LSTM(200, return_sequences=True)(x * ops.arange(1, 9, dtype="float32"))
    steps = ops.any(ops.not_equal(x, 0), axis=-1, keepdims=True)
    return keras.Model(x, ops.where(steps, y + ops.linspace(-1.0, 1.0, 200), ops.ones(200)))


def transformer_block():
    """Attention and a feedforward half with the exact GELU, on a recurrent layer."""
    x = keras.Input((None, 8))
    h = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 4)(h, h))
    return keras.Model(x, h + layers.Dense(8)(layers.Dense(16, activation="gelu")(h)))


def likeliest_class():
    """The class of each step and its chance, as a tagger is deployed."""
    x = keras.Input((None, 5))
    chances = layers.Dense(3, activation="softmax")(layers.GRU(4, return_sequences=True)(x))
    return keras.Model(x, {"class": ops.argmax(chances, -1), "chance": ops.max(chances, -1)})


def mel_front_end():
    """A sound to mel spectra to a recurrent layer, in one model."""
    sound = keras.Input((2000,))
    mel = layers.MelSpectrogram(fft_length=256, sequence_stride=128, num_mel_bins=16)(sound)
    return keras.Model(sound, layers.GRU(4)(layers.Permute((2, 1))(mel)))


def binned_measurements():
    x = keras.Input((None,))
    bins = layers.Discretization(bin_boundaries=[-1.0, 0.0, 1.0])(x)
    return keras.Model(x, layers.LSTM(4)(layers.Embedding(4, 3)(bins)))
