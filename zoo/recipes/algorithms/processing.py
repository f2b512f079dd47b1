"""Vectors of bits from text and to text, and the pipeline that the recipes of algorithms share."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor

CONTROLLERS = ("lstm", "feedforward")
Controller = Literal["best", "lstm", "feedforward"]
LONGEST = 2000
"""Most time steps of an input and its output together."""


def pipeline(
    name: str,
    predictor: Predictor,
    controller: Controller,
    parse: Callable[[str], tuple[np.ndarray, int]],
    spell: Callable[[np.ndarray], Any],
    best: str = "lstm",
) -> Callable[[Sequence[str]], list[Any]]:
    """The function from texts to the outputs of one machine.

    Args:
        name: of the recipe.
        controller: of the machine that runs; "best" takes `best`, or the only one trained.
        parse: a text → the input, (steps, channels), and the number of output steps after it; if
            that is 0, the outputs are those of the input's steps.
        spell: probabilities of the output's bits, (steps, bits) → the result.
        best: controller of the machine that learns the task best.

    Raises:
        UserError: a controller that the model was not trained with.
    """
    trained = controllers(predictor.options.controller)
    chosen: str = controller
    if controller == "best":
        chosen = best if best in trained else trained[0]
    if chosen not in trained:
        raise UserError(
            f"There is no machine with controller={chosen!r} here; this model has "
            f"{', '.join(trained)}."
        )

    def apply(texts: Sequence[str]) -> list[Any]:
        outputs = []
        for text in texts:
            inputs, steps = parse(text)
            require_short(name, len(inputs) + steps)
            vectors = padded(inputs, steps)[None]
            probabilities = predictor.run({"vectors": vectors})[f"ntm_{chosen}"][0]
            outputs.append(spell(probabilities[len(inputs) :] if steps else probabilities))
        return outputs

    return apply


def controllers(option: str) -> tuple[str, ...]:
    """The controllers that a model was trained with, by its option `controller`."""
    return CONTROLLERS if option == "both" else (option,)


def networks(option: str) -> tuple[str, ...]:
    """The names of a model's outputs: its machines, by the option `controller`, and the LSTM."""
    return (*(f"ntm_{each}" for each in controllers(option)), "lstm")


def batch(examples: Sequence[tuple[np.ndarray, int]]) -> dict[str, np.ndarray]:
    """The model's input for parsed texts, padded with zeros at the end."""
    longest = max(len(inputs) + steps for inputs, steps in examples)
    return {"vectors": np.stack([padded(inputs, longest - len(inputs)) for inputs, _ in examples])}


def padded(inputs: np.ndarray, steps: int) -> np.ndarray:
    """The inputs, and then zeros for so many steps."""
    return np.concatenate([inputs, np.zeros((steps, inputs.shape[1]), "float32")])


def parsed(name: str, text: str, bits: int) -> np.ndarray:
    """The vectors of a text, each of so many bits and separated by commas: (number, bits).

    Raises:
        UserError: another symbol than 0 and 1, or vectors of another length.
    """
    parts = ["".join(part.split()) for part in text.split(",")]
    accepted = (
        f"{name} takes vectors of {bits} bits, such as {'10' * (bits // 2)},{'01' * (bits // 2)}"
    )
    wrong = sorted({symbol for part in parts for symbol in part} - {"0", "1"})
    if wrong:
        raise UserError(f"{accepted}; got {wrong[0]!r} in {text!r:.60}.")
    ragged = [part for part in parts if len(part) != bits]
    if ragged:
        raise UserError(f"{accepted}; got one of {len(ragged[0])} bits in {text!r:.60}.")
    return np.array([[int(bit) for bit in part] for part in parts], "float32")


def spelled(probabilities: np.ndarray) -> str:
    """Vectors of bits as text, each bit the more probable one."""
    return ",".join("".join(str(int(bit)) for bit in row) for row in probabilities > 0.5)


def require_short(name: str, steps: int) -> None:
    if steps > LONGEST:
        raise UserError(
            f"{name} reads and writes at most {LONGEST} vectors together; this input takes {steps}."
        )
