"""TensorFlow's operators that tf2onnx leaves as they are, put together from those of ONNX.

    Erfc x             1 - Erf x                           the exact GELU
    Expm1 x, Log1p x   e^x - 1, log(1 + x)                 CELU and its kin
    sign bit of x      x < 0 or 1/x < 0                    in Keras's argmax and argmin
    Bucketize x        how many boundaries are at most x
    Cumprod x          e^(CumSum log |x|), by the signs and zeros up to there
    slice update       x, but the update where it lies
    RFFT x             both parts of DFT x                 spectrograms

What fits none of these stays, and the export is refused by its name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, helper

LOWEST = np.iinfo("int32").min
"""The sign bit of 32, alone."""


class _Builder:
    """Makes nodes in the place of one that is taken out of tf2onnx's graph."""

    def __init__(self, ctx: Any, node: Any):
        self.ctx = ctx
        self.node = node
        self.inputs = list(node.input)
        self.outputs = list(node.output)
        self.made = {
            "shapes": [ctx.get_shape(output) for output in self.outputs],
            "dtypes": [ctx.get_dtype(output) for output in self.outputs],
        }
        ctx.remove_node(node.name)

    @property
    def dtype(self) -> np.dtype:
        """Of the first input."""
        return helper.tensor_dtype_to_np_dtype(self.ctx.get_dtype(self.inputs[0]))

    def __call__(self, kind: str, *inputs: Any, **attributes: Any) -> str:
        """The name of what an operator gives."""
        return self.ctx.make_node(kind, self.named(inputs), attr=attributes).output[0]

    def last(self, kind: str, *inputs: Any, **attributes: Any) -> None:
        """The operator that gives what the node gave."""
        self.ctx.make_node(
            kind, self.named(inputs), attr=attributes, outputs=self.outputs, **self.made
        )

    def named(self, inputs: Any) -> list[str]:
        """The names of inputs; numbers and arrays become constants."""
        return [each if isinstance(each, str) else self._constant(each) for each in inputs]

    def _constant(self, value: Any) -> str:
        from tf2onnx.utils import make_name

        array = value if isinstance(value, np.ndarray) else np.array(value, self.dtype)
        return self.ctx.make_const(make_name(self.node.name), array).output[0]


def _erfc(build: _Builder) -> None:
    [x] = build.inputs
    build.last("Sub", 1, build("Erf", x))


def _expm1(build: _Builder) -> None:
    [x] = build.inputs
    build.last("Sub", build("Exp", x), 1)


def _log1p(build: _Builder) -> None:
    [x] = build.inputs
    build.last("Log", build("Add", x, 1))


def _sign_bit(build: _Builder) -> None:
    [x] = build.inputs
    is_negative = build("Or", build("Less", x, 0), build("Less", build("Reciprocal", x), 0))
    build.last("Where", is_negative, np.array(LOWEST, "int32"), np.array(0, "int32"))


def _bucketize(build: _Builder) -> None:
    [x] = build.inputs
    boundaries = np.array(build.node.get_attr("boundaries").floats, build.dtype)
    is_past = build("GreaterOrEqual", build("Unsqueeze", x, np.array([-1])), boundaries)
    numbers = build("Cast", is_past, to=TensorProto.INT32)
    build.last("ReduceSum", numbers, np.array([-1]), keepdims=0)


def _cumprod(build: _Builder) -> None:
    """The signs and the zeros up to a place are counted, since they have no logarithm."""
    x, axis = build.inputs
    how = {name: build.node.get_attr_int(name) for name in ("exclusive", "reverse")}

    def count(which: str) -> str:
        numbers = build("Cast", which, to=build.ctx.get_dtype(x))
        return build("CumSum", numbers, axis, **how)

    is_zero = build("Equal", x, 0)
    logarithms = build("Log", build("Where", is_zero, 1, build("Abs", x)))
    size = build("Exp", build("CumSum", logarithms, axis, **how))
    is_negative = build("Greater", build("Mod", count(build("Less", x, 0)), 2, fmod=1), 0)
    signed = build("Where", is_negative, build("Neg", size), size)
    build.last("Where", build("Greater", count(is_zero), 0), 0, signed)


