"""Batches that a model is compared on: what it takes, with padding, in several sizes."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from zoo.inference.graph import BATCH, TensorInfo
from zoo.layers.base.core import all_layers

Sizes = Mapping[str, int]
"""Length of each free axis by its name."""

SEQUENCES = 3


class Examples:
    """Random batches for a model's inputs.

    Whole numbers stay below the smallest `Embedding` of the model, or are 0 and 1. Texts are of the
    words that a `TextVectorization` or `StringLookup` of the model knows. Of three
    sequences one is whole, one has gaps of padding and one is padding alone: 0, or what a `Masking`
    layer of the model masks.
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

    def batch(self, sizes: Sizes, seed: int = 0) -> dict[str, np.ndarray]:
        """One batch with these lengths of the free axes."""
        rng = np.random.default_rng(seed)
        return {info.name: self._array(info, sizes, rng) for info in self.infos}

    def _array(self, info: TensorInfo, sizes: Sizes, rng: np.random.Generator) -> np.ndarray:
        shape = [sizes[n] if isinstance(n, str) else n for n in info.shape]
        values: np.ndarray
        if info.dtype == "string":
            return self._texts(shape, rng)
        if info.dtype == "bool":
            values = rng.random(shape) < 0.7
        elif np.issubdtype(_numpy_type(info.dtype), np.floating):
            values = rng.normal(size=shape)
        else:
            values = rng.integers(0, self._symbols, shape)
        if info.dtype != "bool" and len(shape) > 1 and info.shape[0] == BATCH:
            _pad(values, self._padding, rng)
        return np.asarray(values).astype(_numpy_type(info.dtype))

    def _texts(self, shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
        """Of one to five words each."""
        texts = np.empty(shape, object)
        for place in np.ndindex(*shape):
            texts[place] = " ".join(rng.choice(self._words or ["text"], rng.integers(1, 6)))
        return texts


def _pad(values: np.ndarray, padding: float, rng: np.random.Generator) -> None:
    """Gaps in every third sequence from the second on, nothing but padding in the third."""
    values[1::3, rng.random(values.shape[1]) < 0.4] = padding
    values[2::3] = padding


def _numpy_type(dtype: str) -> str:
    """NumPy has no bfloat16; the model casts what it is given."""
    return "float32" if dtype == "bfloat16" else dtype
