"""Numbers of plans → the actions of the Jordan network."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.jordan_serial import serial

EXAMPLES = ("1", "8")
LONGEST = 100_000


def pipeline(predictor: Predictor, *, steps: int = 24) -> Callable[[Sequence[str]], list[str]]:
    """Numbers of plans, from 1 → for each the actions as letters, `steps` of them.

    Raises:
        UserError: no such plan, or a number of steps out of range.
    """
    if not 1 <= steps <= LONGEST:
        raise UserError(f"steps={steps} does not fit; it takes 1 to {LONGEST:,}.")

    def apply(texts: Sequence[str]) -> list[str]:
        plans = serial.plans(steps)[[_number(text) for text in texts]]
        actions = np.argmax(predictor.run({"plan": plans})["jordan"], axis=-1)
        return ["".join(serial.ACTIONS[i] for i in row) for row in actions]

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return {"plan": serial.plans(serial.STEPS["train"])[[_number(text) for text in texts]]}


def _number(text: str) -> int:
    cycles = {str(number): cycle for number, cycle in enumerate(serial.CYCLES, 1)}
    if text.strip() not in cycles:
        listed = ", ".join(" ".join(each) for each in cycles.items())
        raise UserError(f"{text!r:.40} is no plan; it takes the number of one: {listed}.")
    return int(text) - 1
