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
from zoo.errors import UserError
from zoo.hub.card import MODEL, Card
from zoo.hub.registry import REPLACEMENT, settle, sha256, verified
from zoo.recipes.recipe import Trained

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LARGEST = 4_000_000_000
"""Bytes of a saved model at most, unpacked, and of the weights that its configuration asks for."""

UNFINISHED = "unfinished"
"""Folder, in that of a model, in which the next one is written."""


def load(name_or_path: str | Path) -> tuple[Card, Trained]:
    """The card of a model and the model with its options and assets.

    Raises:
        UserError: no such model, or a damaged file; then nothing is loaded.
    """
    directory, card = verified(name_or_path)
    recipe = recipes.get(card.recipe)
    model = opened(directory / MODEL)
    assets = card.assets(directory)
    return card, recipe.trained(recipe.parse(card.options), model, assets)


def opened(path: Path) -> keras.Model:
    """A model that Keras saved, without its optimizer.

    Raises:
        UserError: a file that is none, that would not fit into memory, or that Keras refuses.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _require_room(path, sum(each.file_size for each in archive.infolist()))
                _require_room(path, _asked_for(archive.read(CONFIG)))
        return keras.saving.load_model(path, compile=False)
    except UserError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"{path} cannot be loaded: {reason:.300}. A model with classes of your own is exported "
            "from Python, where they are imported: zoo.export(model, path)."
        ) from error


def _require_room(path: Path, size: int) -> None:
    if size > LARGEST:
        raise UserError(
            f"{path} unpacks to {size / 1e9:.1f} GB; it takes {LARGEST / 1e9:.0f} at most."
        )


def _asked_for(configuration: bytes) -> int:
    """Bytes of the weights that a model has by its configuration, none of which is made.

    0 where that cannot be counted: a stateful layer makes its states at once.

    Raises:
        Exception: what Keras raises at a configuration that it refuses.
    """
    said = json.loads(configuration)
    # An optimizer would make its variables at once.
    said.pop("compile_config", None)
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = keras.saving.deserialize_keras_object(said)
    except Exception as error:
        if "in a stateless scope" in str(error):
            return 0
        raise
    return sum(4 * math.prod(weight.shape) for weight in model.weights)


def save(trained: Trained, card: Card, directory: Path) -> Card:
    """Writes a trained model into a directory: what it held before, or what it is to hold.

    Args:
        trained: its weights are stored in half precision (see `halve`).
        card: all but its size and its files' hashes, which are filled in.
        directory: a model that it holds is replaced.

    Returns:
        The card as written.
    """
    part = directory / UNFINISHED
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    # A copy that was never compiled, which leaves the state of the optimizer behind.
    bare = type(trained.model).from_config(trained.model.get_config())
    bare.set_weights(trained.model.get_weights())
    bare.save(part / MODEL)
    _store_half(part / MODEL)
    for file, content in trained.assets.items():
        (part / file).write_text(content, encoding="utf-8")
    files = sorted(part.iterdir())
    card = replace(
        card,
        bytes=sum(file.stat().st_size for file in files),
        files={file.name: sha256(file) for file in files},
    )
    card.write(part)
    settle(directory)
    # From here on the new model counts; `settle` goes on wherever this is stopped.
    part.rename(directory / REPLACEMENT)
    settle(directory)
    return card


def halve(model: keras.Model) -> None:
    """Rounds the weights to half precision in place, as they will be stored.

    What is measured afterwards is what a user of the stored model gets.
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
