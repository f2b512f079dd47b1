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

import zoo.recipes as recipes
from zoo.errors import UserError
from zoo.hub import directory
from zoo.hub.card import CARD, Card
from zoo.recipes.checkpoints import LOGS, Progress
from zoo.recipes.recipe import Recipe, Trained

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
        resume: continue the training that `out` holds, with the options it was begun with.
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
        request = _begun(recipe, folder, request)
    else:
        _require_free(out, overwrite)
    options = recipe.resolve(recipe.parse(request.overrides))
    said, source = (None, None) if request.start is None else origin(recipe, request.start)
    recipe.begun(options, source)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / REQUEST).write_text(json.dumps(asdict(request)))

    keras.utils.set_random_seed(options.seed)
    result = recipe.train(options, folder, source)
    directory.halve(result.model)
    trained = recipe.trained(options, result.model, result.assets)
    card = directory.save(trained, _card(recipe, request, said, trained, result.progress, out), out)
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


def _begun(recipe: Recipe, folder: Path, asked: Request) -> Request:
    """What the training in a folder was begun with; what is asked now must not differ from it."""
    if not (folder / REQUEST).exists():
        finished = (folder.parent / CARD).exists()
        state = "its training is finished" if finished else "no training was begun there"
        raise UserError(f"There is nothing to resume in {folder.parent}: {state}.")
    begun = Request(**json.loads((folder / REQUEST).read_text()))
    for key, value in asdict(asked).items():
        was = getattr(begun, key)
        if value and (key != "overrides" or not _agree(recipe, value, was)) and value != was:
            raise UserError(
                f"{folder.parent} was begun with {key} {was!r} and cannot go on "
                f"with {value!r}; leave it out to go on, or use --overwrite to start again."
            )
    return begun


def _agree(recipe: Recipe, asked: Mapping[str, Any], begun: Mapping[str, Any]) -> bool:
    """Whether the options asked for are those begun with, as the recipe reads them: "6" is 6."""
    ours, theirs = recipe.parse(asked), recipe.parse(begun)
    return all(getattr(ours, name) == getattr(theirs, name) for name in asked)


def origin(recipe: Recipe, start: str | Path) -> tuple[dict[str, Any], Trained]:
    """What the card of a new model says of the one to start from, and that model.

    Raises:
        UserError: no such model, or one of another recipe.
    """
    card, source = directory.load(start)
    if card.recipe != recipe.name:
        raise UserError(
            f"{start} is a model of the recipe {card.recipe}; {recipe.name} starts from its own."
        )
    return card.as_start(Path(start).name), source


def _card(
    recipe: Recipe,
    request: Request,
    start: dict[str, Any] | None,
    trained: Trained,
    progress: Progress,
    out: Path,
) -> Card:
    return Card(
        recipe=recipe.name,
        summary=recipes.summaries()[recipe.name],
        version=Card.read(out).version + 1 if (out / CARD).exists() else 1,
        overrides=request.overrides,
        start=start,
        options=trained.options.model_dump(),
        parameters=trained.model.count_params(),
        bytes=0,
        data=asdict(recipe.data_of(trained.options)),
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
        licence="not stated",
        files={},
    )
