"""A recurrent layer as the ONNX operator it is, instead of a loop.

While a model is traced for export, `Lowering.loop` stands in for the engine's loop: it emits one
marker, a `PyFuncStateless` node whose token says what it stands for, and `HANDLERS` has tf2onnx
put the operator in the marker's place. The two layers of a `Bidirectional` become one operator.

The operators know padding only as a number of steps per sequence, at its end, and some runtimes
ignore even that. Any mask is brought to them exactly, whatever the activations and the values are:
the steps that are no padding are moved to the front, and each output is taken from the place of the
last of them so far. Padding comes after all that counts, and nothing is read there. The number of
steps is only needed for the final cell state of an LSTM, which the operator gives in no other way.

Under a mask a layer that reads backwards is an operator of its own, on its own turned sequence: in
one operator with its partner it would read the padding first.
"""

import json
from typing import Any

import keras
import tensorflow as tf

from zoo.exporters.onnx.operators import Operator, operator
from zoo.layers.base import scan
from zoo.layers.base.scan import Cell, Tensor
from zoo.layers.base.tensorflow import while_loop

INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
"""The inputs of the operators in ONNX's order; RNN and GRU end after initial_h."""


class Lowering:
    """Replaces the loop while one model is traced."""

    def __init__(self) -> None:
        self.loops: dict[str, str] = {}
        """Path of a layer that stays a loop -> why."""

        self._backward: dict[int, tuple[Any, Tensor]] = {}
        """Layer that reads backwards -> its results, which its partner's operator gave."""

    def loop(
        self,
        cell: Cell,
        sequences: Tensor,
        carry: Any,
        mask: Tensor | None,
        collect: bool = True,
    ) -> tuple[Any, Any]:
        """A `Loop` that computes a cell by one operator where ONNX has it."""
        if id(cell.layer) in self._backward:
            return self._backward.pop(id(cell.layer))
        own_operator = operator(cell)
        if isinstance(own_operator, str):
            if sequences.shape[0] == 1 or scan.written_out(cell, sequences):
                return scan.unrolled(cell, sequences, carry, mask, collect)
            self.loops[cell.layer.path or cell.layer.name] = own_operator
            return while_loop.run(cell, sequences, carry, mask, collect)
        partner = None if mask is not None else scan.partner(cell.layer)
        partner_operator = None if partner is None else operator(partner)
        if (
            partner is None
            or not isinstance(partner_operator, Operator)
            or not own_operator.pairs_with(partner_operator)
        ):
            return _run(own_operator, sequences, carry, mask)
        forward, (final, outputs) = _marker([own_operator, partner_operator], sequences, carry)
        self._backward[id(partner.layer)] = final, tf.reverse(outputs, [0])
        return forward

    def left(self, layer: keras.layers.RNN) -> None:
        """Notes a stock layer that Keras runs itself, since it is of no cell that is known."""
        if not layer.unroll:
            self.loops[layer.path or layer.name] = (
                f"{type(layer.cell).__name__} is no cell that has an operator; those of LSTM, GRU "
                "and SimpleRNN have"
            )


HANDLERS: dict[str, Any] = {"PyFuncStateless": (lambda *args: _put_operator(*args), [])}
"""tf2onnx's `custom_op_handlers`."""


def _run(
    operator: Operator, sequences: Tensor, state: Any, mask: Tensor | None
) -> tuple[Any, Tensor]:
    """The final state and the outputs, (time, batch, units).

    Args:
        state: from which the operator begins.
        mask: (time, batch), true at the steps that are no padding.
    """
    if mask is None:
        [result] = _marker([operator], sequences, state)
        return result
    steps = tf.reduce_sum(tf.cast(mask, tf.int32), 0)
    moved = _to_the_front(sequences, mask, steps)
    # Runtimes disagree about sequences of no step; those read one of zeros, which is not used.
    [(final, outputs)] = _marker([operator], moved, state, tf.maximum(steps, 1))
    from_start = tf.concat([state.h[None], outputs], 0)
    ends = {"h": _gather(from_start, steps[None])[0]}
    if operator.kind == "LSTM":
        ends["c"] = tf.where(steps[:, None] > 0, final.c, state.c)
    latest = tf.cumsum(tf.cast(mask, tf.int32), 0)
    return type(state)(**ends), _gather(from_start, latest)


