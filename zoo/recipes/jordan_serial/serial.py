"""Plans and the sequences of actions they stand for, after Jordan (1986).

A plan is one unit, on at every step, and stands for a repeated cycle of actions. In most cycles the
same action is followed by different ones, so that the last action does not determine the next.
"""

import numpy as np

ACTIONS = "ABCD"
CYCLES = ("AB", "ABCD", "AAB", "AABB", "AAAB", "ABAC", "ABCB", "ABACAD", "AABAC")
STEPS = {"train": 24, "dev": 24, "test": 240}
"""Actions of a sequence, by split: test is ten times as long as training."""


def plans(steps: int) -> np.ndarray:
    """All plans, on at every step, (plans, steps, plans)."""
    return np.repeat(np.eye(len(CYCLES), dtype="float32")[:, None], steps, axis=1)


def actions(steps: int) -> np.ndarray:
    """The actions of all plans, one unit each, (plans, steps, actions)."""
    rows = [[ACTIONS.index(cycle[t % len(cycle)]) for t in range(steps)] for cycle in CYCLES]
    return np.eye(len(ACTIONS), dtype="float32")[rows]


def states(actions: np.ndarray, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """The output and state units, before each step, of a network with these actions.

    s_t = α s_{t-1} + y_{t-1}, both zero before the first step; each (plans, steps, actions).
    """
    y = np.zeros_like(actions)
    y[:, 1:] = actions[:, :-1]
    s = np.zeros_like(actions)
    for t in range(1, actions.shape[1]):
        s[:, t] = decay * s[:, t - 1] + y[:, t - 1]
    return y, s


def exact(outputs: np.ndarray) -> float:
    """Share of the plans with every output on the correct side of 1/2 at every step."""
    correct = (outputs > 0.5) == (actions(outputs.shape[1]) > 0.5)
    return float(np.mean(correct.all(axis=(1, 2))))
