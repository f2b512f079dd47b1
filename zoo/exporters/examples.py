"""Random batches to compare a model on, with padding, in several sizes."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from zoo.inference.graph import BATCH, TensorInfo
from zoo.layers.base.core import all_layers

Sizes = Mapping[str, int]
"""Length of each dynamic axis by its name."""

SEQUENCES = 3

LENGTHS, PLACES, SYMBOLS = "lengths", "places", "symbols"
"""What integers may stand for: numbers of steps from 1, places from 0, or symbols."""


class Examples:
    """Random batches for a model's inputs.

    Integers are below the size of the model's smallest `Embedding`, or 0 and 1; or one integer for
    each sequence is a number of its steps or a place in it: see `meaning`. Texts consist of
    words that a `TextVectorization` or `StringLookup` of the model knows. Of every three sequences
    one has no padding, one has gaps of padding and one is padding alone. Padding is 0, or the value
    that a `Masking` layer of the model masks.
    """

    def __init__(self, model: keras.Model, infos: Sequence[TensorInfo]):
        self.infos = infos
        layers = all_layers(model)
        sizes = [each.input_dim for each in layers if isinstance(each, keras.layers.Embedding)]
        self._symbols = min(sizes, default=2)
        masks = [each.mask_value for each in layers if isinstance(each, keras.layers.Masking)]
        self._padding = masks[0] if masks else 0.0
        known = [each.get_vocabulary() for each in layers if hasattr(each, "get_vocabulary")]
        self._words = [word for words in known for word in words if isinstance(word, str)]
        self.numbers = sorted({n for each in layers for n in _numbers(each)})
        """Numbers in the configuration of the layers, which may be lengths that they need."""

        self._coarse = any(tensor.dtype == "bfloat16" for tensor in model.inputs)
        self.meaning = SYMBOLS
        """What one integer for each sequence stands for."""

    def meanings(self) -> list[str]:
        """What the integers may stand for, the most exacting first."""
        single = any(_is_single_integer(info) for info in self.infos)
        return [LENGTHS, PLACES, SYMBOLS] if single else [SYMBOLS]

    def batch(self, sizes: Sizes, seed: int = 0) -> dict[str, np.ndarray]:
        """One batch with these lengths of the dynamic axes."""
        rng = np.random.default_rng(seed)
        return {info.name: self._array(info, sizes, rng) for info in self.infos}

    def _array(self, info: TensorInfo, sizes: Sizes, rng: np.random.Generator) -> np.ndarray:
        shape = [sizes[n] if isinstance(n, str) else n for n in info.shape]
        values: np.ndarray
        if info.dtype == "string":
            return self._texts(shape, rng)
        if info.dtype == "bool":
            values = rng.random(shape) < 0.7
        elif np.issubdtype(info.dtype, np.floating):
            values = rng.normal(size=shape)
        elif self.meaning != SYMBOLS and _is_single_integer(info):
            steps = min(self._steps(sizes), np.iinfo(info.dtype).max)
            values = rng.integers(0, steps, shape) + (self.meaning == LENGTHS)
            values.flat[:1] = steps - (self.meaning == PLACES)
            return values.astype(info.dtype)
        else:
            values = rng.integers(0, self._symbols, shape)
        if info.dtype != "bool" and len(shape) > 1 and info.shape[0] == BATCH:
            _pad(values, self._padding, rng)
        array = np.asarray(values).astype(info.dtype)
        if self._coarse and info.dtype == "float32":
            # A bfloat16 is the upper half of a float32; runtimes round to it or leave that out.
            array = (array.view("uint32") & np.uint32(0xFFFF0000)).view("float32")
        return array

    def _steps(self, sizes: Sizes) -> int:
        """The number of steps of the shortest sequence."""
        lengths = [
            sizes[n] if isinstance(n, str) else n
            for info in self.infos
            if not _is_single_integer(info)
            for n in info.shape[1:2]
        ]
        return max(1, min(lengths, default=self._symbols))

    def _texts(self, shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
        """Of one to five words each."""
        texts = np.empty(shape, object)
        for place in np.ndindex(*shape):
            texts[place] = " ".join(rng.choice(self._words or ["text"], rng.integers(1, 6)))
        return texts


def _is_single_integer(info: TensorInfo) -> bool:
    """Whether an input is one integer for each sequence, such as its length."""
    return info.dtype.startswith(("int", "uint")) and info.shape[1:] in ((), (1,))


def _numbers(layer: keras.layers.Layer) -> list[int]:
    """The whole numbers that a layer is configured with, up to the length of a second of sound."""
    try:
        parts = keras.tree.flatten(layer.get_config())
    except Exception:
        # A layer of the user's own need not have a configuration.
        return []
    return [n for n in parts if type(n) is int and 1 < n <= 48_000]


def _pad(values: np.ndarray, padding: float, rng: np.random.Generator) -> None:
    """Gaps of padding in sequences 1, 4, 7 ..., and only padding in sequences 2, 5, 8 ..."""
    values[1::3, rng.random(values.shape[1]) < 0.4] = padding
    values[2::3] = padding
