"""A short training on JAX, in a process of its own: `python -m tests.recipes.on_jax ASKED`.

ASKED is a JSON object: `recipe`, `out`, `options`; and, where they matter, `place` and `resume`,
`batches` of an epoch and of `dev`, `ends`, whether TensorFlow writes the model afterwards,
`minutes` between checkpoints and `seconds` that processes wait for each other.
"""

import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from zoo.api import train as hub
from zoo.errors import UserError
from zoo.training import checkpoints, loop
from zoo.training.distributed import rendezvous
from zoo.training.distributed.process_info import Place

asked = json.loads(sys.argv[1])
place = asked.get("place")
whole = loop.fit


def shortened(model: Any, *, train: Any, dev: Any, **others: Any) -> Any:
    def epoch(number: int) -> Any:
        return train(number).take(asked.get("batches", 3))

    return whole(model, train=epoch, dev=dev.take(asked.get("dev", 1)), **others)


if not asked.get("ends", False):
    mock.patch.object(hub, "_save_on_tensorflow", return_value=None).start()
mock.patch.object(loop, "fit", shortened).start()
mock.patch.object(checkpoints, "MINUTES", asked.get("minutes", 5)).start()
mock.patch.object(rendezvous, "SECONDS", asked.get("seconds", 60)).start()
try:
    hub.train(
        asked["recipe"],
        Path(asked["out"]),
        asked["options"],
        place=place and Place(*place),
        resume=asked.get("resume", False),
    )
except UserError as error:
    sys.exit(f"Error: {error}")
