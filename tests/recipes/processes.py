"""Short trainings on JAX in processes of their own, see `on_jax`."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import astuple

from zoo.training.distributed.launch import on_a_port, places

PORTS = ExitStack()
"""Those of the trainings, which stay theirs until the tests end."""


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
    return [started(*asked, place=place, **others) for place in places_on_a_port(processes)]


def places_on_a_port(processes=2):
    """The arguments of `Place` for the processes of one distributed training."""
    here = PORTS.enter_context(on_a_port(places(None, None, processes)))
    return [astuple(place) for place in here]
