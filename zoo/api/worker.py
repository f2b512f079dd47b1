"""One process of a training in several, as `zoo.hub.processes` starts it.

`python -m zoo.hub.worker ASKED`; ASKED is a JSON object of what `zoo.hub.training.train` takes.
"""

import json
import sys
from pathlib import Path

from zoo.errors import UserError
from zoo.hub import training
from zoo.recipes.place import Place

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    try:
        training.train(
            asked.pop("name"),
            Path(asked.pop("out")),
            asked.pop("overrides"),
            place=Place(**asked.pop("place")),
            **asked,
        )
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