def _slice_update(build: _Builder) -> None:
    """Zeros around the update, and x where they are; XLA moves a start so that the slice fits."""
    x, update, starts = build.inputs
    sizes = build("Shape", update)
    room = build("Sub", build("Shape", x), sizes)
    starts = build("Cast", starts, to=TensorProto.INT64)
    starts = build("Max", build("Min", starts, room), np.array([0]))
    around = build("Concat", starts, build("Sub", room, starts), axis=0)
    yes = helper.make_tensor("yes", TensorProto.BOOL, [1], [True])
    is_updated = build("Pad", build("ConstantOfShape", sizes, value=yes), around)
    build.last("Where", is_updated, build("Pad", update, around), x)


def _rfft(build: _Builder) -> None:
    """A last axis has the two parts of each number, and who reads the numbers reads that."""
    x, length = build.inputs
    signal = build("Unsqueeze", x, np.array([-1]))
    length = build("Reshape", build("Cast", length, to=TensorProto.INT64), np.array([], "int64"))
    both = build("DFT", signal, length, axis=-2, onesided=1)
    for reader in build.ctx.find_output_consumers(*build.outputs):
        reader.type, number, attributes = PARTS[reader.type]
        build.ctx.replace_inputs(reader, build.named([both, np.array(number)]))
        for name, value in attributes.items():
            reader.set_attr(name, value)
        # It is done already when tf2onnx comes to it.
        reader.skip_conversion = True


PARTS: dict[str, tuple[str, Any, dict[str, int]]] = {
    "Real": ("Gather", 0, {"axis": -1}),
    "Imag": ("Gather", 1, {"axis": -1}),
    "ComplexAbs": ("ReduceL2", [-1], {"keepdims": 0}),
}
"""Operator on complex numbers -> what gives it from both parts: kind, second input, attributes."""


def _is_sign_bit(node: Any) -> bool:
    """Whether of the bits of a float the sign alone is looked at."""
    ctx, [output] = node.graph, node.output
    readers = ctx.find_output_consumers(output)
    return (
        ctx.get_dtype(node.input[0]) == TensorProto.FLOAT
        and ctx.get_dtype(output) == TensorProto.INT32
        and all(
            reader.type == "BitwiseAnd"
            and any(
                part.is_const() and np.all(part.get_tensor_value(as_list=False) == LOWEST)
                for part in reader.inputs
            )
            for reader in readers
        )
    )


def _is_read_by_parts(node: Any) -> bool:
    """Whether of a transform the parts and the magnitudes alone are looked at."""
    readers = node.graph.find_output_consumers(node.output[0])
    return all(reader.type in PARTS for reader in readers)


def _is_float(node: Any) -> bool:
    return node.graph.get_dtype(node.input[0]) == TensorProto.FLOAT


def _always(node: Any) -> bool:
    return True


def _handler(put: Callable[[_Builder], None], fits: Callable[[Any], bool] = _always) -> Any:
    """tf2onnx's `custom_op_handlers` for one operator, which stays where it does not fit."""

    def handle(ctx: Any, node: Any, _name: str, _args: Any) -> None:
        if fits(node):
            put(_Builder(ctx, node))

    return handle, []


MISSING: dict[str, Any] = {
    "Erfc": _handler(_erfc),
    "Expm1": _handler(_expm1),
    "Log1p": _handler(_log1p),
    "Bitcast": _handler(_sign_bit, _is_sign_bit),
    "Bucketize": _handler(_bucketize),
    "Cumprod": _handler(_cumprod, _is_float),
    "XlaDynamicUpdateSlice": _handler(_slice_update),
    "RFFT": _handler(_rfft, _is_read_by_parts),
}
"""tf2onnx's `custom_op_handlers`."""
