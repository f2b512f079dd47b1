"""Run by test_jax.py: `KERAS_BACKEND=jax python -m tests.recipes.on_jax RECIPE OUT OPTIONS`.

Trains a recipe for a few batches of an epoch; the options are a JSON object.
"""

import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import zoo
from zoo.recipes import training

BATCHES = 3


def shortened(model: Any, *, train: Any, dev: Any, **others: Any) -> Any:
    return whole(model, train=lambda epoch: train(epoch).take(BATCHES), dev=dev.take(1), **others)


whole = training.fit
name, out, options = sys.argv[1:]
with mock.patch.object(training, "fit", shortened):
    zoo.train(name, Path(out), **json.loads(options))
