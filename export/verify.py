"""Whether an export does what its model does: on a real batch, on single steps, in blocks."""

from collections.abc import Mapping

import numpy as np

from zoo.exporter.source import Source
from zoo.running.arrays import Run

TOLERANCE = 1e-5
"""Of an output of size 1; in proportion for an output of larger values."""

Case = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def cases(source: Source, batch: Mapping[str, np.ndarray]) -> list[Case]:
    """Batches with what the model gives for them: the whole, one step, and a length between."""
    length = source.length(batch)
    batches = [dict(batch)]
    if length is not None and not source.stateful:
        between = int(np.random.default_rng(0).integers(1, length + 1))
        batches += [source.cropped(batch, 0, steps) for steps in sorted({1, between} - {length})]
    return [(each, source.run(each)) for each in batches]


def tolerances(expected: list[Case]) -> dict[str, float]:
    """For each output the difference up to which an export counts as right.

    Whole numbers, such as indices, must be equal.
    """
    found: dict[str, float] = {}
    for _, outputs in expected:
        for name, array in outputs.items():
            exact = not np.issubdtype(array.dtype, np.floating)
            finite = np.abs(array[np.isfinite(array)])
            size = max(1.0, float(finite.max(initial=0)))
            found[name] = max(found.get(name, 0.0), 0.0 if exact else TOLERANCE * size)
    return found


def errors(source: Source, run: Run, expected: list[Case]) -> dict[str, float]:
    """For each output the largest absolute difference to the model, over all cases.

    It is infinite where an output is missing, where there is one too many, where its shape
    differs, and where it is not a number or infinite and the model's is something else.
    """
    found: dict[str, float] = {}
    for batch, outputs in expected:
        ours = _found(source, run, batch)
        for name in outputs.keys() | ours.keys():
            difference = float("inf")
            if name in outputs and name in ours:
                difference = _difference(outputs[name], ours[name])
            found[name] = max(found.get(name, 0.0), difference)
    return found


def beyond(errors: Mapping[str, float], tolerances: Mapping[str, float]) -> dict[str, float]:
    """The outputs whose error is larger than is allowed."""
    return {name: e for name, e in errors.items() if not e <= tolerances.get(name, 0.0)}


def _found(source: Source, run: Run, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if not source.stateful:
        return run(batch)
    length = source.length(batch) or 1
    return source.in_blocks(run, batch, sorted({0, min(1, length), length // 2, length}))


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    if expected.shape != found.shape:
        return float("inf")
    same = (expected == found) | (np.isnan(expected) & np.isnan(found))
    # Where both are equal the difference is 0, infinities included; elsewhere a NaN is infinite.
    with np.errstate(invalid="ignore"):
        differences = np.abs(expected.astype("float64") - found.astype("float64"))
    differences = np.where(same, 0.0, np.where(np.isnan(differences), np.inf, differences))
    return float(differences.max(initial=0.0))
