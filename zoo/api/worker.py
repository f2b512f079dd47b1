"""One of the processes of a training, as `zoo.training.distributed.workers` starts it.

`python -m zoo.api.worker ARGUMENTS REPORT`: a JSON object of what `zoo.api.train.train` takes
and of the path of imports, and the file that says why the training failed, where it did.
"""

import json
import sys
from pathlib import Path

from zoo.training.distributed.process_info import Place
from zoo.training.distributed.workers import reporting

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    place = arguments.pop("place", None)
    sys.path += [each for each in arguments.pop("path") if each not in sys.path]
    with reporting(Path(sys.argv[2])):
        from zoo.api import train

        train.train(
            arguments.pop("name"),
            Path(arguments.pop("out")),
            arguments.pop("overrides"),
            place=None if place is None else Place(**place),
            **arguments,
        )
