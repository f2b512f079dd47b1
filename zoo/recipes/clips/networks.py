"""Networks over videos: layers that read each frame, and LSTMs over time."""

from typing import Any

import keras
from keras import layers

from zoo.layers import Each
from zoo.recipes import cells
from zoo.recipes.clips.images import SHAPE


def frames(features: int, from_images: bool) -> tuple[Any, Any]:
    """The input `frames`, and the features of each frame.

    Args:
        features: number of features of a frame, where the input is features.
        from_images: whether the input is (batch, time, 48, 48, 1), of which a convolutional
            network reads each frame, instead of (batch, time, features).
    """
    if not from_images:
        inputs = keras.Input((None, features), name="frames")
        return inputs, inputs
    inputs = keras.Input((None, *SHAPE), name="frames")
    frame_network = keras.Sequential(
        [
            keras.Input(SHAPE),
            *[
                layer
                for filters in (16, 32, 64)
                for layer in (
                    layers.Conv2D(filters, 3, padding="same", activation="relu"),
                    layers.MaxPooling2D(),
                )
            ],
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
        ],
        name="eye",
    )
    return inputs, Each(frame_network)(inputs)


def over_time(states: Any, options: Any, mask: Any, last: bool) -> Any:
    """Recurrent layers on top of one another, forward alone or in both directions.

    Args:
        options: with `network`, `cell`, `units`, `layers` and `dropout`.
        last: the last step alone instead of every one.
    """
    for number in range(options.layers):
        goes_on = not last or number < options.layers - 1
        layer = cells.layer(options.cell, options.units, return_sequences=goes_on)
        if options.network == "bidirectional":
            layer = cells.bidirectional(layer)
        states = layers.Dropout(options.dropout)(cells.masked(layer, states, mask))
    return states
