"""A recurrent layer as the ONNX operator it is, instead of a loop.

While a model is traced for export, `Lowering.loop` stands in for the engine's loop: it emits one
marker, a `PyFuncStateless` node whose token says what it stands for, and `HANDLERS` has tf2onnx
put the operator in the marker's place. The two layers of a `Bidirectional` become one operator.

The operators know padding only as a number of steps per sequence, and some runtimes ignore even
that. Any mask is brought to them exactly, and without that number:

- One more input feature, 1 at padding, opens or closes gates so that the step changes nothing.
  A GRU keeps its state through its update gate, and needs nothing more.
- For an LSTM (input gate closed, forget gate open: the cell state stays, the hidden state does
  not) and an RNN (no gate) the padding is moved to the end, and each output is taken from the place
  of the last step that is no padding. For a right-padded mask nothing moves.
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
        masked = mask is not None
        own_operator = operator(cell, masked)
        if isinstance(own_operator, str):
            if sequences.shape[0] == 1 or scan.written_out(cell, sequences):
                return scan.unrolled(cell, sequences, carry, mask, collect)
            self.loops[cell.layer.path or cell.layer.name] = own_operator
            return while_loop.run(cell, sequences, carry, mask, collect)
        partner = scan.partner(cell.layer)
        partner_operator = None if partner is None else operator(partner, masked)
        if (
            partner is None
            or not isinstance(partner_operator, Operator)
            or not own_operator.pairs_with(partner_operator, masked)
        ):
            [result] = _run([own_operator], sequences, carry, mask)
            return result
        forward, (final, outputs) = _run([own_operator, partner_operator], sequences, carry, mask)
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
    directions: list[Operator], sequences: Tensor, state: Any, mask: Tensor | None
) -> list[tuple[Any, Tensor]]:
    """The final states and the outputs, (time, batch, units), of each direction.

    Args:
        directions: one operator that reads forward, or one forward and one backward.
        state: from which each direction begins; zeros if there are two.
        mask: (time, batch), true at the steps that are no padding.
    """
    if mask is None:
        return _marker(directions, sequences, state)
    if directions[0].kind == "GRU":
        padded = [direction.padded() for direction in directions]
        return _marker(padded, _with_padding(sequences, mask), state)

    steps = tf.reduce_sum(tf.cast(mask, tf.int32), 0)
    moved = _to_the_front(sequences, mask)
    if directions[0].kind == "LSTM" or len(directions) == 2:
        directions = [direction.padded() for direction in directions]
        at_front = tf.range(tf.shape(mask)[0])[:, None] < steps
        moved = _with_padding(moved, at_front)
    (final, outputs), *backward = _marker(directions, moved, state)

    latest = tf.cumsum(tf.cast(mask, tf.int32), 0)
    from_start = tf.concat([state.h[None], outputs], 0)
    results = [(final._replace(h=_gather(from_start, steps[None])[0]), _gather(from_start, latest))]
    return results + [(f, _gather(o, tf.maximum(latest - 1, 0))) for f, o in backward]


def _marker(directions: list[Operator], sequences: Tensor, state: Any) -> list[tuple[Any, Tensor]]:
    """The node that tf2onnx will replace; the results of each direction."""
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


def _with_padding(sequences: Tensor, mask: Tensor) -> Tensor:
    """Zeros in place of padding, and a feature that is 1 there."""
    mask = mask[:, :, None]
    flag = tf.cast(tf.logical_not(mask), sequences.dtype)
    return tf.concat([tf.where(mask, sequences, tf.zeros_like(sequences)), flag], -1)


def _to_the_front(sequences: Tensor, mask: Tensor) -> Tensor:
    """Moves the steps that are no padding before the padding, each in their order."""
    time = tf.shape(mask)[0]
    falling = tf.range(time, 0, -1)[:, None]
    order = tf.where(mask, falling, falling - time)
    places = tf.math.top_k(tf.transpose(order), k=time).indices
    return _gather(sequences, tf.transpose(places))


def _gather(sequences: Tensor, places: Tensor) -> Tensor:
    """(time, batch, features) at places (steps, batch), for each sequence its own."""
    batch = tf.shape(sequences)[1]
    rows = tf.reshape(sequences, [-1, sequences.shape[2]])
    return tf.gather(rows, places * batch + tf.range(batch))
