"""Which dynamic axes of a model's inputs must be equal, and which dynamic axes its outputs have.

Keras does not know whether two sequences may differ in length or must be equally long. Running the
model on several lengths tells.
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
"""Lengths to try: a stack of convolutions and poolings does not take a short sequence."""


def dynamic_axes(infos: Sequence[TensorInfo]) -> list[str]:
    """Names of the dynamic axes except the batch, in order."""
    named = dict.fromkeys(n for info in infos for n in info.shape if isinstance(n, str))
    return [name for name in named if name != BATCH]


def scale_of(name: str, examples: Examples, run: Run) -> int:
    """The smallest of `SCALES` that a model takes as the length of all dynamic axes.

    Raises:
        UserError: it takes none.
    """
    refusal: Exception | None = None
    for scale in SCALES:
        sizes = {BATCH: SEQUENCES} | dict.fromkeys(dynamic_axes(examples.infos), scale)
        try:
            if all(array.size for array in run(examples.batch(sizes)).values()):
                return scale
        except Exception as error:
            refusal = error
        if not dynamic_axes(examples.infos):
            break
    raise UserError(
        f"'{name}' cannot be run on random inputs, so that its export cannot be compared with it: "
        f"{reason(refusal) if refusal else 'its outputs are empty'}"
    ) from refusal


def merged(
    infos: Sequence[TensorInfo], scale: int, runs: Callable[[Sizes], bool]
) -> list[TensorInfo]:
    """The inputs with one name for all dynamic axes that must be equal.

    Args:
        infos: each dynamic axis with a name of its own.
        scale: a length that all axes may have together.
        runs: whether the model takes these lengths.
    """
    names = dynamic_axes(infos)

    def independent(group: Sequence[str]) -> bool:
        """Whether these axes may have another length than the others."""
        return any(
            runs({BATCH: SEQUENCES} | {name: n if name in group else scale for name in names})
            for n in (scale - 2, 2 * scale)
        )

    open_names = [name for name in names if len(names) > 1 and not independent([name])]
    groups: list[tuple[str, ...]] = []
    for size in range(2, len(open_names) + 1):
        for group in combinations(open_names, size):
            taken = {name for other in groups for name in other}
            if not taken & set(group) and independent(group):
                groups.append(group)
    timed = [name for name in names if name.endswith(TIME)]
    new_names = {
        name: TIME if set(timed) <= set(group) else group[0] for group in groups for name in group
    }
    return [renamed(info, new_names) for info in infos]


def distinct_sizes(infos: Sequence[TensorInfo], scale: int = SCALES[0]) -> dict[str, int]:
    """A batch of three, and a different length for each dynamic axis."""
    return {BATCH: SEQUENCES} | {name: scale + k for k, name in enumerate(dynamic_axes(infos))}


def distinct_outputs(
    infos: Sequence[TensorInfo], scale: int, outputs_of: Callable[[Sizes], Outputs | None]
) -> tuple[dict[str, int], Outputs]:
    """Lengths that differ as much as the model permits, and its outputs for them.

    Args:
        scale: a length that all axes may have together.
        outputs_of: sizes -> the model's outputs for a batch of them, or None where it fails.
    """
    sizes = distinct_sizes(infos, scale)
    outputs = outputs_of(sizes)
    if outputs is not None:
        return sizes, outputs
    # One axis at a time, with the others unchanged.
    sizes = {BATCH: SEQUENCES} | dict.fromkeys(dynamic_axes(infos), scale)
    for name in dynamic_axes(infos):
        others = {length for other, length in sizes.items() if other != name}
        for length in (*range(scale, scale + len(sizes) + 2), 2 * scale):
            if length not in others and outputs_of({**sizes, name: length}) is not None:
                sizes[name] = length
                break
    outputs = outputs_of(sizes)
    assert outputs is not None, "each length was tried together with the others"
    return sizes, outputs


def of_outputs(infos: Sequence[TensorInfo], sizes: Sizes, outputs: Outputs) -> list[TensorInfo]:
    """The outputs with their types; a dynamic axis gets the name of the input axis of its length.

    Args:
        sizes: lengths of the input axes, no two equal.
        outputs: the model's outputs for them.
    """
    by_length = {length: name for name, length in sizes.items()}
    named = []
    for info in infos:
        lengths, dtype = outputs[info.name].shape, str(outputs[info.name].dtype)
        shape = tuple(
            n if isinstance(n, int) else by_length.get(lengths[axis], f"{info.name}_{axis}")
            for axis, n in enumerate(info.shape)
        )
        named.append(replace(info, shape=shape, dtype=dtype))
    return named


def renamed(info: TensorInfo, new_names: dict[str, str]) -> TensorInfo:
    """The tensor with new names of its dynamic axes."""
    return replace(
        info, shape=tuple(new_names.get(n, n) if isinstance(n, str) else n for n in info.shape)
    )
