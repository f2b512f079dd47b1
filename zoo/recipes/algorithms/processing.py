"""Vectors of bits as text, and what a network writes once it has read them."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor

CONTROLLERS = ("lstm", "feedforward")
Controller = Literal["best", "lstm", "feedforward"]
LONGEST = 2000
"""Time steps of an input with its output, at most."""


def pipeline(
    name: str,
    predictor: Predictor,
    controller: Controller,
    parse: Callable[[str], tuple[np.ndarray, int]],
    spell: Callable[[np.ndarray], Any],
    best: str = "lstm",
) -> Callable[[Sequence[str]], list[Any]]:
    """Texts to what a machine makes of them.

    Args:
        name: of the recipe.
        controller: of the machine that is asked; "best" is the only one where one was trained.
        parse: a text → what is read, (steps, channels), and how many steps are asked for after it;
            with none the outputs are those of the steps read.
        spell: chances of the output's bits, (steps, bits) → what is returned.
        best: controller of the machine that learns the task best.

    Raises:
        UserError: a controller that the model was not trained with.
    """
    trained = controllers(predictor.options.controller)
    asked: str = controller
    if controller == "best":
        asked = best if best in trained else trained[0]
    if asked not in trained:
        raise UserError(
            f"There is no machine with controller={asked!r} here; this model has "
            f"{', '.join(trained)}."
        )

    def apply(texts: Sequence[str]) -> list[Any]:
        outputs = []
        for text in texts:
            read, steps = parse(text)
            require_short(name, len(read) + steps)
            vectors = with_silence(read, steps)[None]
            chances = predictor.run({"vectors": vectors})[f"ntm_{asked}"][0]
            outputs.append(spell(chances[len(read) :] if steps else chances))
        return outputs

    return apply


def controllers(option: str) -> tuple[str, ...]:
    """Those that a model was trained with, by the option of its training."""
    return CONTROLLERS if option == "both" else (option,)


def networks(option: str) -> tuple[str, ...]:
    """The outputs of a model: its machines, by the option's controllers, and the LSTM beside."""
    return (*(f"ntm_{each}" for each in controllers(option)), "lstm")


def batch(examples: Sequence[tuple[np.ndarray, int]]) -> dict[str, np.ndarray]:
    """The model's input for parsed texts, padded with silence at the end."""
    most = max(len(read) + steps for read, steps in examples)
    return {"vectors": np.stack([with_silence(read, most - len(read)) for read, _ in examples])}


def with_silence(read: np.ndarray, steps: int) -> np.ndarray:
    """What is read, and then zeros for so many steps."""
    return np.concatenate([read, np.zeros((steps, read.shape[1]), "float32")])


def parsed(name: str, text: str, bits: int) -> np.ndarray:
    """Vectors of so many bits with a comma between them: (number, bits).

    Raises:
        UserError: another symbol than 0 and 1, or vectors of another length.
    """
    parts = ["".join(part.split()) for part in text.split(",")]
    takes = (
        f"{name} takes vectors of {bits} bits, such as {'10' * (bits // 2)},{'01' * (bits // 2)}"
    )
    wrong = sorted({symbol for part in parts for symbol in part} - {"0", "1"})
    if wrong:
        raise UserError(f"{takes}; got {wrong[0]!r} in {text!r:.60}.")
    ragged = [part for part in parts if len(part) != bits]
    if ragged:
        raise UserError(f"{takes}; got one of {len(ragged[0])} bits in {text!r:.60}.")
    return np.array([[int(bit) for bit in part] for part in parts], "float32")


def spelled(chances: np.ndarray) -> str:
    """Vectors of bits as text, each bit the likelier one."""
    return ",".join("".join(str(int(bit)) for bit in row) for row in chances > 0.5)


def require_short(name: str, steps: int) -> None:
    if steps > LONGEST:
        raise UserError(
            f"{name} reads and writes at most {LONGEST} vectors together; this input takes {steps}."
        )
