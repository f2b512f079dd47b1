"""What a smaller file loses against the model, and how much of it is taken."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zoo.errors import UserError
from zoo.exporters import verify
from zoo.exporters.source import Source
from zoo.inference.arrays import Run

UNCHANGED = 0.9
"""The share of rows that must be decided as before."""

RELATIVE = 0.1
"""The largest relative error: the root of the mean square of the differences, by that of the
values."""

METRIC = 0.02
"""The largest change of a metric, relative, or half of it absolute where that is more."""

Metrics = Mapping[str, float | str]


@dataclass(frozen=True)
class Loss:
    """What a smaller file loses, on the batches that exports are compared on."""

    errors: dict[str, float]
    """Output → largest absolute difference, between arrays that are as long as the longer one."""

    unchanged: dict[str, float]
    """Output → share of the rows that are decided as before: by the index of the largest value of
    the last axis, by the side of zero for a single value or, for a probability, of one half. Rows
    of integers must be equal."""

    relative: dict[str, float]
    """Output of floats → relative error."""

    metrics: dict[str, Metrics] | None = None
    """"before" and "after" → the model's own metrics on its dev split; None where it has none at
    hand."""

    def beyond(self) -> list[str]:
        """What of it is more than is taken; by its own metrics alone where the model has them."""
        if self.metrics is not None:
            return _changed(self.metrics["before"], self.metrics["after"])
        return [
            f"'{name}' is decided otherwise in {1 - share:.1%} of the rows, where "
            f"{1 - UNCHANGED:.0%} are allowed"
            for name, share in self.unchanged.items()
            if share < UNCHANGED
        ] + [
            f"'{name}' has a relative error of {error:.1%}, where {RELATIVE:.0%} is allowed"
            for name, error in self.relative.items()
            if not error <= RELATIVE
        ]

    def require_taken(self, name: str, way: str, allowed: bool) -> None:
        """Refuses a file that loses too much.

        Args:
            name: the model's.
            way: "int8" or "float16".
            allowed: whether any loss of finite size is taken.

        Raises:
            UserError: what is lost.
        """
        infinite = [output for output, error in self.errors.items() if not np.isfinite(error)]
        if infinite:
            raise UserError(
                f"In {way} '{name}' gives {', '.join(map(repr, infinite))} of another rank, or "
                "infinite or NaN where the model does not; nothing was written. Export it in "
                "float32."
            )
        lost = self.beyond()
        if lost and not allowed:
            raise UserError(
                f"In {way} '{name}' loses too much: {'; '.join(lost)}; nothing was written. Export "
                "it in float32, or take the loss with allow_loss=True, --allow-loss on the command "
                "line."
            )


def measured(
    source: Source,
    run: Run,
    expected: list[verify.Case],
    metrics: tuple[Metrics, Metrics] | None,
) -> Loss:
    """The loss of a file, but for outputs that differ from call to call.

    Args:
        run: what runs it.
        expected: batches with the model's outputs.
        metrics: the model's own before and after, if they are at hand.
    """
    pairs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for batch, outputs in expected:
        actual = verify.run_case(source, run, batch)
        for name, array in outputs.items():
            if name in source.random:
                continue
            pairs.setdefault(name, []).append(_as_long(array, actual[name]))
    floats = [name for name, each in pairs.items() if np.issubdtype(each[0][0].dtype, np.floating)]
    return Loss(
        errors={n: max(verify.difference(*pair) for pair in each) for n, each in pairs.items()},
        unchanged={name: _unchanged(each) for name, each in pairs.items()},
        relative={name: _relative(pairs[name]) for name in floats},
        metrics=None if metrics is None else dict(zip(("before", "after"), metrics, strict=True)),
    )


def _as_long(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arrays, with zeros after the shorter one: a search may end a step earlier or later."""
    if one.ndim != other.ndim:
        return one, other
    shape = np.maximum(one.shape, other.shape)

    def grown(array: np.ndarray) -> np.ndarray:
        return np.pad(array, [(0, n - m) for n, m in zip(shape, array.shape, strict=True)])

    return grown(one), grown(other)


def _unchanged(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    same = [np.ravel(_same_decisions(one, other)) for one, other in pairs if one.size]
    return float(np.mean(np.concatenate(same))) if same else 1.0


def _same_decisions(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    if one.shape != other.shape:
        return np.zeros(1, bool)
    single = one.ndim < 2 or one.shape[-1] == 1
    if not np.issubdtype(one.dtype, np.floating):
        return one == other if single else (one == other).all(-1)
    if not single:
        return np.argmax(one, -1) == np.argmax(other, -1)
    threshold = 0.5 if np.all((one >= 0) & (one <= 1)) else 0.0
    return (one > threshold) == (other > threshold)


def _relative(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Where the model gives infinity or no number, the file's value is not looked at."""
    squares = total = 0.0
    for one, other in pairs:
        if one.shape != other.shape:
            return float("inf")
        one, other = (array.astype("float64") for array in (one, other))
        finite = np.isfinite(one)
        squares += float(np.sum((one[finite] - other[finite]) ** 2))
        total += float(np.sum(one[finite] ** 2))
    return float(np.sqrt(squares / total)) if total else float(squares > 0)


def _changed(before: Metrics, after: Metrics) -> list[str]:
    """The metrics that differ by more than is taken."""
    changes = []
    for name, value in before.items():
        changed = after.get(name)
        if isinstance(value, str) or isinstance(changed, str) or changed is None:
            continue
        allowed = max(METRIC / 2, METRIC * abs(value))
        if not abs(changed - value) <= allowed:
            changes.append(
                f"{name} on dev goes from {value:.4f} to {changed:.4f}, where {allowed:.2g} of "
                "change is allowed"
            )
    return changes
