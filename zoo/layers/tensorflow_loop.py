"""The engine's loop on TensorFlow, arranged for the speed of a training step.

The loop runs over blocks of time steps. A block projects its inputs by one matmul, W x + b, and
goes through its steps unrolled: U v and the step. TensorFlow differentiates all of it but U v:
left alone it would multiply out and add up a gradient of U at every step, and transpose U each
time. Here U is transposed once before the loop, and a block's share of the gradient of U is one
matmul of its v's by the gradients of its projections.

W, U and b are cut into those of each gate before the loop. Gates that come out of matmuls of their
own need not be cut apart, nor their gradients joined, at every step, and while one is multiplied
another passes its nonlinearity.

Inputs and outputs travel as TensorLists that are popped and pushed, which TensorFlow
differentiates by a push and a pop; the gradient of a read at an index would be a list of all steps.
"""

from contextlib import nullcontext
from typing import Any, NamedTuple

import tensorflow as tf

from zoo.layers.loop import Cell, Tensor, fed
from zoo.layers.one_batch import one_batch

SHORT_BLOCK, LONG_BLOCK, LARGE = 4, 10, 256
"""Time steps in a block: few keep its projections in the processor's cache; from so many rows of
U on, adding up the gradient of U costs more than that, and more steps share the cost."""


def run(
    cell: Cell,
    sequences: Tensor,
    state: Any,
    counts: Tensor | None,
    kept: Tensor | None,
    collect: bool = True,
    arranged: bool = True,
) -> tuple[Any, Tensor]:
    """What `zoo.layers.loop.plain` computes, its arguments and its result.

    With `collect` off the outputs are None. With `arranged` off the gradient of U is left to
    TensorFlow: for a graph to be saved, which would hold each gradient of ours as a function.
    """
    weights = _by_gate(cell)
    add_product = _multiplier(weights.u, arranged)
    steps = SHORT_BLOCK if cell.recurrent_kernel.shape[0] < LARGE else LONG_BLOCK
    counts = None if counts is None else counts[:, :, 0]

    def block(state: Any, x: Tensor, counts: Tensor | None, steps: int) -> tuple[Any, Any]:
        return _block(cell, weights, add_product, state, x, counts, kept, steps, arranged)

    time = sequences.shape[0]
    whole = (tf.shape(sequences)[0] if time is None else time) // steps * steps
    outputs = []
    if time is None or time >= steps:
        state, found = _blocks(block, sequences[:whole], state, counts, steps, collect)
        outputs.append(found)
    if time is None:
        rest = None if counts is None else counts[whole:]
        state, found = _blocks(block, sequences[whole:], state, rest, 1, collect)
        outputs.append(found)
    elif time % steps:
        rest = None if counts is None else counts[whole:]
        state, found = block(state, _rows(sequences[whole:]), rest, time % steps)
        outputs.append(tf.stack(found))
    elif time == 0:
        outputs.append(tf.zeros((0, *_shape(state[0])), state[0].dtype))
    return state, tf.concat(outputs, 0) if collect else None


def _blocks(
    block: Any, sequences: Tensor, state: Any, counts: Tensor | None, steps: int, collect: bool
) -> tuple[Any, Tensor]:
    """A loop over blocks of so many steps; the sequence is a whole number of them long."""
    time, batch, features = _shape(sequences)
    number = time // steps
    in_shape = tf.stack([steps * batch, features])
    out_shape = tf.stack(_shape(state[0]))
    # Reversed, because a list is popped from its end.
    rows = tf.reverse(tf.reshape(sequences, tf.stack([number, *tf.unstack(in_shape)])), [0])
    inputs = tf.raw_ops.TensorListFromTensor(tensor=rows, element_shape=in_shape)
    outputs = tf.raw_ops.EmptyTensorList(
        element_shape=out_shape, max_num_elements=time, element_dtype=state[0].dtype
    )

    def advance(k: Tensor, state: Any, inputs: Tensor, outputs: Tensor) -> tuple[Any, ...]:
        inputs, x = tf.raw_ops.TensorListPopBack(
            input_handle=inputs, element_shape=in_shape, element_dtype=sequences.dtype
        )
        x.set_shape([None, features])
        counted = None if counts is None else counts[k * steps : (k + 1) * steps]
        state, found = block(state, x, counted, steps)
        for output in found if collect else ():
            outputs = tf.raw_ops.TensorListPushBack(input_handle=outputs, tensor=output)
        return k + 1, state, inputs, outputs

    _, final, _, outputs = tf.while_loop(
        lambda k, *_: k < number,
        advance,
        (0, state, inputs, outputs),
        maximum_iterations=number,
    )
    if not collect:
        return final, None
    stacked = tf.raw_ops.TensorListStack(
        input_handle=outputs, element_shape=out_shape, element_dtype=state[0].dtype
    )
    return final, tf.ensure_shape(stacked, [None, *state[0].shape])


