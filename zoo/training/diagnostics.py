"""Gradient flow through time: the norm of ∂loss/∂h_t for each time step t."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.layers.base import scan
from zoo.layers.base.cell import Cell, Loop
from zoo.layers.base.core import recurrent_layers
from zoo.layers.base.state import flatten, select


def gradient_flow(model: keras.Model, batch: tuple[Any, Any]) -> dict[str, np.ndarray]:
    """Norms of the loss's gradient with respect to each layer's output at every time step.

    A gradient that shrinks towards the first steps vanishes, one that grows explodes. In an Elman
    network it vanishes where the largest singular value of U times the slope of φ is below 1.

    Args:
        model: compiled; all its recurrent layers are measured, nested ones included.
        batch: (inputs, targets), as `model.fit` takes them.

    Returns:
        Name of layer -> (time,), the root of the mean over the batch of ‖∂loss/∂h_t‖². A layer
        that reads backwards has its last time step first.

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
    with tf.GradientTape() as tape, scan.using(_watching(tape, watched)):
        loss = model.compute_loss(inputs, targets, model(inputs, training=False))
    gradients = tape.gradient(loss, watched, unconnected_gradients="zero")
    return {name: _norms(parts) for name, parts in gradients.items()}


def plot(norms: dict[str, np.ndarray], path: str | Path | None = None) -> Any:
    """Draws norms by name against the time step, on a logarithmic scale.

    Args:
        norms: as `gradient_flow` returns them; those of several models may be merged.
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


def _watching(tape: Any, watched: dict[str, list[Any]]) -> Loop:
    """A form of the loop, written out step by step, that keeps each output under watch."""

    def run(
        cell: Cell, sequences: Any, carry: Any, mask: Any, collect: bool = True
    ) -> tuple[Any, Any]:
        outputs = watched.setdefault(cell.layer.name, [])
        projected = cell.projected(sequences)
        for t in range(sequences.shape[0]):
            after = cell.advance(projected[t], carry)
            carry = after if mask is None else select(mask[t], after, carry)
            tape.watch(flatten(carry[0]))
            outputs.append(carry[0])
        return carry, keras.tree.map_structure(lambda *steps: tf.stack(steps), *outputs)

    return run


def _norms(gradients: list[Any]) -> np.ndarray:
    """∂loss/∂h_t, a nest of (batch, ...) for each t, to (time,)."""
    squares = [
        sum(
            np.sum(np.square(part), axis=tuple(range(1, part.ndim)))
            for part in map(np.asarray, flatten(step))
        )
        for step in gradients
    ]
    return np.sqrt(np.mean(squares, axis=-1))
