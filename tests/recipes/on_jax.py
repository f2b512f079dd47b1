"""A short training on JAX, run by test_jax.py: `KERAS_BACKEND=jax python -m tests.recipes.on_jax X`.

X is a JSON object: `recipe`, `out`, `options`; `batches`, of an epoch; `ends`, whether TensorFlow
writes the model afterwards; `place`, what `zoo.train` takes of several processes.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import zoo
from zoo.hub import training as hub
from zoo.recipes import training

asked = json.loads(sys.argv[1])
whole = training.fit


def shortened(model: Any, *, train: Any, dev: Any, **others: Any) -> Any:
    def epoch(number: int) -> Any:
        return train(number).take(asked["batches"])

    began = time.monotonic()
    progress = whole(model, train=epoch, dev=dev.take(1), **others)
    print("SECONDS", time.monotonic() - began)
    return progress


if not asked.get("ends", True):
    mock.patch.object(hub, "_ended_by_tensorflow", lambda *_: None).start()
mock.patch.object(training, "fit", shortened).start()
zoo.train(asked["recipe"], Path(asked["out"]), **asked["options"], **asked.get("place", {}))
