"""How long a user waits before anything happens: `python -m benchmarks.startup [--json]`.

Whole processes, alternating, median of several; `import keras` is the peer.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import zoo": [sys.executable, "-c", "import zoo"],
    "zoo --help": [sys.executable, "-m", "zoo", "--help"],
    "import keras": [sys.executable, "-c", "import keras"],
}
ROUNDS = 7


def measure() -> dict[str, float]:
    """Seconds of each command, the median of the rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    seconds = measure()
    if as_json:
        print(json.dumps({"seconds": seconds, "python": platform.python_version()}, indent=2))
        return
    for name, value in seconds.items():
        print(f"{name:16} {value:6.2f} s   {value / seconds['import keras']:5.2f} of import keras")


if __name__ == "__main__":
    main()
