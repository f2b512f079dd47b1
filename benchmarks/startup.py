"""How long a user waits before anything happens: `python -m benchmarks.startup [--json]`.

Whole processes, alternating, median of several. `import keras` is the peer of what runs beside it;
predictions run in a virtual environment without TensorFlow, made for it, and by Keras in this one.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PREDICTIONS = {
    "translator-multi30k-de-en": "Zwei Hunde spielen im Schnee.",
    "blstm-tagger-gum": "Time flies like an arrow.",
    "elman-xor": "101000011",
}
ROUNDS = 7


def commands(bare: Path) -> dict[str, list[str]]:
    """What is timed, by name.

    Args:
        bare: Python of an environment without TensorFlow.
    """
    here = sys.executable
    predictions = {
        f"zoo predict {name}{how}": [str(python), "-m", "zoo", "predict", name, text, *more]
        for name, text in PREDICTIONS.items()
        for python, how, more in (
            (bare, "", []),
            (here, " --runtime keras", ["--runtime", "keras"]),
        )
    }
    return {
        "python -c pass": [here, "-c", "pass"],
        "import zoo": [here, "-c", "import zoo"],
        "zoo --help": [here, "-m", "zoo", "--help"],
        "import keras": [here, "-c", "import keras"],
        **predictions,
    }


def measure() -> dict[str, float]:
    """Seconds of each command, the median of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        bare = Path(folder) / "bin" / "python"
        install = [sys.executable, "-m", "pip", "--python", str(bare), "install", "--quiet"]
        subprocess.run([*install, str(Path(__file__).parents[1])], check=True)
        timed = commands(bare)
        seconds: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(ROUNDS):
            for name, command in timed.items():
                began = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, cwd=folder)
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
        print(f"{name:58} {value:6.2f} s   {value / seconds['import keras']:5.2f} of import keras")
    beyond = seconds["import zoo"] - seconds["python -c pass"]
    print(f"{'import zoo, beyond Python itself':58} {beyond:6.3f} s")


if __name__ == "__main__":
    main()
