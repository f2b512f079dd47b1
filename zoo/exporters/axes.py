"""Which dynamic axes of a model's inputs must be equal, and which dynamic axes its outputs have.

Keras does not know whether two sequences may differ in length or must be equally long. Running the
model on several lengths tells.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from zoo.errors import UserError, reason
from zoo.exporters.examples import SEQUENCES, Examples, Sizes
from zoo.inference.arrays import Run
from zoo.inference.graph import BATCH, TIME, TensorInfo

Outputs = Mapping[str, np.ndarray]

Tried = Callable[[Mapping[str, np.ndarray]], Outputs | None]

SCALES = (7, 24, 96, 384, 4, 2, 1, 3, 5, 10, 20, 40, 160, 400, 512, 720, 1024, 2048, 5040, 16000)
"""Lengths to try: a stack of convolutions and poolings does not take a short sequence, a table of
positions no long one, and a cut into frames only multiples of their length."""

SHORT = range(6, 257)
"""Lengths to try at last, one by one."""


def dynamic_axes(infos: Sequence[TensorInfo]) -> list[str]:
    """Names of the dynamic axes except the batch, in order."""
    named = dict.fromkeys(n for info in infos for n in info.shape if isinstance(n, str))
    return [name for name in named if name != BATCH]


def scale_of(name: str, examples: Examples, run: Run, tried: Tried) -> int:
    """The first length that a model takes for all dynamic axes without making empty tensors, or
    any length that it takes where it always makes some.

    Args:
        tried: the model's outputs for a batch, or None where it fails or makes empty tensors.

    Raises:
        UserError: it takes none.
    """
    names = dynamic_axes(examples.infos)
    usual = SCALES[:4] if names else SCALES[:1]
    others = [*SCALES, *examples.numbers, *SHORT] if names else []
    meanings = examples.meanings()

    def batch(meaning: str, scale: int) -> dict[str, np.ndarray]:
        examples.meaning = meaning
        return examples.batch({BATCH: SEQUENCES} | dict.fromkeys(names, scale))

    for lengths in (usual, dict.fromkeys(others)):
        for meaning, scale in product(meanings, lengths):
            if tried(batch(meaning, scale)) is not None:
                return scale
    refusal: Exception | None = None
    for meaning, scale in product(meanings, usual):
        try:
            if all(array.size for array in run(batch(meaning, scale)).values()):
                return scale
        except Exception as error:
            refusal = error
    raise UserError(
        f"'{name}' cannot be run on random inputs, so that its export cannot be compared with it: "
        f"{reason(refusal) if refusal else 'its outputs are empty'}"
    ) from refusal


def merged(
    infos: Sequence[TensorInfo], scale: int, refusal: Callable[[Sizes], str | None]
) -> list[TensorInfo]:
    """The inputs with one name for all dynamic axes that must be equal.

    Given lengths that all differ, a model says which two of them do not fit together; each answer
    joins two axes at least, so that this takes about as many runs as there are axes.

    Args:
        infos: each dynamic axis with a name of its own.
        scale: a length that all axes may have together.
        refusal: what the model says against these lengths; None where it takes them.
    """
    names = dynamic_axes(infos)
    together = {BATCH: SEQUENCES} | dict.fromkeys(names, scale)

    def independent(group: Sequence[str]) -> bool:
        """Whether these axes may have another length than the others."""
        return any(
            refusal({**together, **dict.fromkeys(group, length)}) is None
            for length in other_lengths(scale)
        )

    groups: list[tuple[str, ...]]
    groups = [(name,) for name in names if len(names) > 1 and not independent([name])]
    everything = tuple(name for group in groups for name in group)
    while len(groups) > 1:
        lengths = {name: scale * (k + 2) for k, group in enumerate(groups) for name in group}
        message = refusal({**together, **lengths})
        if message is None:
            break
        numbers = set(map(int, re.findall(r"\d+", message)))
        joined = [group for group in groups if lengths[group[0]] in numbers]
        if len(joined) < 2:
            first, *others = groups
            pair = next((g for g in others if independent([*first, *g])), None)
            joined = groups if pair is None else [first, pair]
        rest = [group for group in groups if group not in joined]
        groups = [*rest, tuple(name for group in joined for name in group)]
    if not all(independent(group) for group in groups):
        # A number in the message was no length.
        groups = [everything]
    timed = [name for name in names if name.endswith(TIME)]
    new_names = {
        name: TIME if set(timed) <= set(group) else group[0]
        for group in groups
        if len(group) > 1
        for name in group
    }
    return [renamed(info, new_names) for info in infos]


def other_lengths(scale: int) -> Iterator[int]:
    """Lengths to try beside one that a model takes, for one that takes only multiples or only short
    ones too."""
    return (n for n in (scale - 2, 2 * scale, scale // 2, scale + 1) if n > 0)


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
        multiples = (k * scale for k in range(2, len(sizes) + 2))
        for length in (*range(scale, scale + len(sizes) + 2), *multiples, *range(scale, 0, -1)):
            if length not in others and outputs_of({**sizes, name: length}) is not None:
                sizes[name] = length
                break
    outputs = outputs_of(sizes)
    assert outputs is not None, "each length was tried together with the others"
    return sizes, outputs


def of_outputs(infos: Sequence[TensorInfo], sizes: Sizes, outputs: Outputs) -> list[TensorInfo]:
    """The outputs with their types and lengths, which a layer of Keras may state wrongly; a dynamic
    axis gets the name of the input axis of its length.

    Args:
        sizes: lengths of the input axes, no two equal.
        outputs: the model's outputs for them.
    """
    by_length = {length: name for name, length in sizes.items()}
    named = []
    for info in infos:
        lengths, dtype = outputs[info.name].shape, str(outputs[info.name].dtype)
        dtype = "string" if dtype == "object" else dtype
        shape = tuple(
            lengths[axis]
            if isinstance(n, int)
            else by_length.get(lengths[axis], f"{info.name}_{axis}")
            for axis, n in enumerate(info.shape)
        )
        named.append(replace(info, shape=shape, dtype=dtype))
    return named


def renamed(info: TensorInfo, new_names: dict[str, str]) -> TensorInfo:
    """The tensor with new names of its dynamic axes."""
    return replace(
        info, shape=tuple(new_names.get(n, n) if isinstance(n, str) else n for n in info.shape)
    )
