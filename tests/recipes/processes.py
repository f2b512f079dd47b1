"""Short trainings on JAX in processes of their own, see `on_jax`."""

import json
import os
import socket
import subprocess
import sys


def command(recipe, out, options, **others):
    asked = {"recipe": recipe, "out": str(out), "options": options, **others}
    return [sys.executable, "-m", "tests.recipes.on_jax", json.dumps(asked)]


def begun(*asked, **others):
    return subprocess.Popen(
        command(*asked, **others),
        env={**os.environ, "KERAS_BACKEND": "jax"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(*trainings):
    """What they said at their ends, and their exit statuses."""
    return [(training.communicate(timeout=500)[1], training.returncode) for training in trainings]


def together(*asked, processes=2, **others):
    """So many processes that train together."""
    address = free_address()
    places = [(address, number, processes) for number in range(processes)]
    return [begun(*asked, place=place, **others) for place in places]


def free_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"
