"""Whether an export does what its model does: on batches of several sizes, and in blocks."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from zoo.exporters import axes, precision
from zoo.exporters.source import Source
from zoo.inference.arrays import Run
from zoo.inference.graph import BATCH, TensorInfo

TOLERANCE = 1e-5
"""Of an output of size 1; in proportion for an output of larger values."""

ROUNDED = 4
"""Times that the weights are rounded, each up or down by chance."""

Case = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def cases(source: Source, batch: Mapping[str, np.ndarray] | None = None) -> list[Case]:
    """Batches with what the model gives for them.

    Args:
        batch: real inputs to compare on, whole and in parts; random ones by default, with each free
            axis at two lengths by itself, in a batch of three and of one.
    """
    if batch is None:
        return list(_random(source))
    return [(each, source.run(each)) for each in _parts(source, batch)]


def _parts(source: Source, batch: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """The whole batch, one step of it, a length between, and its first sequence alone."""
    yield dict(batch)
    length = source.length(batch)
    if source.stateful:
        return
    if length is not None:
        between = int(np.random.default_rng(0).integers(1, length + 1))
        for steps in sorted({1, between} - {length}):
            yield source.cropped(batch, 0, steps)
    batched = {info.name for info in source.whole.inputs if info.shape[:1] == (BATCH,)}
    yield {name: array[:1] if name in batched else array for name, array in batch.items()}


def _random(source: Source) -> Iterator[Case]:
    first = source.examples.batch(source.sizes)
    yield first, source.run(first)
    if source.stateful:
        return
    others = [[{**source.sizes, BATCH: 1}]]
    for name in axes.free(source.whole.inputs):
        length = source.sizes[name]
        # The second for a model that takes only the multiples of some length.
        others += [[{**source.sizes, name: n} for n in (length + 4, 2 * length)]]
        others += [[{**source.sizes, name: 1}]]
    for seed, choices in enumerate(others):
        for sizes in choices:
            batch = source.examples.batch(sizes, seed)
            outputs = source.tried(batch)
            if outputs is not None:
                yield batch, outputs
                break


def tolerances(expected: list[Case]) -> dict[str, float]:
    """For each output the difference up to which an export counts as right.

    Whole numbers, such as indices, must be equal.
    """
    found: dict[str, float] = {}
    for _, outputs in expected:
        for name, array in outputs.items():
            allowed = TOLERANCE * _size(array) if _is_float(array) else 0.0
            found[name] = max(found.get(name, 0.0), allowed)
    return found


def with_rounding(
    source: Source, expected: list[Case], allowed: Mapping[str, float]
) -> dict[str, float]:
    """The tolerances, larger where a last digit of its weights moves the model further.

    So sensitive is a memory that is read sharply step by step, for one: runtimes that add the same
    numbers in another order then differ as much.
    """
    found = dict(allowed)
    for seed in range(ROUNDED):
        with precision.rounded(source.model, seed):
            moved = [source.run(batch) for batch, _ in expected]
        for (_, outputs), others in zip(expected, moved, strict=True):
            for name, array in outputs.items():
                if _is_float(array):
                    most = precision.EXPLAINED * _size(array)
                    difference = min(most, _difference(array, others[name]))
                    found[name] = max(found[name], difference)
    return found


def errors(source: Source, run: Run, expected: list[Case]) -> dict[str, float]:
    """For each output the largest absolute difference to the model, over all cases.

    An output that one of them lacks, or that has another shape or type, is infinitely wrong, and so
    is what is not a number, or infinite, where the other is.
    """
    found: dict[str, float] = {}
    for batch, outputs in expected:
        ours = _found(source, run, batch)
        for name in outputs.keys() | ours.keys():
            difference = float("inf")
            if name in outputs and name in ours:
                difference = _difference(outputs[name], ours[name])
            found[name] = max(found.get(name, 0.0), difference)
    return {name: found[name] for name in sorted(found)}


def beyond(errors: Mapping[str, float], tolerances: Mapping[str, float]) -> dict[str, float]:
    """The outputs whose error is larger than is allowed."""
    return {name: e for name, e in errors.items() if not e <= tolerances.get(name, 0.0)}


def rounding(source: Source, expected: list[Case]) -> tuple[dict[str, float], dict[str, float]]:
    """How far the model, in the types that it computes in, is from itself in float32.

    Returns:
        For each output the largest difference, and what rounding explains.
    """
    found: dict[str, float] = {}
    allowed: dict[str, float] = {}
    for batch, outputs in expected:
        theirs = source.own_run(batch)
        for name, array in outputs.items():
            if not _is_float(array):
                continue
            difference = _difference(array, theirs[name].astype(array.dtype))
            bound = precision.tolerance(source.types, _size(array))
            found[name] = max(found.get(name, 0.0), difference)
            allowed[name] = max(allowed.get(name, 0.0), bound)
    return found, allowed


def differing(said: tuple[Sequence[TensorInfo], Sequence[TensorInfo]], source: Source) -> list[str]:
    """What a file says of its inputs and outputs that is not so in the model.

    Args:
        said: the file's inputs and outputs, in their order.
    """
    found = []
    for what, ours, theirs in zip(
        ("inputs", "outputs"), said, (source.inputs, source.outputs), strict=True
    ):
        if [info.name for info in ours] != [info.name for info in theirs]:
            found.append(f"{what} {[i.name for i in ours]} instead of {[i.name for i in theirs]}")
        else:
            found += [
                f"'{one.name}' of {one.dtype} {one.shape} instead of {other.dtype} {other.shape}"
                for one, other in zip(ours, theirs, strict=True)
                if one != other
            ]
    return found


def _found(source: Source, run: Run, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if not source.stateful:
        return run(batch)
    length = source.length(batch) or 1
    return source.in_blocks(run, batch, sorted({0, min(1, length), length // 2, length}))


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return float("inf")
    same = (expected == found) | (np.isnan(expected) & np.isnan(found))
    # Where both are equal the difference is 0, infinities included; elsewhere a NaN is infinite.
    with np.errstate(invalid="ignore"):
        differences = np.abs(expected.astype("float64") - found.astype("float64"))
    differences = np.where(same, 0.0, np.where(np.isnan(differences), np.inf, differences))
    return float(differences.max(initial=0.0))


def _is_float(array: np.ndarray) -> bool:
    return bool(np.issubdtype(array.dtype, np.floating))


def _size(array: np.ndarray) -> float:
    """The largest finite value, 1 at least."""
    finite = np.abs(array[np.isfinite(array)])
    return max(1.0, float(finite.max(initial=0)))
