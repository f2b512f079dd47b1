"""Whether a model makes empty tensors on its way, as it does where a sequence is too short for it.

What comes of an empty tensor, such as its mean, is not defined, and says nothing about an export.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tensorflow.python.framework import op_callbacks


@contextmanager
def noted() -> Iterator[list[str]]:
    """The operations of this thread that give an empty sequence of floats, while they run.

    Private to TensorFlow: its callbacks for every operation, which its debugger is made of.
    """
    empty: list[str] = []

    def look(kind: Any, inputs: Any, attributes: Any, outputs: Any, *_: Any, **__: Any) -> None:
        name = kind.decode() if isinstance(kind, bytes) else str(kind)
        if any(map(_is_empty, outputs)) or _is_shorter_than_its_kernel(name, inputs, attributes):
            empty.append(name)

    op_callbacks.add_op_callback(look)
    try:
        yield empty
    finally:
        op_callbacks.remove_op_callback(look)


def _is_empty(tensor: Any) -> bool:
    """Whether it has features of no step. A gate of no unit, such as Keras's GRU cuts off where
    `reset_after` is off, is so at any length."""
    shape = getattr(tensor, "shape", None)
    return shape is not None and tensor.dtype.is_floating and len(shape) > 2 and 0 in shape[1:-1]


def _is_shorter_than_its_kernel(kind: str, inputs: Sequence[Any], attributes: Any) -> bool:
    """Whether a convolution has no place for its kernel; on some processors TensorFlow returns the
    input instead of an empty tensor."""
    if kind not in ("Conv2D", "Conv3D", "DepthwiseConv2dNative"):
        return False
    options = dict(zip(attributes[::2], attributes[1::2], strict=True))
    sizes, kernel = inputs[0].shape[1:-1], inputs[1].shape
    dilations = options.get("dilations") or [1] * len(inputs[0].shape)
    return options.get("padding") in ("VALID", b"VALID") and any(
        size is not None and size < (width - 1) * dilation + 1
        for size, width, dilation in zip(sizes, kernel, dilations[1:], strict=False)
    )
