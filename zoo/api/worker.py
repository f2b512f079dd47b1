"""One of the processes of a training, as `zoo.training.distributed.launch` starts it.

`python -m zoo.api.worker ARGUMENTS`; a JSON object of the arguments of `zoo.api.train.train`.
"""

import json
import sys
from pathlib import Path

from zoo.api import train
from zoo.errors import UserError
from zoo.training.distributed.process_info import Place

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    try:
        train.train(
            arguments.pop("name"),
            Path(arguments.pop("out")),
            arguments.pop("overrides"),
            place=Place(**arguments.pop("place")),
            **arguments,
        )
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