def _marker(
    directions: list[Operator], sequences: Tensor, state: Any, steps: Tensor | None = None
) -> list[tuple[Any, Tensor]]:
    """The node that tf2onnx will replace; the final state and the outputs of each direction.

    Args:
        directions: one operator that reads forward, or one forward and one backward.
        state: from which each direction begins; zeros if there are two.
        steps: (batch,), how many steps of each sequence count, where not all do.
    """
    first = directions[0]

    def stacked(part: str) -> Tensor | None:
        parts = [getattr(direction, part) for direction in directions]
        return None if parts[0] is None else tf.stack(parts)

    def initial(part: str) -> Tensor:
        return tf.stack([getattr(state, part)] * len(directions))

    inputs = {
        "X": sequences,
        "W": stacked("kernel"),
        "R": stacked("recurrent_kernel"),
        "B": stacked("bias"),
        "sequence_lens": steps,
        "initial_h": initial("h"),
        "initial_c": initial("c") if first.kind == "LSTM" else None,
        "P": stacked("peepholes"),
    }
    present = {name: tensor for name, tensor in inputs.items() if tensor is not None}
    attributes = dict(first.attributes)
    if len(directions) == 2:
        attributes["direction"] = "bidirectional"
        for key, value in directions[1].attributes.items():
            if isinstance(value, list):
                attributes[key] = [*first.attributes[key], *value]
    token = {"kind": first.kind, "attributes": attributes, "inputs": list(present)}
    parts = tf.raw_ops.PyFuncStateless(
        input=list(present.values()),
        token=json.dumps(token),
        Tout=[tf.float32] * (1 + len(state)),
    )
    number, batch, units = len(directions), sequences.shape[1], attributes["hidden_size"]
    outputs = tf.ensure_shape(parts[0], [sequences.shape[0], number, batch, units])
    final = [tf.ensure_shape(part, [number, batch, units]) for part in parts[1:]]
    if number == 1:
        return [(type(state)(*[tf.squeeze(part, 0) for part in final]), tf.squeeze(outputs, 1))]
    return [(type(state)(*[part[k] for part in final]), outputs[:, k]) for k in range(number)]


def _put_operator(ctx: Any, node: Any, name: str, args: Any) -> None:
    """Replaces a marker by its operator, in tf2onnx's graph."""
    token = json.loads(node.get_attr_value("token"))
    tensors = dict(zip(token["inputs"], node.input, strict=True))
    wanted = INPUTS if token["kind"] == "LSTM" else INPUTS[:6]
    inputs = [tensors.get(key, "") for key in wanted]
    while not inputs[-1]:
        inputs.pop()
    shapes = [ctx.get_shape(output) for output in node.output]
    dtypes = [ctx.get_dtype(output) for output in node.output]
    outputs = list(node.output)
    ctx.remove_node(node.name)
    ctx.make_node(
        token["kind"],
        inputs,
        attr=token["attributes"],
        name=name,
        outputs=outputs,
        shapes=shapes,
        dtypes=dtypes,
    )


def _to_the_front(sequences: Tensor, mask: Tensor, steps: Tensor) -> Tensor:
    """Moves the steps that are no padding to the front, in their order, and zeros after them.

    The zeros keep what stands at padding out of the range by which an int8 file scales its input.
    """
    time = tf.shape(mask)[0]
    falling = tf.range(time, 0, -1)[:, None]
    order = tf.where(mask, falling, falling - time)
    places = tf.math.top_k(tf.transpose(order), k=time).indices
    moved = _gather(sequences, tf.transpose(places))
    at_front = tf.range(time)[:, None] < steps
    return tf.where(at_front[:, :, None], moved, tf.zeros_like(moved))


def _gather(sequences: Tensor, places: Tensor) -> Tensor:
    """(time, batch, features) at places (steps, batch), for each sequence its own."""
    batch = tf.shape(sequences)[1]
    rows = tf.reshape(sequences, [-1, sequences.shape[2]])
    return tf.gather(rows, places * batch + tf.range(batch))
