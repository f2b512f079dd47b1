"""Plans and the sequences of actions they stand for, after Jordan (1986).

A plan is one unit that stays on while its cycle of actions is done over and over. In most of the
cycles the same action is followed by different ones, so that it does not tell what comes next.
"""

import numpy as np

ACTIONS = "ABCD"
CYCLES = ("AB", "ABCD", "AAB", "AABB", "AAAB", "ABAC", "ABCB", "ABACAD", "AABAC")
STEPS = {"train": 24, "dev": 24, "test": 240}
"""Actions of a sequence, by split: the test goes on ten times as long as training did."""


def plans(steps: int) -> np.ndarray:
    """All plans, on at every step, (plans, steps, plans)."""
    return np.repeat(np.eye(len(CYCLES), dtype="float32")[:, None], steps, axis=1)


def actions(steps: int) -> np.ndarray:
    """The actions of all plans, one unit each, (plans, steps, actions)."""
    rows = [[ACTIONS.index(cycle[t % len(cycle)]) for t in range(steps)] for cycle in CYCLES]
    return np.eye(len(ACTIONS), dtype="float32")[rows]


def states(done: np.ndarray, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """The output and the state units before each step of a network that does these actions.

    s_t = α s_{t-1} + y_{t-1}, both zero before the first step; each (plans, steps, actions).
    """
    y = np.zeros_like(done)
    y[:, 1:] = done[:, :-1]
    s = np.zeros_like(done)
    for t in range(1, done.shape[1]):
        s[:, t] = decay * s[:, t - 1] + y[:, t - 1]
    return y, s


def exact(said: np.ndarray) -> float:
    """Share of the plans of whose sequence every unit is on its side of 1/2 at every step."""
    right = (said > 0.5) == (actions(said.shape[1]) > 0.5)
    return float(np.mean(right.all(axis=(1, 2))))
