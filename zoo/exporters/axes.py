"""Which free axes of a model's inputs must be equal, and which free axes its outputs have.

Keras does not say: two sequences may be of any two lengths, or must be as long as each other. The
model is asked, by running it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from zoo.errors import UserError, reason
from zoo.exporters.examples import SEQUENCES, Examples, Sizes
from zoo.inference.arrays import Run
from zoo.inference.graph import BATCH, TIME, TensorInfo

Outputs = Mapping[str, np.ndarray]

SCALES = (7, 24, 96, 384)
"""Lengths that are tried: a stack of convolutions and poolings takes no short sequence."""


def free(infos: Sequence[TensorInfo]) -> list[str]:
    """Names of the free axes but the batch, in order."""
    named = dict.fromkeys(n for info in infos for n in info.shape if isinstance(n, str))
    return [name for name in named if name != BATCH]


def scale_of(name: str, examples: Examples, run: Run) -> int:
    """The smallest scale of lengths that a model takes, all axes alike.

    Raises:
        UserError: it takes none.
    """
    refusal: Exception | None = None
    for scale in SCALES:
        alike = {BATCH: SEQUENCES} | dict.fromkeys(free(examples.infos), scale)
        try:
            if all(array.size for array in run(examples.batch(alike)).values()):
                return scale
        except Exception as error:
            refusal = error
        if not free(examples.infos):
            break
    raise UserError(
        f"'{name}' cannot be run on random inputs, so that its export cannot be compared with it: "
        f"{reason(refusal) if refusal else 'its outputs are empty'}"
    ) from refusal


def merged(
    infos: Sequence[TensorInfo], scale: int, runs: Callable[[Sizes], bool]
) -> list[TensorInfo]:
    """The inputs with one name for those free axes that must be equal.

    Args:
        infos: each free axis with a name of its own.
        scale: a length that all axes may have together.
        runs: whether the model takes these lengths.
    """
    names = free(infos)

    def alone(group: Sequence[str]) -> bool:
        """Whether these axes may be of another length while the others stay."""
        return any(
            runs({BATCH: SEQUENCES} | {name: n if name in group else scale for name in names})
            for n in (scale - 2, 2 * scale)
        )

    open_names = [name for name in names if len(names) > 1 and not alone([name])]
    groups: list[tuple[str, ...]] = []
    for size in range(2, len(open_names) + 1):
        for group in combinations(open_names, size):
            taken = {name for found in groups for name in found}
            if not taken & set(group) and alone(group):
                groups.append(group)
    timed = [name for name in names if name.endswith(TIME)]
    called = {
        name: TIME if set(timed) <= set(group) else group[0] for group in groups for name in group
    }
    return [renamed(info, called) for info in infos]


def apart(infos: Sequence[TensorInfo], scale: int = SCALES[0]) -> dict[str, int]:
    """A batch of three, and for each free axis a length of its own."""
    return {BATCH: SEQUENCES} | {name: scale + k for k, name in enumerate(free(infos))}


def distinct(
    infos: Sequence[TensorInfo], scale: int, outputs_of: Callable[[Sizes], Outputs | None]
) -> tuple[dict[str, int], Outputs]:
    """Lengths as far apart as the model takes them, and what it gives for them.

    Args:
        scale: a length that all axes may have together.
        outputs_of: what the model gives for a batch of these lengths, or None.
    """
    sizes = apart(infos, scale)
    outputs = outputs_of(sizes)
    if outputs is not None:
        return sizes, outputs
    # Axis by axis, the others as they are.
    sizes = {BATCH: SEQUENCES} | dict.fromkeys(free(infos), scale)
    for name in free(infos):
        others = {length for other, length in sizes.items() if other != name}
        for length in (*range(scale, scale + len(sizes) + 2), 2 * scale):
            if length not in others and outputs_of({**sizes, name: length}) is not None:
                sizes[name] = length
                break
    found = outputs_of(sizes)
    assert found is not None, "each length was tried with the others as they are"
    return sizes, found


def of_outputs(infos: Sequence[TensorInfo], sizes: Sizes, outputs: Outputs) -> list[TensorInfo]:
    """The outputs with the names of the input axes that their free axes are as long as, and the
    types that they have.

    Args:
        sizes: lengths of the input axes, no two alike.
        outputs: what the model gave for them.
    """
    by_length = {length: name for name, length in sizes.items()}
    found = []
    for info in infos:
        lengths, dtype = outputs[info.name].shape, str(outputs[info.name].dtype)
        shape = tuple(
            n if isinstance(n, int) else by_length.get(lengths[axis], f"{info.name}_{axis}")
            for axis, n in enumerate(info.shape)
        )
        found.append(replace(info, shape=shape, dtype=dtype))
    return found


def renamed(info: TensorInfo, called: dict[str, str]) -> TensorInfo:
    """The tensor with other names of its free axes."""
    return replace(
        info, shape=tuple(called.get(n, n) if isinstance(n, str) else n for n in info.shape)
    )
