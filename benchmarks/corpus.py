"""A million sentences through `zoo predict --input`: `python -m benchmarks.corpus`.

The command is killed when it has done half, and started again. Printed are its peak memory after a
tenth of its part and at the end, how fast it was, and what is wrong in the output: lines lost,
doubled or in another place, and the wrong ones of a sample that one process tags again.
"""

import datetime
import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import host
from zoo.recipes.blstm_tagger import processing

NAME, SENTENCES, SAMPLED = "blstm-tagger-gum", 1_000_000, 10_000


def sentences() -> Iterator[str]:
    return (f"{processing.EXAMPLES[n % len(processing.EXAMPLES)]} {n}" for n in range(SENTENCES))


def main() -> None:
    cores = f"{host.processors()} cores of {host.processor()}"
    print(f"{datetime.date.today().isoformat()}, {cores}, {SENTENCES:,} sentences\n")
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "big.jsonl.gz"), Path(folder, "out.jsonl.gz")
        with gzip.open(source, "wt", compresslevel=1) as file:
            file.writelines(f"{json.dumps(text)}\n" for text in sentences())
        predict_until(source, target, until=SENTENCES // 2)
        predict_until(source, target, until=SENTENCES)
        check(target)


def predict_until(source: Path, target: Path, until: int) -> None:
    """Starts the command, and kills it once so many lines are done, if it is not at its end."""
    command = [sys.executable, "-m", "zoo", "predict", NAME]
    command += ["--input", str(source), "--output", str(target)]
    began, first = time.perf_counter(), done(target)
    peaks: list[float] = []
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    tenths = iter((first + (until - first) // 10, until))
    at = next(tenths)
    memory = 0.0
    while running.poll() is None:
        memory = peak(running.pid) or memory
        if done(target) >= at:
            peaks.append(memory)
            at = next(tenths, sys.maxsize)
        if len(peaks) == 2 and until < SENTENCES:
            running.send_signal(signal.SIGKILL)
        time.sleep(0.05)
    end = done(target) or until
    rate = (end - first) / (time.perf_counter() - began)
    print(
        f"lines {first:,} to {end:,}: {rate:.0f} a second, peak {peaks[0]:.0f} MB after a tenth, "
        f"{memory:.0f} MB at the end, exit {running.returncode}",
        flush=True,
    )


def done(target: Path) -> int:
    """Lines of the output so far, as its note says."""
    try:
        return int(json.loads(target.with_name(f"{target.name}.part.json").read_text())["lines"])
    except FileNotFoundError:
        return 0


def peak(process: int) -> float:
    """MB of memory that a process has had at most; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)


def check(target: Path) -> None:
    """Compares the output with its sentences, and the first ones with one process."""
    import zoo

    tag = zoo.runtime.pipeline(NAME)
    first = list(islice(sentences(), SAMPLED))
    tagged = [[list(pair) for pair in words] for words in tag(first)]
    lines = misplaced = wrong = 0
    with gzip.open(target, "rt") as file:
        rows: Iterator[Any] = map(json.loads, file)
        for row, text in zip_longest(rows, sentences()):
            misplaced += row is None or row["input"] != text
            wrong += lines < SAMPLED and (row is None or row["output"] != tagged[lines])
            lines += 1
    print(f"{lines:,} lines, {misplaced} lost, doubled or misplaced; {wrong} of {SAMPLED:,} wrong")


if __name__ == "__main__":
    main()
