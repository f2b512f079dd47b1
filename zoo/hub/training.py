"""From a recipe to a trained model in a directory."""

import datetime
import json
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras

import recipes
from recipes.checkpoints import LOGS, Progress
from recipes.recipe import Recipe, Trained
from zoo.errors import UserError
from zoo.hub import directory
from zoo.hub.card import CARD, Card

CHECKPOINTS = "training"
REQUEST = "request.json"
VERSIONS = ("recurrent-zoo", "keras", "tensorflow", "tensorflow-datasets", "numpy")


@dataclass(frozen=True)
class Request:
    """What a training was begun with."""

    recipe: str
    overrides: dict[str, Any]
    start: str | None


def train(
    name: str,
    out: Path,
    overrides: Mapping[str, Any],
    *,
    start: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Card:
    """Trains a recipe into a directory.

    Args:
        name: of the recipe.
        out: the directory; its folder `training` holds the checkpoints until the model is there.
        overrides: options of the recipe.
        start: name or path of a model of the same recipe to start from.
        resume: go on with the training that `out` holds, with the options it was begun with.
        overwrite: train although `out` holds a model or an unfinished training. A finished model
            stays until the new one replaces it.

    Raises:
        UserError: an unknown recipe or option, or an `out` that does not fit.
    """
    recipe = recipes.get(name)
    recipe.parse(overrides)
    request = Request(name, dict(overrides), start)
    folder = out / CHECKPOINTS
    if resume:
        request = _begun(folder, request)
    else:
        _require_free(out, overwrite)
    options = recipe.parse(request.overrides)
    origin, source = _origin(recipe, options, request.start)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / REQUEST).write_text(json.dumps(asdict(request)))

    keras.utils.set_random_seed(options.seed)
    trained, progress = recipe.train(options, folder, source)
    directory.halve(trained.model)
    card = directory.save(trained, _card(recipe, request, origin, trained, progress, out), out)
    _keep_logs(folder, out)
    shutil.rmtree(folder)
    return card


def _keep_logs(folder: Path, out: Path) -> None:
    """Moves the logs out of the folder of checkpoints, those of each part of a training apart."""
    shutil.rmtree(out / LOGS, ignore_errors=True)
    for logs in list(folder.rglob(LOGS)):
        target = out / LOGS / logs.parent.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        logs.rename(target)


def _require_free(out: Path, overwrite: bool) -> None:
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a directory.")
    if not out.exists() or not any(out.iterdir()):
        return
    if (out / CARD).exists():
        holds, remedy = "a finished model", "--overwrite to replace it"
    elif (out / CHECKPOINTS).exists():
        holds, remedy = "an unfinished training", "--resume to go on, --overwrite to start again"
    else:
        raise UserError(f"{out} holds files that no training wrote; name an empty directory.")
    if not overwrite:
        raise UserError(f"{out} holds {holds}; name another directory, or use {remedy}.")


def _begun(folder: Path, asked: Request) -> Request:
    """What the training in a folder was begun with; what is asked now must not differ from it."""
    if not (folder / REQUEST).exists():
        finished = (folder.parent / CARD).exists()
        state = "its training is finished" if finished else "no training was begun there"
        raise UserError(f"There is nothing to resume in {folder.parent}: {state}.")
    begun = Request(**json.loads((folder / REQUEST).read_text()))
    for key, value in asdict(asked).items():
        if value and value != getattr(begun, key):
            raise UserError(
                f"{folder.parent} was begun with {key} {getattr(begun, key)!r} and cannot go on "
                f"with {value!r}; leave it out to go on, or use --overwrite to start again."
            )
    return begun


def _origin(
    recipe: Recipe, options: Any, start: str | None
) -> tuple[dict[str, Any] | None, Trained | None]:
    """What the card says of the model to start from, and that model."""
    if start is None:
        return None, None
    card, source = directory.load(start)
    if card.recipe != recipe.name:
        raise UserError(
            f"{start} is a model of the recipe {card.recipe}; {recipe.name} starts from its own."
        )
    ours, theirs = (
        [weight.shape for weight in model.weights]
        for model in (recipe.model(options), source.model)
    )
    if ours != theirs:
        raise UserError(
            f"The options make a model of another shape than {start}, which was trained with "
            f"{card.options}; keep those that shape the model."
        )
    return card.as_start(Path(start).name), source


def _card(
    recipe: Recipe,
    request: Request,
    origin: dict[str, Any] | None,
    trained: Trained,
    progress: Progress,
    out: Path,
) -> Card:
    return Card(
        recipe=recipe.name,
        summary=recipes.RECIPES[recipe.name],
        version=Card.read(out).version + 1 if (out / CARD).exists() else 1,
        overrides=request.overrides,
        start=origin,
        options=trained.options.model_dump(),
        parameters=trained.model.count_params(),
        bytes=0,
        data=asdict(recipe.data),
        metrics={
            split: dict(recipe.evaluate(trained, split))
            for split in recipe.splits
            if split != "train"
        },
        seed=trained.options.seed,
        epochs=len(progress.history),
        seconds=round(progress.seconds, 1),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        date=datetime.date.today().isoformat(),
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in VERSIONS},
        },
        sources=list(recipe.sources),
        licence="Apache-2.0",
        files={},
    )
