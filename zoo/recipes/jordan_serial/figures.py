"""The output and state units of a Jordan network while it follows a plan."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt

from zoo.recipes.jordan_serial import serial
from zoo.recipes.recipe import Trained

CYCLE = "ABACAD"
STEPS = 24


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """Output and state units over time for one plan, in which A is followed by B, C and D."""
    plan = serial.plans(STEPS)[[serial.CYCLES.index(CYCLE)]]
    actions = trained.run({"plan": plan})["jordan"]
    y_before, s_before = serial.states(actions, trained.options.decay)
    y, s = actions[0], (trained.options.decay * s_before + y_before)[0]
    _, panels = plt.subplots(2, 1, sharex=True, figsize=(8, 3))
    for panel, units, name in zip(panels, (y, s), ("output", "state"), strict=True):
        panel.imshow(units.T, aspect="auto", cmap="Blues", vmin=0)
        panel.set(ylabel=name, yticks=range(len(serial.ACTIONS)))
        panel.set_yticklabels(serial.ACTIONS)
        panel.grid(visible=False)
    panels[1].set(xlabel="step", xticks=range(STEPS))
    panels[1].set_xticklabels([CYCLE[t % len(CYCLE)] for t in range(STEPS)])
    panels[0].set_title(f"A Jordan network follows the plan {CYCLE}", loc="left")
    plt.savefig(folder / "jordan-serial.png")
