"""Whether an export does what its model does: on a real batch, on single steps, in stretches."""

from collections.abc import Mapping

import numpy as np

from export.source import Source
from zoo.run import Run

TOLERANCE = 1e-5
"""Of an output of size 1; in proportion for larger ones."""

Case = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def cases(source: Source, batch: Mapping[str, np.ndarray]) -> list[Case]:
    """Batches with what the model gives for them: the whole, one step, and a length between."""
    length = source.length(batch)
    batches = [dict(batch)]
    if length is not None and not source.stateful:
        between = int(np.random.default_rng(0).integers(1, length + 1))
        batches += [source.cropped(batch, 0, steps) for steps in sorted({1, between} - {length})]
    return [(each, source.run(each)) for each in batches]


def error(source: Source, run: Run, expected: list[Case]) -> float:
    """Largest absolute difference to the model; infinite where names or shapes differ."""
    return max(_difference(outputs, _found(source, run, batch)) for batch, outputs in expected)


def tolerance(expected: list[Case]) -> float:
    """The difference up to which an export counts as right."""
    sizes = (float(np.abs(a).max(initial=0)) for _, outputs in expected for a in outputs.values())
    return TOLERANCE * max(1.0, *sizes)


def _found(source: Source, run: Run, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if not source.stateful:
        return run(batch)
    length = source.length(batch) or 1
    return source.in_stretches(run, batch, sorted({0, min(1, length), length // 2, length}))


def _difference(expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> float:
    if expected.keys() != found.keys():
        return float("inf")
    pairs = [(expected[name], found[name]) for name in expected]
    if any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    return max(float(np.abs(a - b).max(initial=0)) for a, b in pairs)
