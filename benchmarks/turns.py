"""Candidates timed in turns, so that a busy machine slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping

TURNS, SECONDS = 15, 8.0
"""A case ends after so many turns, or once it took so long and had five."""


def medians(runs: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Milliseconds of each candidate, the median of its turns after two that are not measured.

    A turn is two calls, of which the second is measured: the first warms the processor's caches and
    threads after another candidate.
    """
    for run in [*runs.values()] * 2:
        run()
    turns: dict[str, list[float]] = {who: [] for who in runs}
    began = time.perf_counter()
    for turn in range(TURNS):
        if turn >= 5 and time.perf_counter() - began > SECONDS:
            break
        for who, run in runs.items():
            run()
            start = time.perf_counter()
            run()
            turns[who].append(1e3 * (time.perf_counter() - start))
    return {who: statistics.median(times) for who, times in turns.items()}
