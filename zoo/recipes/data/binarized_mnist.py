"""MNIST's digits in black and white, sampled once from their greys: the fixed binarization.

Read from the folder that the environment variable `BINARIZED_MNIST_DIR` names, which holds
`train.npz`, `valid.npz` and `test.npz`, each with `images` (n, 98), the 784 pixels as bits.
"""

from functools import cache

import numpy as np

from zoo.recipes.data import folder
from zoo.recipes.recipe import DataSource

FOLDER = "BINARIZED_MNIST_DIR"
SPLITS = {"train": "train.npz", "dev": "valid.npz", "test": "test.npz"}
SIDE = 28

DATA = DataSource(
    name="binarized MNIST",
    version="50,000 / 10,000 / 10,000 digits, binarised once",
    licence="CC BY-SA 3.0",
    note="In the form that DRAW's figures are on; from a public repository, and not proven to be "
    "the very files of H. Larochelle.",
)


@cache
def images(split: str) -> np.ndarray:
    """The digits of "train", "dev" or "test", (n, 28, 28), 0 or 1.

    Raises:
        UserError: the data set is not at hand.
    """
    remedy = "Its three files are made as zoo/recipes/data/binarized_mnist.py says."
    path = folder.file(FOLDER, SPLITS[split], remedy)
    with np.load(path, allow_pickle=False) as arrays:
        bits = np.unpackbits(arrays["images"], axis=1)
    return bits.reshape(-1, SIDE, SIDE).astype("float32")
