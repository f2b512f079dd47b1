"""Sentences tagged by the engines of docs/clusters.md: `python -m benchmarks.clusters`.

One process beside two workers of Ray Data and of Apache Beam, each in an environment of its own
without TensorFlow. Two numbers of sentences tell what starting takes from what a sentence takes.
"""

import datetime
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import host
from zoo.recipes.blstm_tagger import processing

ROOT = Path(__file__).parents[1]
FEW, MANY = 5_000, 50_000
ONE_PROCESS = """
import json, pathlib, sys, zoo
texts = json.loads(pathlib.Path(sys.argv[1]).read_text())
tag = zoo.runtime.pipeline("blstm-tagger-gum")
tagged = [row for first in range(0, len(texts), 500) for row in tag(texts[first : first + 500])]
"""
ENGINES = {"one process": None, "Ray Data": "ray", "Apache Beam": "beam"}


def main() -> None:
    cores = f"{host.processors()} cores of {host.processor()}"
    print(f"{datetime.date.today().isoformat()}, {cores}\n")
    print("| engine | sentences/s | start, s |")
    print("|---|---|---|")
    for engine, extra in ENGINES.items():
        with TemporaryDirectory() as folder:
            few, many = seconds(engine, extra, Path(folder))
        rate = (MANY - FEW) / (many - few)
        print(f"| {engine} | {rate:.0f} | {few - FEW / rate:.1f} |", flush=True)


def seconds(engine: str, extra: str | None, folder: Path) -> list[float]:
    """How long few and many sentences take."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = str(folder / "venv" / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, f"{ROOT}[{extra}]" if extra else str(ROOT)], check=True)
    if extra is None:
        command = [python, "-c", ONE_PROCESS]
    else:
        script, document = f"{ROOT}/tests/api/clusters.py", f"{ROOT}/docs/clusters.md"
        command = [python, script, document, engine]
    durations = []
    for count in (FEW, MANY):
        texts = [f"{processing.EXAMPLES[n % len(processing.EXAMPLES)]} {n}" for n in range(count)]
        path = folder / f"{count}.json"
        path.write_text(json.dumps(texts))
        began = time.perf_counter()
        subprocess.run([*command, path], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        durations.append(time.perf_counter() - began)
    return durations


if __name__ == "__main__":
    main()
