"""From a recipe to a trained model in a directory."""

import datetime
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
from filelock import FileLock, Timeout

import zoo.recipes as recipes
from zoo.api.request import REQUEST, TENSORFLOW, Request, read_matching
from zoo.errors import InternalError, UserError
from zoo.hub import model_directory
from zoo.hub.card import CARD, Card
from zoo.hub.registry import UNFINISHED, finish_replacement, model_name
from zoo.recipes import cells
from zoo.recipes.recipe import Recipe, Trained
from zoo.training.checkpoints import Progress
from zoo.training.distributed import data_parallel, workers
from zoo.training.distributed.process_info import Place
from zoo.training.logs import LOGS

CHECKPOINTS = "training"
LOCK = "training.lock"
VERSIONS = ("recurrent-zoo", "keras", "tensorflow", "tensorflow-datasets", "numpy")


def train(
    name: str,
    out: Path,
    overrides: Mapping[str, Any],
    *,
    init_from: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str | None = None,
    place: Place | None = None,
) -> Card | None:
    """Trains a recipe into a directory, on the backend that Keras runs on.

    The evaluation and the model's files always come from TensorFlow: on another backend, a second
    process on TensorFlow resumes after the last epoch.

    Args:
        name: of the recipe; or its folder, by which one is named in another process.
        out: the directory; its folder `training` holds the checkpoints until the model is there.
        overrides: options of the recipe.
        init_from: name or path of a model of the same recipe to start from.
        resume: continue the training that `out` holds, with the options it was started with.
        overwrite: train although `out` holds a model or an unfinished training. A finished model
            stays until the new one replaces it.
        device: "cpu" or "gpu"; a GPU where there is one by default.
        place: of this process, where several train together; all of them see `out`.

    Returns:
        The card; None in a process that is not the first, which alone writes files.

    Raises:
        UserError: an unknown recipe or option, an `out` that does not fit, or other processes that
            are not there or were started with something else.
    """
    name = recipes.add(name)
    recipe = recipes.get(name)
    overrides = cells.import_cell(overrides)
    options = recipe.parse(overrides)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a directory.")
    # As they were parsed, so that a number of NumPy's or of a text is one of JSON's.
    values = options.model_dump(mode="json", include=set(overrides))
    request = Request(name, values, init_from, backend=keras.backend.backend())
    elsewhere = request.backend != TENSORFLOW
    if elsewhere:
        recipes.address(name)
    cells.require_importable(getattr(options, "cell", None), elsewhere=elsewhere)
    if place is not None:
        arguments = {"recipe": name, "init_from": init_from, **options.model_dump()}
        data_parallel.join(place, arguments | _versions(request.backend))
    with _on_device(device), ExitStack() as lock:
        data_parallel.by_first(lambda: lock.enter_context(_locked(out)))
        card = _train_and_save(recipe, out, request, resume, overwrite)
    is_first = data_parallel.is_first()
    if place is not None:
        data_parallel.leave()
    if card is None and is_first:
        card = _save_on_tensorflow(name, overrides, out)
    return card


