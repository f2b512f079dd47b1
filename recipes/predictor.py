"""A model that can be run from raw input, in Keras or in another runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zoo.running.arrays import Run


@dataclass(frozen=True)
class Predictor:
    """A model with what it needs to read raw input: its options and its assets by file name."""

    options: Any
    assets: Mapping[str, str]
    run: Run
    """The model on whole sequences."""

    stream: Callable[[], Run]
    """Begins a stream: a run on one block of time steps after another that carries the states.

    Raises UserError for a model that cannot.
    """
