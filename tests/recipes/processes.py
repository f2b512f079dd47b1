"""Short trainings on JAX in processes of their own, see `on_jax`."""

import json
import os
import subprocess
import sys
from dataclasses import astuple

from zoo.training.distributed.launch import places


def command(recipe, out, options, **others):
    asked = {"recipe": recipe, "out": str(out), "options": options, **others}
    return [sys.executable, "-m", "tests.recipes.on_jax", json.dumps(asked)]


def started(*asked, **others):
    return subprocess.Popen(
        command(*asked, **others),
        env={**os.environ, "KERAS_BACKEND": "jax"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(*trainings):
    """The standard error and the exit status of each training."""
    return [(training.communicate(timeout=500)[1], training.returncode) for training in trainings]


def started_together(*asked, processes=2, **others):
    """The processes of one distributed training, started."""
    here = places(None, None, processes)
    return [started(*asked, place=astuple(place), **others) for place in here]
