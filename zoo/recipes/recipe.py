"""The interface of a recipe: options, model, training, metrics, raw input and output."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import keras

import zoo.recipes as recipes
from zoo.errors import UserError, reason
from zoo.inference import streaming
from zoo.inference.graph import Graph
from zoo.inference.predictor import Predictor
from zoo.recipes import cells
from zoo.recipes import options as options_
from zoo.recipes.options import Options
from zoo.recipes.pipeline import Processing
from zoo.training.checkpoints import Progress

Metrics = Mapping[str, float | str]
"""A figure by its name; a text where a figure needs one to be understood."""


@dataclass(frozen=True)
class DataSource:
    """The data a recipe trains on, as its card names it."""

    name: str
    version: str
    licence: str
    note: str = ""

    @classmethod
    def of_file(cls, file: str) -> "DataSource | None":
        """A user's own file, identified by its hash; None for an empty name.

        Raises:
            UserError: it cannot be read.
        """
        return cls._own(file, [Path(file)], "A file of the user's own") if file else None

    @classmethod
    def of_folder(cls, folder: str) -> "DataSource | None":
        """A user's own folder, identified by the names and contents of its files; None for an empty
        name.

        Raises:
            UserError: one of them cannot be read.
        """
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file()) if folder else []
        return cls._own(folder, files, "A folder of the user's own") if folder else None

    @classmethod
    def _own(cls, place: str, files: Sequence[Path], what: str) -> "DataSource":
        digest = hashlib.sha256()
        try:
            for file in files:
                if file != Path(place):
                    digest.update(f"{file.relative_to(place).as_posix()}\n".encode())
                digest.update(file.read_bytes())
        except OSError as error:
            raise UserError(f"{error.filename} cannot be read: {error.strerror}.") from None
        return cls(
            name=Path(place).name,
            version=f"SHA-256 {digest.hexdigest()}",
            licence="not stated",
            note=f"{what}, from which eight tenths are drawn for train and a tenth each for dev "
            "and test.",
        )


@dataclass(frozen=True)
class Trained(Predictor):
    """A Keras model that can be run from raw input."""

    model: keras.Model


class Training(NamedTuple):
    """The result of a training."""

    model: keras.Model
    assets: Mapping[str, str]
    """What the model needs to read raw input, such as vocabularies, by file name."""

    progress: Progress


def _unchanged(options: Any) -> Any:
    return options


def _no_override(options: Any) -> None:
    return None


def _no_layers(options: Any, start_options: Any) -> tuple[str, ...]:
    return ()


def submodels_of(model: keras.Model) -> Mapping[str, keras.Model]:
    """The layers of a model that are models themselves, by name."""
    return {layer.name: layer for layer in model.layers if isinstance(layer, keras.Model)}


@dataclass(frozen=True)
class Recipe:
    """One named recipe, as the functions of its folder."""

    name: str
    options: type[Options]
    model: Callable[[Any], keras.Model]
    """Options → the untrained model."""

    train: Callable[[Any, Path, Trained | None], Training]
    """Options, folder of checkpoints, model to start from → the trained model and its progress.
    Where the folder holds checkpoints, that training is continued."""

    evaluate: Callable[[Predictor, str], Metrics]
    """Model, in whatever runtime, and split → metrics by name."""

    splits: tuple[str, ...]
    processing: Processing
    """The recipe's `processing.py`."""

    data: DataSource
    sources: tuple[str, ...]
    """The papers."""

    summary: str = ""
    """What it does, in a line, where no `SUMMARY` beside it says so."""

    other_data: Callable[[Any], DataSource | None] = _no_override
    """Options → the data set that they name, such as a user's own file; None for the recipe's."""

    other_summary: Callable[[Any], str | None] = _no_override
    """Options → the summary of a model with these options; None for the recipe's own."""

    resolve: Callable[[Any], Any] = _unchanged
    """Options → the options with those filled in that depend on the data."""

    reinitialized_layers: Callable[[Any, Any], tuple[str, ...]] = _no_layers
    """Options, options of the model to start from → names of the layers that do not take its
    weights, such as a head for other labels."""

    graph: Callable[[keras.Model], Graph] = Graph.of
    """Model → the graph that predicts and is exported: the model itself, or a search that uses
    it."""

    submodels: Callable[[keras.Model], Mapping[str, keras.Model]] = submodels_of
    """Model → the models in it that can be exported alone, by name."""

    def parse(self, overrides: Mapping[str, Any]) -> Any:
        """The options with overrides, values converted from text where they are text.

        Raises:
            UserError: a name that is no option, or a value that does not fit, with the options
                that there are.
        """
        return options_.parse(self.options, overrides, f"Recipe {self.name}", "option")

    def describe(self) -> dict[str, dict[str, Any]]:
        """The options by name: type, default and meaning."""
        return options_.describe(self.options)

    def data_of(self, options: Any) -> DataSource:
        """The data that a training with these options is on."""
        return self.other_data(options) or self.data

    def require_data(self, options: Any, version: str, of: str) -> None:
        """Refuses data of the user's own that are not those of a training, by their hash.

        Args:
            version: of the data that it was on.
            of: what was trained, as the message names it.

        Raises:
            UserError: they have changed, or are not there.
        """
        own = self.other_data(options)
        if own is not None and version.startswith("SHA-256") and own.version != version:
            raise UserError(
                f"{own.name} has changed since {of} was trained on it: its {own.version} was "
                f"{version}. Put the former data there, or train anew."
            )

    def summary_of(self, options: Any) -> str:
        """The summary of a model with these options, one line."""
        return self.other_summary(options) or recipes.summary(self.name)

    def trained(self, options: Any, model: keras.Model, assets: Mapping[str, str]) -> Trained:
        """A model of this recipe, to be run by Keras."""
        run = self.graph(model).runner()
        return Trained(options, assets, run, streaming.stream_maker(model), model)

    def initialized(self, options: Any, start: Trained | None) -> keras.Model:
        """A model with these options, untrained or with the weights of `start`.

        Raises:
            UserError: the options make a model of another shape, or a recurrent layer of the
                user's own does not fit in its place.
        """
        model = self._model(options)
        if start is None:
            return model
        reinitialized = {
            id(weight)
            for name in self.reinitialized_layers(options, start.options)
            for weight in model.get_layer(name).weights
        }
        pairs = list(zip(model.weights, start.model.weights, strict=False))
        fits = len(model.weights) == len(start.model.weights) and all(
            id(ours) in reinitialized or ours.shape == theirs.shape for ours, theirs in pairs
        )
        if not fits:
            raise UserError(
                "The options make a model of another shape than the one to start from, which was "
                f"trained with {start.options.model_dump()}; keep those that shape the model."
            )
        for ours, theirs in pairs:
            if id(ours) not in reinitialized:
                ours.assign(theirs)
        return model

    def _model(self, options: Any) -> keras.Model:
        cell = getattr(options, "cell", None)
        try:
            return self.model(options)
        except UserError:
            raise
        except Exception as error:
            if not cells.is_own(cell):
                raise
            raise UserError(
                f"cell={cell} does not fit into {self.name}: {reason(error)}"
            ) from error
