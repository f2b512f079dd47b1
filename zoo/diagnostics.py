"""How far a network's gradient reaches: the norm of ∂loss/∂h_t against t."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.layers import loop
from zoo.layers.recurrence import recurrent_layers


def gradient_flow(model: keras.Model, batch: tuple[Any, Any]) -> dict[str, np.ndarray]:
    """Norms of the loss's gradient with respect to each layer's output at every time step.

    A gradient that shrinks towards the first steps vanishes, one that grows explodes: in a
    vanilla network as the largest singular value of U, times the slope of φ, is below 1 or above.

    Args:
        model: compiled; its recurrent layers are looked at wherever they are in it.
        batch: (inputs, targets), as `model.fit` takes them.

    Returns:
        Name of layer -> (time,), the root of the mean over the batch of ‖∂loss/∂h_t‖², in the
        order in which the layer reads.

    Raises:
        ValueError: a model that is not compiled or has no recurrent layer of the zoo.

    Source: Y. Bengio, P. Simard, P. Frasconi, Learning long-term dependencies with gradient
    descent is difficult, IEEE Transactions on Neural Networks 5, 1994.
    """
    if not model.compiled:
        raise ValueError(f"gradient_flow got '{model.name}', which has no loss; compile it first.")
    if not recurrent_layers(model):
        raise ValueError(
            f"gradient_flow got '{model.name}' without recurrent layers of the zoo; rebuild a "
            "stock Keras model with zoo.layers.from_keras."
        )
    inputs, targets = batch
    watched: dict[str, list[Any]] = {}
    with tf.GradientTape() as tape, loop.using(_watching(tape, watched)):
        loss = model.compute_loss(inputs, targets, model(inputs, training=False))
    gradients = tape.gradient(loss, watched, unconnected_gradients="zero")
    return {name: _norms(parts) for name, parts in gradients.items()}


def plot(norms: dict[str, np.ndarray], path: str | Path | None = None) -> Any:
    """Draws norms by name against the time step, on a logarithmic scale.

    Args:
        norms: as `gradient_flow` returns them; several models' may be put together.
        path: a file to write the picture to.

    Returns:
        The matplotlib axes.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    for name, values in norms.items():
        axes.plot(np.arange(1, len(values) + 1), values, label=name)
    axes.set(yscale="log", xlabel="time step t", ylabel="‖∂loss/∂h_t‖")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    if path is not None:
        figure.savefig(path, bbox_inches="tight")
    return axes


def _watching(tape: Any, watched: dict[str, list[Any]]) -> Any:
    """A form of the loop, written out step by step, that keeps each output under watch."""

    def run(cell, sequences, state, counts, kept, collect=True):
        outputs = watched.setdefault(cell.layer.name, [])
        for t in range(sequences.shape[0]):
            u = loop.recurrent_projection(cell, loop.fed(cell, state, kept))
            x = loop.projection(cell, sequences[t])
            new = cell.step(loop.preactivations(cell, x, u), state)
            state = new if counts is None else loop.select(counts[t], new, state)
            tape.watch(state[0])
            outputs.append(state[0])
        return state, tf.stack(outputs)

    return run


def _norms(gradients: list[Any]) -> np.ndarray:
    """∂loss/∂h_t, (batch, units) for each t, to (time,)."""
    squares = [np.sum(np.asarray(gradient) ** 2, axis=-1) for gradient in gradients]
    return np.sqrt(np.mean(squares, axis=-1))