def _block(
    cell: Cell,
    weights: "_Weights",
    add_product: Any,
    state: Any,
    x: Tensor,
    counts: Tensor | None,
    kept: Tensor | None,
    steps: int,
    arranged: bool,
) -> tuple[Any, list[Tensor]]:
    """So many steps, unrolled: the state after them, and the output of each.

    Args:
        add_product: of `_multiplier`.
        x: (steps x batch, features).
        counts: (steps, batch).
    """
    multiplied: list[Tensor] = []

    @tf.custom_gradient
    def paying_for_u(*projected_and_u: Tensor) -> Any:
        def gradient(*upstream: Tensor) -> list[Tensor]:
            v = tf.concat(multiplied, 0)
            return [*upstream, *[tf.matmul(v, part, transpose_a=True) for part in upstream]]

        return [tf.identity(part) for part in projected_and_u[: len(weights.u)]], gradient

    def by_step(parts: list[Tensor]) -> list[tuple[Tensor, ...]]:
        return list(zip(*[tf.split(part, steps) for part in parts], strict=True))

    x = [_affine(x, w, b) for w, b in zip(weights.w, weights.b, strict=True)]
    addends = x
    if cell.apart:
        nothing = tf.zeros([tf.shape(x[0])[0], weights.u[0].shape[1]], x[0].dtype)
        addends = [nothing if b is None else nothing + b for b in weights.recurrent_b]
    x_steps = by_step(x) if cell.apart else []
    addend_steps = by_step(paying_for_u(*addends, *weights.u) if arranged else addends)

    outputs = []
    with one_batch() if cell.training else nullcontext():
        for t in range(steps):
            v = fed(cell, state, kept)
            multiplied.append(v)
            a = add_product(v, *addend_steps[t])
            new = cell.step((x_steps[t], a) if cell.apart else a, state)
            state = new if counts is None else _select(counts[t], new, state)
            outputs.append(state[0])
    return state, outputs


class _Weights(NamedTuple):
    """The weights of a cell gate by gate."""

    w: list[Tensor]
    b: list[Tensor | None]
    u: list[Tensor]
    recurrent_b: list[Tensor | None]


def _by_gate(cell: Cell) -> _Weights:
    width = cell.kernel.shape[-1] // cell.gates

    def cut(weight: Tensor | None, like: Tensor) -> list[Any]:
        number = like.shape[-1] // width
        return [None] * number if weight is None else tf.split(weight, number, axis=-1)

    return _Weights(
        w=cut(cell.kernel, cell.kernel),
        b=cut(cell.bias, cell.kernel),
        u=cut(cell.recurrent_kernel, cell.recurrent_kernel),
        recurrent_b=cut(cell.recurrent_bias, cell.recurrent_kernel),
    )


def _affine(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
    return tf.matmul(x, w) if b is None else tf.matmul(x, w) + b


def _multiplier(recurrent_kernels: list[Tensor], arranged: bool) -> Any:
    """(v, x of each gate) -> x + U v of each gate; `arranged`, no gradient for U: `_block` pays it.

    The transposes are made outside the loop and only the gradient refers to them, so that a
    forward pass does without.
    """

    kernels = [tf.stop_gradient(u) if arranged else u for u in recurrent_kernels]

    def add_product(v: Tensor, *x: Tensor) -> list[Tensor]:
        return [part + tf.matmul(v, u) for part, u in zip(x, kernels, strict=True)]

    if not arranged:
        return add_product
    transposed = [tf.transpose(u) for u in recurrent_kernels]

    @tf.custom_gradient
    def add_product_alone(v: Tensor, *x: Tensor) -> Any:
        def gradient(*upstream: Tensor) -> list[Tensor]:
            parts = zip(upstream, transposed, strict=True)
            return [tf.add_n([tf.matmul(part, u) for part, u in parts]), *upstream]

        return add_product(v, *x), gradient

    return add_product_alone


def _select(counts: Tensor, new: Any, old: Any) -> Any:
    """`zoo.layers.loop.select` for counts (batch,), by an operator that takes whole rows."""
    return type(new)(
        *[tf.raw_ops.Select(condition=counts, x=n, y=o) for n, o in zip(new, old, strict=True)]
    )


def _rows(sequences: Tensor) -> Tensor:
    """(steps, batch, features) as (steps x batch, features)."""
    return tf.reshape(sequences, [-1, sequences.shape[-1]])


def _shape(x: Tensor) -> list[Any]:
    """The shape, each size a number where it is known."""
    return [known if known is not None else tf.shape(x)[axis] for axis, known in enumerate(x.shape)]
