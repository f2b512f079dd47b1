"""The convolutional network, without its last layers, that extracts the features of an image."""

from types import ModuleType
from typing import Any

import keras
from keras import layers

from zoo.errors import UserError, unknown
from zoo.recipes.captioner.efficientnet import efficientnet_lite0, load_published
from zoo.recipes.data import imagenet

LITE = "efficientnet-lite0"


def network(name: str, side: int, enlarged: int) -> keras.Model:
    """Images to features at the positions of a grid.

    Input: (batch, side, side, 3) from 0 to 255. Output: (batch, positions, features).

    Args:
        name: "efficientnet-lite0" or a network of `keras.applications`.
        side: pixels on a side of the images.
        enlarged: pixels on a side to which they are resized for the network.

    Raises:
        UserError: no such network.
    """
    images = keras.Input((side, side, 3), name="images")
    x = layers.Resizing(enlarged, enlarged)(images)
    if name == LITE:
        convolutions = efficientnet_lite0(enlarged)
    else:
        module, make = _application(name)
        x = module.preprocess_input(x)
        shape = (enlarged, enlarged, 3)
        convolutions = make(include_top=False, weights=None, input_shape=shape)
    convolutions.trainable = False
    grid = convolutions(x)
    grid = layers.Reshape((-1, grid.shape[-1]))(grid)
    return keras.Model(images, grid, name="features")


def load_weights(features: keras.Model, name: str) -> None:
    """Loads the weights that were trained on ImageNet.

    Raises:
        UserError: they are not at hand and cannot be downloaded.
    """
    if name == LITE:
        load_published(features.get_layer("efficientnet_lite0"), imagenet.efficientnet_lite0())
        return
    _, make = _application(name)
    [convolutions] = [each for each in features.layers if isinstance(each, keras.Model)]
    shape = convolutions.input_shape[1:]
    try:
        trained = make(include_top=False, weights="imagenet", input_shape=shape)
    except Exception as error:
        raise UserError(
            f"The ImageNet weights of {name} could not be downloaded ({error!s:.200}). Take "
            f"--set features={LITE}, or run once on a machine with a network: Keras keeps them in "
            "~/.keras/models."
        ) from error
    convolutions.set_weights(trained.get_weights())


def _application(name: str) -> tuple[ModuleType, Any]:
    """The module of `keras.applications` that has a network, and the network's constructor."""
    modules = [each for each in vars(keras.applications).values() if isinstance(each, ModuleType)]
    module_of = {
        network: module
        for module in modules
        for network, make in vars(module).items()
        if network[0].isupper() and callable(make)
    }
    if name not in module_of:
        raise unknown("network of features", name, [LITE, *sorted(module_of)])
    return module_of[name], getattr(module_of[name], name)
