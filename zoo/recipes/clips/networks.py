"""Networks over films: a part for a frame, a part for time."""

from typing import Any

import keras
from keras import layers

from zoo.layers import LSTM, Bidirectional, Each
from zoo.recipes.clips.images import SHAPE


def frames(features: int, from_images: bool) -> tuple[Any, Any]:
    """The input `frames`, and what is read of each frame.

    Args:
        features: of a frame, where they are given.
        from_images: whether the input is (batch, time, 48, 48, 1), of which a convolutional
            network reads each frame, instead of (batch, time, features).
    """
    if not from_images:
        given = keras.Input((None, features), name="frames")
        return given, given
    given = keras.Input((None, *SHAPE), name="frames")
    eye = keras.Sequential(
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
    return given, Each(eye)(given)


def over_time(states: Any, options: Any, mask: Any, last: bool) -> Any:
    """LSTMs on top of one another, forward alone or in both directions.

    Args:
        options: with `network`, `units`, `layers` and `dropout`.
        last: the last step alone instead of every one.
    """
    for number in range(options.layers):
        lstm = LSTM(options.units, return_sequences=not last or number < options.layers - 1)
        layer = Bidirectional(lstm) if options.network == "bidirectional" else lstm
        states = layers.Dropout(options.dropout)(layer(states, mask=mask))
    return states
