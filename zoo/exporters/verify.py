"""Compares an exported model with its source: on batches of several sizes, and in blocks."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from zoo.exporters import axes, precision
from zoo.exporters.source import Source
from zoo.inference.arrays import Run, equal
from zoo.inference.graph import BATCH, TensorInfo

TOLERANCE = 1e-5
"""Absolute, for outputs up to 1; relative to the largest value for larger ones."""

ROUNDED = 4
"""How often the weights are rounded at random, up or down."""

Case = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def cases(source: Source, batch: Mapping[str, np.ndarray] | None = None) -> list[Case]:
    """Batches with the model's outputs for them.

    Args:
        batch: real inputs to compare on, whole and in parts. By default random ones: batches of
            three and of one, and two more lengths of each dynamic axis.
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
    for name in axes.dynamic_axes(source.whole.inputs):
        length = source.sizes[name]
        # The second is for a model that takes only multiples of some length.
        others += [[{**source.sizes, name: n} for n in (length + 4, *axes.other_lengths(length))]]
        others += [[{**source.sizes, name: 1}]]
    for seed, choices in enumerate(others):
        for sizes in choices:
            batch = source.examples.batch(sizes, seed)
            outputs = source.tried(batch)
            if outputs is not None:
                yield batch, outputs
                break


def tolerances(expected: list[Case]) -> dict[str, float]:
    """The largest difference permitted for each output.

    Integers, such as indices, must be equal.
    """
    largest: dict[str, float] = {}
    for _, outputs in expected:
        for name, array in outputs.items():
            tolerance = TOLERANCE * _size(array) if _is_float(array) else 0.0
            largest[name] = max(largest.get(name, 0.0), tolerance)
    return largest


def with_rounding(
    source: Source, expected: list[Case], allowed: Mapping[str, float]
) -> dict[str, float]:
    """The tolerances, larger where rounding the weights changes the outputs by more.

    A memory that is read sharply at every step is that sensitive: two runtimes that add the same
    numbers in another order differ as much.
    """
    wider = dict(allowed)
    for seed in range(ROUNDED):
        with precision.rounded(source.model, seed):
            rounded = [source.run(batch) for batch, _ in expected]
        for (_, outputs), others in zip(expected, rounded, strict=True):
            for name, array in outputs.items():
                if _is_float(array):
                    most = precision.EXPLAINED * _size(array)
                    changed = min(most, difference(array, others[name]))
                    wider[name] = max(wider[name], changed)
    return wider


def errors(source: Source, run: Run, expected: list[Case]) -> dict[str, float]:
    """The largest absolute difference to the model for each output, over all cases.

    It is infinite for an output that one of the two lacks, or of another shape or type, and where
    one value is NaN or infinite and the other is not.
    """
    largest: dict[str, float] = {}
    for batch, outputs in expected:
        ours = run_case(source, run, batch)
        for name in outputs.keys() | ours.keys():
            error = float("inf")
            if name in outputs and name in ours:
                judge = _difference_of_kind if name in source.random else difference
                error = judge(outputs[name], ours[name])
            largest[name] = max(largest.get(name, 0.0), error)
    return {name: largest[name] for name in sorted(largest)}


def beyond(errors: Mapping[str, float], tolerances: Mapping[str, float]) -> dict[str, float]:
    """The outputs whose error is above its tolerance."""
    return {name: e for name, e in errors.items() if not e <= tolerances.get(name, 0.0)}


def rounding(source: Source, expected: list[Case]) -> tuple[dict[str, float], dict[str, float]]:
    """How much the model in its own types differs from the same model in float32.

    Returns:
        For each output the largest difference, and the difference that rounding explains.
    """
    differences: dict[str, float] = {}
    allowed: dict[str, float] = {}
    for batch, outputs in expected:
        theirs = source.own_run(batch)
        for name, array in outputs.items():
            if not _is_float(array):
                continue
            error = difference(array, theirs[name].astype(array.dtype))
            bound = precision.tolerance(source.types, _size(array))
            differences[name] = max(differences.get(name, 0.0), error)
            allowed[name] = max(allowed.get(name, 0.0), bound)
    return differences, allowed


def differing(
    signature: tuple[Sequence[TensorInfo], Sequence[TensorInfo]], source: Source
) -> list[str]:
    """Where the inputs and outputs of a file differ from the model's.

    Args:
        signature: the file's inputs and outputs, in their order.
    """
    differences = []
    for what, ours, theirs in zip(
        ("inputs", "outputs"), signature, (source.inputs, source.outputs), strict=True
    ):
        if [info.name for info in ours] != [info.name for info in theirs]:
            differences.append(
                f"{what} {[i.name for i in ours]} instead of {[i.name for i in theirs]}"
            )
        else:
            differences += [
                f"'{one.name}' of {one.dtype} {one.shape} instead of {other.dtype} {other.shape}"
                for one, other in zip(ours, theirs, strict=True)
                if one != other
            ]
    return differences


def run_case(source: Source, run: Run, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What an export gives for a batch; one with states, block by block."""
    if not source.stateful:
        return run(batch)
    length = source.length(batch) or 1
    if source.steps == 1:
        return source.in_blocks(run, batch, list(range(length + 1)))
    return source.in_blocks(run, batch, sorted({0, min(1, length), length // 2, length}))


def difference(expected: np.ndarray, actual: np.ndarray) -> float:
    """The largest absolute difference, infinite where one of the two alone is no finite number."""
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        return float("inf")
    same = equal(expected, actual)
    if not np.issubdtype(expected.dtype, np.number) and expected.dtype != bool:
        return 0.0 if same.all() else float("inf")
    # Where both are equal the difference is 0, infinities included; elsewhere a NaN is infinite.
    with np.errstate(invalid="ignore"):
        differences = np.abs(expected.astype("float64") - actual.astype("float64"))
    differences = np.where(same, 0.0, np.where(np.isnan(differences), np.inf, differences))
    return float(differences.max(initial=0.0))


def _difference_of_kind(expected: np.ndarray, actual: np.ndarray) -> float:
    """Zero for what may be another drawing of the same random array."""
    alike = expected.shape == actual.shape and expected.dtype == actual.dtype
    finite = not _is_float(expected) or np.isfinite(actual[np.isfinite(expected)]).all()
    return 0.0 if alike and finite else float("inf")


def _is_float(array: np.ndarray) -> bool:
    return bool(np.issubdtype(array.dtype, np.floating))


def _size(array: np.ndarray) -> float:
    """The largest finite value, 1 at least."""
    finite = np.abs(array[np.isfinite(array)])
    return max(1.0, float(finite.max(initial=0)))
