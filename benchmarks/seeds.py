"""How many seeds learn: a recipe trained from several, and each figure of dev over all of them.

`python -m benchmarks.seeds ntm-copy [--seeds 10] [--set epochs=8] [--json]` prints for each figure
the seeds at 0, then the least, the median and the largest. No seed is left out.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import zoo
from zoo.hub.registry import verified


def figures(recipe: str, seed: int, overrides: dict[str, Any]) -> dict[str, float]:
    """The figures of dev after a training from one seed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model"
        zoo.train(recipe, out, options=overrides, seed=seed)
        _, card = verified(out)
    return {name: float(value) for name, value in card.metrics["dev"].items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe")
    parser.add_argument("--seeds", type=int, default=10, help="seeds, from 1 on")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="options")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    overrides = dict(option.split("=", 1) for option in arguments.options)
    runs = [figures(arguments.recipe, seed, overrides) for seed in range(1, arguments.seeds + 1)]
    if arguments.json:
        print(json.dumps(runs, indent=2))
        return
    print(f"{arguments.recipe}, {len(runs)} seeds: at 0, least, median, largest")
    for name in runs[0]:
        values = [run[name] for run in runs]
        zeros = sum(value == 0 for value in values)
        print(
            f"{name}: {zeros}, {min(values):.4g}, {statistics.median(values):.4g}, "
            f"{max(values):.4g}"
        )


if __name__ == "__main__":
    main()
