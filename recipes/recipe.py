"""What a recipe is: its options, its model, its training, its metric, its raw-in/raw-out form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import pydantic

from recipes.checkpoints import Progress
from recipes.raw.ready import Ready
from zoo import signature, streaming
from zoo.errors import UserError
from zoo.signature import Graph

Metrics = Mapping[str, float | str]
"""A figure by its name; a text where a figure needs one to be understood."""


class Options(pydantic.BaseModel):
    """What a user can turn, by name; a recipe adds its own and gives the defaults."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    seed: int = pydantic.Field(1, ge=0, description="seed of weights, order and dropout")


@dataclass(frozen=True)
class DataSource:
    """The data a recipe trains on, as its card names it."""

    name: str
    version: str
    licence: str
    note: str = ""


@dataclass(frozen=True)
class Trained(Ready):
    """A Keras model, ready to run."""

    model: keras.Model

    @classmethod
    def of(
        cls,
        options: Options,
        model: keras.Model,
        assets: Mapping[str, str],
        graph: Callable[[keras.Model], Graph] = signature.graph,
    ) -> "Trained":
        """Run by Keras, by way of the recipe's graph."""
        return cls(options, assets, graph(model).runner(), streaming.begin(model), model)


@dataclass(frozen=True)
class Recipe:
    """One named recipe, as the functions of its file."""

    name: str
    options: type[Options]
    model: Callable[[Any], keras.Model]
    """Options → the untrained model."""

    train: Callable[[Any, Path, Trained | None], tuple[Trained, Progress]]
    """Options, folder for checkpoints, model to start from → what was trained, and how it went.
    A folder that holds checkpoints is gone on with."""

    evaluate: Callable[[Trained, str], Metrics]
    """Trained, split → metrics by name."""

    splits: tuple[str, ...]
    raw: ModuleType
    """The recipe's file in `recipes.raw`: raw in, raw out."""

    data: DataSource
    sources: tuple[str, ...]
    """The papers."""

    graph: Callable[[keras.Model], Graph] = signature.graph
    """What runs a trained model from `raw`'s arrays and is exported: itself, or a search by it."""

    def parse(self, overrides: Mapping[str, Any]) -> Any:
        """The options with overrides, values converted from text where they are text.

        Raises:
            UserError: a name that is no option, or a value that does not fit, with the options
                that there are.
        """
        try:
            return self.options(**overrides)
        except pydantic.ValidationError as error:
            problems = "; ".join(
                "no such option: " + str(e["loc"][0])
                if e["type"] == "extra_forbidden"
                else f"{e['loc'][0]}={e['input']!r}: {e['msg'].lower()}"
                for e in error.errors()
            )
            accepted = ", ".join(
                f"{name} ({option['type']}, {option['default']!r})"
                for name, option in self.describe().items()
            )
            raise UserError(
                f"Recipe {self.name} got {problems}. Accepted, with type and default: {accepted}."
            ) from None

    def describe(self) -> dict[str, dict[str, Any]]:
        """The options by name: type, default and meaning."""
        return {
            name: {
                "type": getattr(field.annotation, "__name__", str(field.annotation)),
                "default": field.default,
                "description": field.description,
            }
            for name, field in self.options.model_fields.items()
        }