def _save_on_tensorflow(name: str, overrides: Mapping[str, Any], out: Path) -> Card:
    """Evaluates and saves a model whose epochs are done, in a process on TensorFlow."""
    # The cell is among the options of the training that goes on, but no file has code imported.
    cell = {key: value for key, value in overrides.items() if key == "cell"}
    arguments = {"name": recipes.address(name), "out": out, "overrides": cell, "resume": True}
    with TemporaryDirectory() as folder:
        worker = workers.start(arguments, Path(folder), {"KERAS_BACKEND": TENSORFLOW}, shows=True)
        failed = workers.wait([worker])
    if failed is not None:
        _, failure = failed
        if not failure.is_users:
            sys.stderr.write(failure.errors)
        raise (UserError if failure.is_users else InternalError)(
            f"The epochs are done and {out / CHECKPOINTS} holds them, but TensorFlow could not "
            f"measure and write the model: {failure.reason}"
        )
    return Card.read(out)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Locks a directory against other trainings. It is created, and removed if it stays empty.

    The lock is one of the operating system and ends with the process.
    """
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / LOCK, blocking=False):
            try:
                yield
            finally:
                (out / LOCK).unlink(missing_ok=True)
                if is_new and not any(out.iterdir()):
                    out.rmdir()
    except Timeout:
        raise UserError(
            f"Another training writes to {out}; wait for its end, or name another directory."
        ) from None


def _train_and_save(
    recipe: Recipe, out: Path, request: Request, resume: bool, overwrite: bool
) -> Card | None:
    """The card of the trained model; None if a process on TensorFlow must save it."""
    folder = out / CHECKPOINTS
    if not resume:
        _check_options(recipe, request)
    data_parallel.by_first(lambda: _prepare_folder(recipe, out, request, resume, overwrite))
    request = read_matching(recipe, folder, request)
    recipe.require_data(recipe.parse(request.overrides), request.data, str(out))
    is_tensorflow = keras.backend.backend() == TENSORFLOW
    if is_tensorflow and (out / CARD).exists() and Card.read(out).version == request.version:
        # The training was stopped after it saved the model and before it removed its checkpoints.
        return _remove_checkpoints(folder, out)
    options = recipe.resolve(recipe.parse(request.overrides))
    entry, start = (
        (None, None) if request.init_from is None else load_init_from(recipe, request.init_from)
    )
    keras.utils.set_random_seed(options.seed)
    with _dtype_policy(options.precision):
        result = recipe.train(options, folder, start)
    if not is_tensorflow:
        return None
    model_directory.halve(result.model)
    trained = recipe.trained(options, result.model, result.assets)
    model_directory.save(trained, _card(recipe, request, entry, trained, result.progress), out)
    return _remove_checkpoints(folder, out)


def _on_device(device: str | None) -> AbstractContextManager[Any]:
    """A context that places variables and computations on a device, by default on Keras's own.

    Raises:
        UserError: there is no such device.
    """
    if device is None:
        return nullcontext()
    try:
        devices = keras.distribution.list_devices(device)
    except RuntimeError:
        devices = []
    if not devices:
        raise UserError(
            f"There is no device {device!r} that {keras.backend.backend()} can use; devices are "
            "cpu and, with a driver and 'recurrent-zoo[gpu]' or '[jax-gpu]' installed, gpu."
        )
    # Where several processes train together, each sees one device only.
    return nullcontext() if data_parallel.processes() > 1 else keras.device(device)


@contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Sets Keras's global dtype policy, such as "mixed_bfloat16"."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _check_options(recipe: Recipe, request: Request) -> None:
    """Builds the model once, so that what is wrong is refused before `out` is changed.

    Raises:
        UserError: wrong options, weights of another shape, a recipe that does not say what it does,
            or a layer that Keras would not load as it was.
    """
    options = recipe.resolve(recipe.parse(request.overrides))
    start = None if request.init_from is None else load_init_from(recipe, request.init_from)[1]
    model = recipe.initialized(options, start)
    recipe.summary_of(options)
    if recipes.source(recipe.name) or cells.is_own(getattr(options, "cell", None)):
        model_directory.require_configuration(model)


def _prepare_folder(
    recipe: Recipe, out: Path, request: Request, resume: bool, overwrite: bool
) -> None:
    """Creates the folder of checkpoints, or checks that of the training to resume."""
    folder = out / CHECKPOINTS
    finish_replacement(out)
    if resume:
        read_matching(recipe, folder, request)
        return
    _require_free(out, overwrite)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    before = Card.read(out).version if (out / CARD).exists() else 0
    data = recipe.data_of(recipe.parse(request.overrides)).version
    replace(request, version=before + 1, data=data).write(folder)


def _remove_checkpoints(folder: Path, out: Path) -> Card:
    """Removes the checkpoints of a training whose model is saved, but keeps its logs."""
    _move_logs(folder, out)
    shutil.rmtree(folder)
    return Card.read(out)


def _move_logs(folder: Path, out: Path) -> None:
    """Moves the logs from the folder of checkpoints to `out`, with a folder for each part."""
    for logs in list(folder.rglob(LOGS)):
        target = out / LOGS / logs.parent.relative_to(folder)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        logs.rename(target)


def _require_free(out: Path, overwrite: bool) -> None:
    is_started = (out / CHECKPOINTS / REQUEST).exists() and _has_checkpoints(out / CHECKPOINTS)
    # These remain of a training that was stopped before its first step or while saving its model.
    others = {file.name for file in out.iterdir()} - {LOCK, CHECKPOINTS, UNFINISHED}
    if not others and not is_started:
        return
    if (out / CARD).exists():
        holds, remedy = "a finished model", "--overwrite to replace it"
    elif is_started:
        holds, remedy = "an unfinished training", "--resume to go on, --overwrite to start again"
    else:
        raise UserError(f"{out} holds files that no training wrote; name an empty directory.")
    if not overwrite:
        raise UserError(f"{out} holds {holds}; name another directory, or use {remedy}.")


def _has_checkpoints(folder: Path) -> bool:
    """Whether anything was kept of a training; one that failed before that is in nobody's way."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return any(file != Path(REQUEST) and LOGS not in file.parts for file in files)


def load_init_from(recipe: Recipe, init_from: str | Path) -> tuple[dict[str, Any], Trained]:
    """The model to start from: its entry for the card of the new model, and the model.

    Raises:
        UserError: no such model, or one of another recipe.
    """
    card, trained = model_directory.load(init_from)
    if card.recipe != recipe.name:
        raise UserError(
            f"{init_from} is a model of the recipe {card.recipe}; {recipe.name} starts from its "
            "own."
        )
    return card.as_init_from(model_name(init_from)), trained


def _versions(backend: str) -> dict[str, str]:
    names = dict.fromkeys((*VERSIONS, backend))
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def _card(
    recipe: Recipe,
    request: Request,
    init_from: dict[str, Any] | None,
    trained: Trained,
    progress: Progress,
) -> Card:
    return Card(
        recipe=recipe.name,
        summary=recipe.summary_of(trained.options),
        version=request.version,
        overrides=request.overrides,
        init_from=init_from,
        options=trained.options.model_dump(mode="json"),
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
        versions=_versions(request.backend),
        sources=list(recipe.sources),
        licence="not stated",
        files={},
        recipe_source=recipes.source(recipe.name),
    )
