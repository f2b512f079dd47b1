"""A recurrent layer as the ONNX operator it is, instead of a loop.

While a model is traced for export, `form` stands in for the engine's loop: it emits one marker, a
`PyFuncStateless` node whose token says what it stands for, and `HANDLERS` has tf2onnx put the
operator in the marker's place.

The operators know padding only as a number of steps per sequence. Any mask is brought to that
exactly: the steps that count are moved to the front in their order, and each output is taken from
the place of the last step that counted. For a right-padded mask nothing moves.
"""

import json
from typing import Any

import tensorflow as tf

from export import loop_form
from export.operators import Operator, operator
from zoo.layers.loop import Cell, Tensor

INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
"""The inputs of the operators in ONNX's order; RNN and GRU end after initial_h."""


def form(
    cell: Cell,
    sequences: Tensor,
    state: Any,
    counts: Tensor | None,
    kept: Tensor | None,
    collect: bool = True,
) -> tuple[Any, Tensor]:
    """What `zoo.layers.loop.plain` computes, by one operator where ONNX has it."""
    found = operator(cell)
    if found is None or sequences.dtype != tf.float32:
        return loop_form.run(cell, sequences, state, counts, kept, collect)
    if counts is None:
        return _marker(found, sequences, state, None)
    counts = counts[:, :, 0]
    lengths = tf.reduce_sum(tf.cast(counts, tf.int32), 0)
    final, outputs = _marker(found, _to_the_front(sequences, counts), state, lengths)
    # The operators answer a sequence without steps by zeros.
    empty = (lengths == 0)[:, None]
    final = type(state)(*[tf.where(empty, s, f) for s, f in zip(state, final, strict=True)])
    latest = tf.cumsum(tf.cast(counts, tf.int32), 0)
    kept_first = tf.concat([state[0][None], outputs], 0)
    return final, _gather(kept_first, latest)


HANDLERS: dict[str, Any] = {"PyFuncStateless": (lambda *args: _put_operator(*args), [])}
"""tf2onnx's `custom_op_handlers`."""


def _marker(
    found: Operator, sequences: Tensor, state: Any, lengths: Tensor | None
) -> tuple[Any, Tensor]:
    """The node that tf2onnx will replace: the final state and the outputs, (time, batch, units)."""
    inputs = {
        "X": sequences,
        "W": found.kernel[None],
        "R": found.recurrent_kernel[None],
        "B": found.bias[None],
        "sequence_lens": lengths,
        "initial_h": state.h[None],
        "initial_c": state.c[None] if found.kind == "LSTM" else None,
        "P": None if found.peepholes is None else found.peepholes[None],
    }
    present = {name: tensor for name, tensor in inputs.items() if tensor is not None}
    token = {"kind": found.kind, "attributes": found.attributes, "inputs": list(present)}
    parts = tf.raw_ops.PyFuncStateless(
        input=list(present.values()),
        token=json.dumps(token),
        Tout=[tf.float32] * (1 + len(state)),
    )
    units = found.attributes["hidden_size"]
    outputs = tf.ensure_shape(parts[0], [sequences.shape[0], 1, sequences.shape[1], units])
    final = [tf.ensure_shape(part, [1, sequences.shape[1], units])[0] for part in parts[1:]]
    return type(state)(*final), outputs[:, 0]


def _put_operator(ctx: Any, node: Any, name: str, args: Any) -> None:
    """Replaces a marker by its operator, in tf2onnx's graph."""
    token = json.loads(node.get_attr_value("token"))
    given = dict(zip(token["inputs"], node.input, strict=True))
    wanted = INPUTS if token["kind"] == "LSTM" else INPUTS[:6]
    inputs = [given.get(key, "") for key in wanted]
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


def _to_the_front(sequences: Tensor, counts: Tensor) -> Tensor:
    """Moves the steps that count before those that do not, each in their order."""
    time = tf.shape(counts)[0]
    falling = tf.range(time, 0, -1)[:, None]
    order = tf.where(counts, falling, falling - time)
    places = tf.math.top_k(tf.transpose(order), k=time).indices
    return _gather(sequences, tf.transpose(places))


def _gather(sequences: Tensor, places: Tensor) -> Tensor:
    """(time, batch, features) at places (steps, batch), for each sequence its own."""
    batch_major = tf.transpose(sequences, [1, 0, 2])
    found = tf.gather(batch_major, tf.transpose(places), axis=1, batch_dims=1)
    return tf.transpose(found, [1, 0, 2])
