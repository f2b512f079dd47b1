"""A model that is ready to run, here or in another runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zoo.run import Run


@dataclass(frozen=True)
class Ready:
    """A model with what it needs to read raw input: its options and its assets by file name."""

    options: Any
    assets: Mapping[str, str]
    run: Run
    """The model on whole sequences."""

    stream: Callable[[], Run]
    """Begins a stream: a run on one stretch after another that carries the states along.

    Raises UserError for a model that cannot.
    """
