"""The loop of a cell on TensorFlow whose backward pass computes each step again.

By default TensorFlow stores every intermediate value of a step for the gradient. A neural Turing
machine has many of the size of its memory, and storing them takes longer than computing them. Here
the forward pass stores the carries alone. The backward pass takes the carry before step t, computes
the step again and differentiates it:

    carry_t = step(x_t, carry_{t-1})
    ∂L/∂x_t, ∂L/∂carry_{t-1}, ∂L/∂weights += the gradients of the step, given ∂L/∂carry_t
"""

from typing import Any

import keras
import tensorflow as tf

from zoo.layers.base.cell import Cell, Tensor
from zoo.layers.base.state import select


def takes(cell: Cell) -> bool:
    """Whether this loop runs a cell.

    The backward pass is outside the layer's call, where Keras does not cast weights: the layer must
    compute in the type of its weights.
    """
    layer = cell.layer
    return cell.remat and cell.training and layer.compute_dtype == layer.variable_dtype


def run(
    cell: Cell, sequences: Tensor, carry: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Any]:
    """A `Loop` for a cell whose layer sets `remat`."""
    outputs = len(keras.tree.flatten(carry[0]))

    def advance(t: Tensor, x: Tensor, before: list[Tensor]) -> list[Tensor]:
        packed = keras.tree.pack_sequence_as(carry, before)
        after = cell.advance(x, packed)
        return keras.tree.flatten(after if mask is None else select(mask[t], after, packed))

    @tf.custom_gradient
    def all_steps(x: Tensor, *start: Tensor) -> Any:
        befores, final = _forward(advance, x, start)

        def gradient(*upstream: Tensor, variables: Any = ()) -> Any:
            of_outputs, of_final = upstream[:outputs], upstream[outputs:]
            of_x, of_start, of_variables = _backward(
                advance, x, befores, of_outputs, of_final, list(variables)
            )
            return (of_x, *of_start), of_variables

        # An output is a part of the carry, and the carry after step t is that before step t + 1.
        stacked = [
            tf.concat([before, after[None]], 0)[1:]
            for before, after in zip(befores[:outputs], final[:outputs], strict=True)
        ]
        return (*stacked, *final), gradient

    results = list(all_steps(cell.projected(sequences), *keras.tree.flatten(carry)))
    final = keras.tree.pack_sequence_as(carry, results[outputs:])
    return final, keras.tree.pack_sequence_as(carry[0], results[:outputs])


def _forward(advance: Any, x: Tensor, start: Any) -> tuple[list[Tensor], list[Tensor]]:
    """The carry before each step, (time, ...) of each part, and the one after the last."""
    time = _time(x)
    befores = tuple(_array(part, time, part.shape) for part in start)

    def step(t: Tensor, before: Any, befores: Any) -> tuple[Any, ...]:
        befores = tuple(a.write(t, part) for a, part in zip(befores, before, strict=True))
        return t + 1, tuple(advance(t, x[t], list(before))), befores

    _, final, befores = tf.while_loop(
        lambda t, *_: t < time, step, (0, tuple(start), befores), maximum_iterations=x.shape[0]
    )
    return [array.stack() for array in befores], list(final)


def _backward(
    advance: Any,
    x: Tensor,
    befores: list[Tensor],
    of_outputs: Any,
    of_final: Any,
    variables: list[tf.Variable],
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Gradients of x, of the first carry and of the variables."""
    time = _time(x)

    def step(t: Tensor, of_after: Any, of_variables: Any, of_x: Any) -> tuple[Any, ...]:
        x_t, before = x[t], [part[t] for part in befores]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([x_t, *before, *variables])
            after = advance(t, x_t, before)
        of_after = [
            *(one + at_all[t] for one, at_all in zip(of_after, of_outputs, strict=False)),
            *of_after[len(of_outputs) :],
        ]
        of_x_t, *of_rest = tape.gradient(
            after,
            [x_t, *before, *variables],
            of_after,
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        of_before, here = of_rest[: len(before)], of_rest[len(before) :]
        of_variables = tuple(a + b for a, b in zip(of_variables, here, strict=True))
        return t - 1, tuple(of_before), of_variables, of_x.write(t, of_x_t)

    zeros = tuple(tf.zeros_like(variable) for variable in variables)
    _, of_start, of_variables, of_x = tf.while_loop(
        lambda t, *_: t >= 0,
        step,
        (time - 1, tuple(of_final), zeros, _array(x, time, x.shape[1:])),
        maximum_iterations=x.shape[0],
    )
    return of_x.stack(), list(of_start), list(of_variables)


def _time(x: Tensor) -> Any:
    return tf.shape(x)[0] if x.shape[0] is None else x.shape[0]


def _array(like: Tensor, time: Any, shape: Any) -> tf.TensorArray:
    return tf.TensorArray(like.dtype, size=time, element_shape=shape)
