"""What many processes would train and predict a second: `python -m benchmarks.scale`.

Measured here, on one core: a training step of each recipe on JAX, the making of its batch, and the
sentences that a shipped model answers a second in ONNX Runtime. Computed from that, and from two
networks that are assumed: the rows a second of N processes that each have a batch of their own,

    step = max(computing + adding up, N x making a batch)
    adding up = 2 log2(N) x latency + 2 (N - 1) / N x bytes of the gradients / bandwidth

since every process makes the batch of all and keeps its own rows.
"""

import datetime
import math
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import host
from benchmarks.processes import RECIPES, Step, trained
from zoo.recipes.blstm_tagger import processing as blstm_tagger
from zoo.recipes.translator import processing as translator

PROCESSES = (1, 8, 64, 512)
NETWORKS = {"10 Gbit/s, 50 us": (1.25e9, 50e-6), "100 Gbit/s, 5 us": (12.5e9, 5e-6)}
MODELS = {"blstm-tagger-gum": blstm_tagger, "translator-multi30k-de-en": translator}
SENTENCES = 2_000


def main() -> None:
    today = datetime.date.today().isoformat()
    print(f"{today}, one core of {host.processor()}\n")
    print("| model | sentences/s | core-days for 10^9 |")
    print("|---|---|---|")
    for name in MODELS:
        rate = predicted(name)
        print(f"| `{name}` | {rate:.0f} | {1e9 / rate / 86_400:.0f} |", flush=True)
    print("\n| recipe | rows | step, ms | its batch, ms | gradients, MB | network ", end="")
    print("".join(f"| {number} " for number in PROCESSES) + "|")
    print("|---" * (6 + len(PROCESSES)) + "|")
    for name, options in RECIPES.items():
        with TemporaryDirectory() as folder:
            step = trained(name, options, Path(folder, "out"), 1)
        for network, (bandwidth, latency) in NETWORKS.items():
            cells = [
                f"{step.rows:.0f}",
                f"{1e3 * step.seconds:.0f}",
                f"{1e3 * step.reading:.1f}",
                f"{step.sent / 1e6:.1f}",
                network,
                *(f"{rows(step, number, bandwidth, latency):.0f}" for number in PROCESSES),
            ]
            print(f"| `{name}` | {' | '.join(cells)} |", flush=True)


def rows(step: Step, processes: int, bandwidth: float, latency: float) -> float:
    """Rows a second that so many processes train on."""
    share = 2 * (processes - 1) / processes
    adding = 2 * math.log2(processes) * latency + share * step.sent / bandwidth
    seconds = max(step.seconds + adding, processes * step.reading)
    return processes * step.rows / seconds


def predicted(name: str) -> float:
    """Sentences that a shipped model answers a second on one core."""
    import zoo

    pipeline = zoo.runtime.pipeline(name)
    examples = MODELS[name].EXAMPLES
    texts = [f"{examples[n % len(examples)]} {n}" for n in range(SENTENCES)]
    pipeline(texts[:50])
    began = time.perf_counter()
    for first in range(0, SENTENCES, 500):
        pipeline(texts[first : first + 500])
    return SENTENCES / (time.perf_counter() - began)


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    main()
