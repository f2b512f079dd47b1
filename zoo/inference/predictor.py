"""A model together with what its preprocessing needs, in Keras or in another runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zoo.errors import UserError
from zoo.inference.arrays import Run


@dataclass(frozen=True)
class Predictor:
    """A model with its options, and its assets (such as vocabularies) by file name."""

    options: Any
    assets: Mapping[str, str]
    run: Run
    """The model on whole sequences."""

    stream: Callable[[], Run]
    """Starts a stream: a function that takes one block of time steps after another and passes the
    states from each to the next. Raises UserError for a model that cannot run on a stream."""

    def asset(self, name: str) -> str:
        """The content of an asset.

        Raises:
            UserError: the model has none of that name.
        """
        if name not in self.assets:
            names = ", ".join(self.assets) or "none"
            raise UserError(
                f"The model lacks its asset {name!r} and has {names}: it was made by another "
                "version of recurrent-zoo. Train it again with this one."
            )
        return self.assets[name]
