"""A trained model as a directory: `model.keras`, `card.json` and the assets beside them."""

import io
import json
import math
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np

import zoo.recipes as recipes
from zoo.errors import UserError, reason
from zoo.hub.card import MODEL, Card
from zoo.hub.registry import (
    REPLACEMENT,
    UNFINISHED,
    finish_replacement,
    sha256,
    verified_with_recipe,
)
from zoo.recipes import cells
from zoo.recipes.recipe import Recipe, Trained

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LARGEST = 4_000_000_000
"""Bytes of a saved model at most, unpacked, and of the weights that its configuration asks for."""


def load(
    name_or_path: str | Path, recipe: str | Path | Recipe | None = None
) -> tuple[Card, Trained]:
    """The card of a model and the model with its options and assets.

    Args:
        recipe: the model's, where only its folder or the user's own Python knows it.

    Raises:
        UserError: no such model, a recipe that is not known, or a damaged file; then nothing is
            loaded.
    """
    directory, card = verified_with_recipe(name_or_path, recipe)
    return card, load_verified(directory, card)


def load_verified(directory: Path, card: Card) -> Trained:
    """The model of a directory whose files and recipe `verified_with_recipe` has checked."""
    recipe = recipes.get(card.recipe)
    options = recipe.parse(card.options)
    model = load_keras_file(directory / MODEL, getattr(options, "cell", None))
    return recipe.trained(options, model, card.assets(directory))


def load_keras_file(path: Path, cell: str | None = None) -> keras.Model:
    """A model that Keras saved, without its optimizer.

    Args:
        cell: the recurrent layer that it was trained with.

    Raises:
        UserError: no such file, one that would not fit into memory, one that Keras refuses, or a
            layer that is not known.
    """
    own = None if cell is None else _unknown(cell)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _check_size(path, sum(each.file_size for each in archive.infolist()))
                _check_size(path, _size_of_weights(archive.read(CONFIG)))
        return keras.saving.load_model(path, compile=False)
    except UserError:
        raise
    except Exception as error:
        if own is not None:
            raise own from error
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"{path} cannot be loaded: {first:.300}. A model with classes of your own is "
            "exported where they are imported: by --import MODULE, or from Python by "
            "zoo.export(model, path)."
        ) from error


def _unknown(cell: str) -> UserError | None:
    """Why a recurrent layer is not known, unless it is.

    Its class may be known to Keras all the same, by another path than that by which it was trained.
    """
    try:
        cells.kind(cell)
    except UserError as error:
        return error
    return None


def _check_size(path: Path, size: int) -> None:
    if size > LARGEST:
        raise UserError(
            f"{path} unpacks to {size / 1e9:.1f} GB; it takes {LARGEST / 1e9:.0f} at most."
        )


def _size_of_weights(configuration: bytes) -> int:
    """Bytes of the weights of a model, from its configuration and without allocating them.

    0 for a model with stateful layers, which allocate their states when they are built.

    Raises:
        Exception: as Keras raises for a configuration that it refuses.
    """
    config = json.loads(configuration)
    # An optimizer would allocate its variables.
    config.pop("compile_config", None)
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = keras.saving.deserialize_keras_object(config)
    except Exception as error:
        if "in a stateless scope" in str(error):
            return 0
        raise
    return sum(4 * math.prod(weight.shape) for weight in model.weights)


def save(trained: Trained, card: Card, directory: Path) -> Card:
    """Writes a trained model into a directory.

    The write is atomic: whenever the process is stopped, the directory loads as the old model or as
    the new one.

    Args:
        trained: its weights are stored in half precision (see `halve`).
        card: without its size and its files' hashes, which are filled in.
        directory: a model in it is replaced.

    Returns:
        The card as written.
    """
    unfinished = directory / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    # A copy that is not compiled, so that the state of the optimizer is not saved.
    uncompiled = _copy(trained.model)
    uncompiled.set_weights(trained.model.get_weights())
    uncompiled.save(unfinished / MODEL)
    _store_half(unfinished / MODEL)
    for file, content in trained.assets.items():
        (unfinished / file).write_text(content, encoding="utf-8")
    files = sorted(unfinished.iterdir())
    card = replace(
        card,
        bytes=sum(file.stat().st_size for file in files),
        files={file.name: sha256(file) for file in files},
    )
    card.write(unfinished)
    finish_replacement(directory)
    # After this rename the directory is the new model; loading finishes the move if it is stopped.
    unfinished.rename(directory / REPLACEMENT)
    finish_replacement(directory)
    return card


def require_configuration(model: keras.Model) -> None:
    """Refuses a model that its configuration does not describe, as it could not be saved.

    Raises:
        UserError: a layer of it cannot be made from its configuration, or is another one then.
    """
    try:
        same = [w.shape for w in _copy(model).weights] == [w.shape for w in model.weights]
        why = "has weights of other shapes then"
    except Exception as error:
        same, why = False, f"cannot be made from it: {reason(error)}"
    if not same:
        raise UserError(
            "A model is saved by the configuration of its layers, and this one "
            f"{why}. Let get_config of your layer return every argument of its __init__: "
            '{**super().get_config(), "units": self.units}.'
        )


def _copy(model: keras.Model) -> keras.Model:
    """The model as its configuration says, with weights of its own."""
    return type(model).from_config(model.get_config())


def halve(model: keras.Model) -> None:
    """Rounds the weights to half precision in place, as they will be stored.

    Metrics that are measured afterwards are those of the stored model.
    """
    model.set_weights([_half(w).astype(w.dtype) for w in model.get_weights()])


def _half(values: np.ndarray) -> np.ndarray:
    return values.astype("float16") if values.dtype == "float32" else values


def _store_half(path: Path) -> None:
    """Rewrites the weights inside a `.keras` file in half precision, losslessly after `halve`.

    The file stays an ordinary `.keras` file: Keras converts to the dtype of the variables.
    """
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    small = io.BytesIO()
    with h5py.File(io.BytesIO(members[WEIGHTS])) as source, h5py.File(small, "w") as target:
        _copy_half(source, target)
    members[WEIGHTS] = small.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _copy_half(source: h5py.Group, target: h5py.Group) -> None:
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy_half(item, target.create_group(name))
        else:
            target.create_dataset(name, data=_half(item[()])).attrs.update(item.attrs)
