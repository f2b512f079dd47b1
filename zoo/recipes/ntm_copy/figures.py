"""The read and write weights of the machines while they copy a sequence, and their memory."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.layers import NTM
from zoo.recipes.ntm_copy.task import TASK
from zoo.recipes.recipe import Trained

LENGTH = 20


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """One row a machine: input, output, write and read weights, and the memory after the input."""
    example = TASK.example(np.random.default_rng(1), length=LENGTH)
    outputs = trained.run({"vectors": example.inputs[None]})
    machines = [layer for layer in trained.model.layers if isinstance(layer, NTM)]
    _, axes = plt.subplots(len(machines), 5, figsize=(12, 2.6 * len(machines)), squeeze=False)
    for row, layer in zip(axes, machines, strict=True):
        steps = traced(layer, example.inputs)
        used = np.flatnonzero(np.max(steps["write_weights"], 0) > 0.1)
        rows = slice(max(0, used[0] - 2), used[-1] + 3)
        probabilities = outputs[layer.name.removesuffix("_machine")][0]
        panels = {
            "read": example.inputs.T,
            "written": (probabilities * example.weights[:, None]).T,
            "write weights": steps["write_weights"].T[rows],
            "read weights": steps["read_weights"].T[rows],
            "memory after the input": steps["memory"][LENGTH][rows],
        }
        for panel, (title, picture) in zip(row, panels.items(), strict=True):
            panel.imshow(picture, aspect="auto", cmap="viridis", interpolation="nearest")
            panel.set(xticks=[], yticks=[])
            panel.grid(visible=False)
            panel.set_title(title, loc="left", fontsize=9)
        row[0].set_ylabel(layer.controller)
        row[2].set_ylabel("rows of the memory", fontsize=8)
    for panel in axes[-1][:4]:
        panel.set_xlabel("time step", fontsize=8)
    axes[-1][4].set_xlabel("columns", fontsize=8)
    plt.savefig(folder / "ntm-copy.png")


def traced(layer: NTM, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """The weights of the first heads and the memory after every step of one sequence.

    Returns:
        "read_weights" and "write_weights" (time, rows), "memory" (time, rows, columns).
    """
    machine = NTM.from_config({**layer.get_config(), "return_state": True})
    machine.build((None, None, inputs.shape[-1]))
    machine.set_weights(layer.get_weights())
    trace: dict[str, list[np.ndarray]] = {"memory": [], "read_weights": [], "write_weights": []}
    state = None
    for x in inputs:
        _, *state = machine(x[None, None], initial_state=state)
        trace["memory"].append(np.asarray(state[0])[0].T)
        trace["read_weights"].append(np.asarray(state[1])[0, 0])
        trace["write_weights"].append(np.asarray(state[2])[0, 0])
    return {name: np.stack(arrays) for name, arrays in trace.items()}
