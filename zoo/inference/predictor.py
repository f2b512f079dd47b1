"""A model that can be run from raw input, in Keras or in another runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zoo.errors import UserError
from zoo.inference.arrays import Run


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

    def asset(self, name: str) -> str:
        """The content of an asset.

        Raises:
            UserError: the model has none of that name.
        """
        if name not in self.assets:
            has = ", ".join(self.assets) or "none"
            raise UserError(
                f"The model lacks its asset {name!r} and has {has}: it was made by another "
                "version of recurrent-zoo. Train it again with this one."
            )
        return self.assets[name]
