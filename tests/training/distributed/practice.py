"""Stands for `zoo.api.worker`: ends as it is asked to, after it printed what looks like errors."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from zoo.errors import UserError
from zoo.training.distributed.workers import reporting

asked = json.loads(sys.argv[1])
print(f"Epoch 1 of {asked['name']}", flush=True)
print("Error: none of this is one\nValueError: nor is this", file=sys.stderr, flush=True)
with reporting(Path(sys.argv[2])):
    match asked["ends"]:
        case "well":
            pass
        case "by a mistake":
            raise UserError("No such file: a\nb.")
        case "by a failure":
            raise ArithmeticError("it does not add up")
        case "by a signal":
            os.kill(os.getpid(), signal.SIGKILL)
        case "by a status":
            os._exit(2)
        case "never":
            time.sleep(600)
