"""Biases by which an LSTM's memory begins as long as the sequences."""

import keras
from keras import ops

from zoo.layers.base.cell import Tensor


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Chrono(keras.initializers.Initializer):
    """Spreads the spans that the cells of an LSTM remember over the length of the sequences.

        b_f = log u,  u uniform from 1 to longest - 1
        b_i = -b_f

    The other biases start at 0. For `bias_initializer` of an `LSTM` or `PeepholeLSTM`, whose
    `unit_forget_bias` it replaces.

    Args:
        longest: time steps of the longest dependency, 3 or more.
        seed: of the draw; keep None to follow `keras.utils.set_random_seed`.

    Source: C. Tallec, Y. Ollivier, Can recurrent neural networks warp time?, ICLR 2018, eq. 16.

    >>> import zoo
    >>> start = zoo.layers.Chrono(longest=784)
    >>> layer = zoo.layers.LSTM(8, bias_initializer=start)
    """

    def __init__(self, longest: int, seed: int | None = None):
        if longest < 3:
            raise ValueError(f"Chrono got longest={longest!r}; it takes 3 time steps or more.")
        self.longest = longest
        self.seed = seed
        self._uniform = keras.initializers.RandomUniform(1.0, longest - 1.0, seed)

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Tensor:
        """Biases in the order i, f, c, o: (4 units,)."""
        units = shape[0] // 4
        forget = ops.log(self._uniform((units,), dtype))
        zeros = ops.zeros((2 * units,), forget.dtype)
        return ops.concatenate([-forget, forget, zeros])

    def get_config(self) -> dict:
        return {"longest": self.longest, "seed": self.seed}
