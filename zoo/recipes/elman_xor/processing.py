"""Strings of 0 and 1 → for each bit the probability that the next one is 1."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor

EXAMPLES = ("101000011110101", "000011101110000")


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[list[tuple[str, float]]]]:
    """Strings of 0 and 1 → for each the list of (bit, probability that the next one is 1)."""

    def apply(texts: Sequence[str]) -> list[list[tuple[str, float]]]:
        outputs: list[list[tuple[str, float]]] = []
        for text in texts:
            bits = _parse(text)
            if not len(bits):
                # Not every runtime takes a sequence of no steps.
                outputs.append([])
                continue
            probabilities = predictor.run({"bits": inputs(bits[None])})["next_bit"][0, :, 0]
            outputs.append(
                [(str(bit), float(p)) for bit, p in zip(bits, probabilities, strict=True)]
            )
        return outputs

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return {"bits": inputs(np.stack([_parse(text) for text in texts]))}


def inputs(bits: np.ndarray) -> np.ndarray:
    """The model's input for bits (batch, time): (batch, time, 1)."""
    return bits[..., None].astype("float32")


def _parse(text: str) -> np.ndarray:
    bits = "".join(text.split())
    wrong = sorted(set(bits) - {"0", "1"})
    if wrong:
        raise UserError(
            "elman-xor takes a string of 0 and 1, such as 101000011; "
            f"got {wrong[0]!r} in {text!r:.60}."
        )
    return np.array([int(bit) for bit in bits])
