"""The loop of a gated cell on TensorFlow, arranged for the speed of a training step.

The loop runs over blocks of time steps. A block projects its inputs by one matmul, W x + b, and
goes through its steps unrolled. With a_t = W x_t + b + U v_t, L the loss and δ_t = ∂L/∂a_t, the
gradients are

    ∂L/∂v_t = Uᵀ δ_t                      one matmul a step: v_t is made of the state before it
    ∂L/∂U   = Σ_t δ_t v_tᵀ                a sum over steps, which need not be made step by step

By default TensorFlow computes and adds up ∂L/∂U at every step, and transposes U each time. Here two
functions with custom gradients share the work:

- `_multiplier` computes a_t from its addend W x_t + b and v_t. Its gradient is Uᵀ δ_t for v_t, with
  U transposed once before the loop, and δ_t for the addend. It gives U none.
- A block passes the addends of its steps through `with_gradient_of_u`, which changes nothing on
  the forward pass. In the backward pass it receives the δ_t of the whole block, since an addend's
  gradient is δ_t, and gives U the block's share Σ_t δ_t v_tᵀ by one matmul.

So only `with_gradient_of_u` differentiates U. It needs the v_t, which are computed after it is
called: it holds a list that the steps fill. TensorFlow asks for the gradient only when the whole
block is traced and the list is full. `_Product` holds the two functions. The gates that share v_t
have one `_Product`, and each deferred gate has its own.

W, U and b are split by gate before the loop. With a matmul for each gate there is nothing to split
at every step and no gradients to concatenate, and the matmul of one gate runs while another gate
computes its nonlinearity.

Inputs and outputs are TensorLists that are popped and pushed, which TensorFlow differentiates by a
push and a pop; the gradient of a read at an index would be a list of all steps.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple

import tensorflow as tf

from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.tensorflow.one_batch import one_batch

SHORT_BLOCK, LONG_BLOCK, LARGE = 4, 10, 256
"""Time steps in a block. A short block keeps its projections in the processor's cache; where U has
at least LARGE rows, adding up its gradient costs more, and a long block does that less often."""


def run(
    cell: GatedCell,
    sequences: Tensor,
    state: Any,
    mask: Tensor | None,
    collect: bool = True,
    own_gradients: bool = True,
) -> tuple[Any, Tensor | None]:
    """A `Loop` for gated cells.

    Args:
        own_gradients: differentiate U as described above. Without it TensorFlow differentiates all
            by its own rules: for a graph to be saved, which would contain each custom gradient as a
            function.
    """
    weights = _by_gate(cell)
    products = [_Product(u, own_gradients) for u in _group_gates(cell, weights.u)]
    steps = SHORT_BLOCK if cell.recurrent_kernel.shape[0] < LARGE else LONG_BLOCK

    def block(state: Any, x: Tensor, mask: Tensor | None, steps: int) -> tuple[Any, list[Tensor]]:
        return _block(cell, weights, products, state, x, mask, steps)

    time = sequences.shape[0]
    whole = (tf.shape(sequences)[0] if time is None else time) // steps * steps
    outputs = []
    if time is None or time >= steps:
        state, block_outputs = _blocks(block, sequences[:whole], state, mask, steps, collect)
        outputs.append(block_outputs)
    if time is None:
        rest = None if mask is None else mask[whole:]
        state, block_outputs = _blocks(block, sequences[whole:], state, rest, 1, collect)
        outputs.append(block_outputs)
    elif time % steps:
        rest = None if mask is None else mask[whole:]
        state, block_outputs = block(state, _rows(sequences[whole:]), rest, time % steps)
        outputs.append(tf.stack(block_outputs))
    elif time == 0:
        outputs.append(tf.zeros((0, *_shape(state[0])), state[0].dtype))
    return state, tf.concat(outputs, 0) if collect else None


def _blocks(
    block: Any, sequences: Tensor, state: Any, mask: Tensor | None, steps: int, collect: bool
) -> tuple[Any, Tensor]:
    """A loop over blocks of `steps` time steps, which divides the length of the sequences."""
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
        mask_k = None if mask is None else mask[k * steps : (k + 1) * steps]
        state, block_outputs = block(state, x, mask_k, steps)
        for output in block_outputs if collect else ():
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
    cell: GatedCell,
    weights: "_Weights",
    products: list["_Product"],
    state: Any,
    x: Tensor,
    mask: Tensor | None,
    steps: int,
) -> tuple[Any, list[Tensor]]:
    """One block of unrolled steps: the state after it, and the output of each step.

    Args:
        products: that of the gates that share v, and one for each deferred gate.
        x: (steps x batch, features).
        mask: (steps, batch).
    """
    x = [_affine(x, w, b) for w, b in zip(weights.w, weights.b, strict=True)]
    x_steps = _by_step(x, steps) if cell.separate_projections else []
    addends = x
    if cell.separate_projections:
        zeros = tf.zeros([tf.shape(x[0])[0], weights.u[0].shape[1]], x[0].dtype)
        addends = [zeros if b is None else zeros + b for b in weights.recurrent_b]
    shared_sums, *deferred_sums = [
        product.at_each(parts, steps)
        for product, parts in zip(products, _group_gates(cell, addends), strict=True)
    ]

    outputs = []
    with one_batch() if cell.training else nullcontext():
        for t in range(steps):
            a = shared_sums[t](cell.drop(cell.recurrent_input(state)))
            deferred = [partial(_deferred, cell, sums[t]) for sums in deferred_sums]
            gates = (x_steps[t], a) if cell.separate_projections else [*a, *deferred]
            new = cell.step(gates, state)
            state = new if mask is None else _select(mask[t], new, state)
            outputs.append(state[0])
    return state, outputs


class _Weights(NamedTuple):
    """The weights of a cell by gate."""

    w: list[Tensor]
    b: list[Tensor | None]
    u: list[Tensor]
    recurrent_b: list[Tensor | None]


def _by_gate(cell: GatedCell) -> _Weights:
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


def _group_gates(cell: GatedCell, by_gate: list[Tensor]) -> list[list[Tensor]]:
    """Groups the gates that multiply the same v: those that are not deferred, and each deferred
    gate alone."""
    shared = len(by_gate) - cell.deferred_gates
    return [by_gate[:shared], *[[deferred] for deferred in by_gate[shared:]]]


def _affine(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
    return tf.matmul(x, w) if b is None else tf.matmul(x, w) + b


class _Product:
    """addend + U v, of gates that multiply the same v."""

    def __init__(self, u: list[Tensor], own_gradients: bool):
        self.u = u
        self.own_gradients = own_gradients
        self.add = _multiplier(u, own_gradients)

    def at_each(self, addends: list[Tensor], steps: int) -> list[Callable[[Tensor], list[Tensor]]]:
        """A function v -> addend + U v of each gate, for each step of a block.

        The functions are to be called in the order of the steps, each once.

        Args:
            addends: of all steps, each (steps x batch, units).
        """
        vs: list[Tensor] = []

        @tf.custom_gradient
        def with_gradient_of_u(*addends_and_u: Tensor) -> Any:
            def gradient(*delta: Tensor) -> list[Tensor]:
                v = tf.concat(vs, 0)
                return [*delta, *[tf.matmul(v, part, transpose_a=True) for part in delta]]

            return [tf.identity(part) for part in addends_and_u[: len(addends)]], gradient

        def sums(of_step: tuple[Tensor, ...], v: Tensor) -> list[Tensor]:
            vs.append(v)
            return self.add(v, *of_step)

        if self.own_gradients:
            addends = with_gradient_of_u(*addends, *self.u)
        return [partial(sums, of_step) for of_step in _by_step(addends, steps)]


def _deferred(cell: GatedCell, sums: Callable[[Tensor], list[Tensor]], v: Tensor) -> Tensor:
    [total] = sums(cell.drop(v))
    return total


def _by_step(parts: list[Tensor], steps: int) -> list[tuple[Tensor, ...]]:
    return list(zip(*[tf.split(part, steps) for part in parts], strict=True))


def _multiplier(
    recurrent_kernels: list[Tensor], own_gradients: bool
) -> Callable[..., list[Tensor]]:
    """A function (v, addend of each gate) -> addend + U v of each gate.

    U is transposed outside the loop. Only the gradient refers to the transposes, so that a forward
    pass does not compute them.
    """
    if not own_gradients:
        return _adding_product_by(recurrent_kernels)
    add_product = _adding_product_by([tf.stop_gradient(u) for u in recurrent_kernels])
    transposed = [tf.transpose(u) for u in recurrent_kernels]

    @tf.custom_gradient
    def without_gradient_of_u(v: Tensor, *addends: Tensor) -> Any:
        def gradient(*delta: Tensor) -> list[Tensor]:
            parts = zip(delta, transposed, strict=True)
            return [tf.add_n([tf.matmul(part, u) for part, u in parts]), *delta]

        return add_product(v, *addends), gradient

    return without_gradient_of_u


def _adding_product_by(recurrent_kernels: list[Tensor]) -> Callable[..., list[Tensor]]:
    def add_product(v: Tensor, *addends: Tensor) -> list[Tensor]:
        return [part + tf.matmul(v, u) for part, u in zip(addends, recurrent_kernels, strict=True)]

    return add_product


def _select(mask: Tensor, new: Any, old: Any) -> Any:
    """`zoo.layers.base.state.select` by an operator that selects whole rows."""
    return type(new)(
        *[tf.raw_ops.Select(condition=mask, x=n, y=o) for n, o in zip(new, old, strict=True)]
    )


def _rows(sequences: Tensor) -> Tensor:
    """(steps, batch, features) as (steps x batch, features)."""
    return tf.reshape(sequences, [-1, sequences.shape[-1]])


def _shape(x: Tensor) -> list[Any]:
    """The shape, each size a number where it is known."""
    return [known if known is not None else tf.shape(x)[axis] for axis, known in enumerate(x.shape)]
