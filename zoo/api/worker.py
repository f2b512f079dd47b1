"""One process of a training in several, as `zoo.training.distributed.launch` starts it.

`python -m zoo.api.worker ASKED`; ASKED is a JSON object of what `zoo.api.train.train` takes.
"""

import json
import sys
from pathlib import Path

from zoo.api import train
from zoo.errors import UserError
from zoo.training.distributed.process_info import Place

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    try:
        train.train(
            asked.pop("name"),
            Path(asked.pop("out")),
            asked.pop("overrides"),
            place=Place(**asked.pop("place")),
            **asked,
        )
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
