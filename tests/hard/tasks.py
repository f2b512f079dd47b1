"""What is killed: a small training, exports, shipping, the preparation of a data set."""

import os
from pathlib import Path
from unittest import mock

import tools.ship
import zoo
import zoo.api.train
from zoo.api import models
from zoo.exporters import write
from zoo.hub import model_directory, registry
from zoo.recipes.data import multi30k
from zoo.recipes.elman_xor import recipe
from zoo.training import checkpoints

PRELOADED = (zoo, write, model_directory, models, recipe)
SMALL = {"epochs": 3, "streams": 96, "streams_per_batch": 32, "bits": 30, "units": 4}


def train(out: Path, seed: int, **how: bool) -> None:
    # A checkpoint after every step, as after every few minutes of a longer training.
    with mock.patch.object(checkpoints, "MINUTES", 0):
        zoo.api.train.train(
            "elman-xor", out, {} if how.get("resume") else SMALL | {"seed": seed}, **how
        )


def export(model: Path, path: Path, format: str) -> None:
    zoo.export(model, path, format=format, stateful=format == "litert")


def ship(model: Path, models: Path, name: str) -> None:
    entries = models / "registry.json"
    with (
        mock.patch.multiple(registry, MODELS=models, REGISTRY=entries),
        mock.patch.object(tools.ship, "MODELS", models),
    ):
        tools.ship.ship(model, name)


def prepare(files: Path, prepared: Path) -> None:
    os.environ["MULTI30K_DIR"], os.environ["TFDS_DATA_DIR"] = str(files), str(prepared)
    os.environ["HOME"] = str(prepared)
    multi30k.prepared(multi30k.Multi30k(data_dir=prepared), None, "nothing")
