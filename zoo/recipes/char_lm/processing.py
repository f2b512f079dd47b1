"""The beginning of a text → the text with the model's continuation."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.options import Seed

VOCABULARY = "vocabulary.json"
EXAMPLES = ("ROMEO:\nBut, soft! what light through yonder window breaks?",)

LONGEST = 5_000
"""Most characters of a beginning, which the network reads in some seconds."""


def pipeline(
    predictor: Predictor,
    *,
    length: int = 400,
    temperature: float = 1.0,
    top_k: int = 0,
    seed: Seed = 0,
) -> Callable[[Sequence[str]], list[str]]:
    """Texts → each with `length` more characters; the arguments are those of `stream`."""
    settings: dict[str, Any] = {"length": length, "temperature": temperature}
    settings |= {"top_k": top_k, "seed": seed}

    def apply(texts: Sequence[str]) -> list[str]:
        return ["".join(stream(predictor, text, **settings)) for text in texts]

    return apply


def stream(
    predictor: Predictor,
    text: str,
    *,
    length: int = 400,
    temperature: float = 1.0,
    top_k: int = 0,
    seed: Seed = 0,
) -> Iterator[str]:
    """The text, and then one character after the other.

    Args:
        length: characters to make.
        temperature: what the logits are divided by; 0 takes the likeliest character always.
        top_k: sample from so many of the likeliest characters; 0 from all.
        seed: of the samples.

    Raises:
        UserError: a character that the model does not know, a text that is too long, or a setting
            out of range.
    """
    if len(text) > LONGEST:
        raise UserError(
            f"The text has {len(text):,} characters; it takes {LONGEST:,} at most. Give its end."
        )
    for name, value in {"length": length, "temperature": temperature, "top_k": top_k}.items():
        if not value >= 0:
            raise UserError(f"{name}={value} does not fit; it takes 0 or more.")
    characters = json.loads(predictor.asset(VOCABULARY))
    # An empty text begins on a new line.
    latest = encode(predictor, text or "\n")
    rng = np.random.default_rng(seed)
    run = predictor.stream()
    yield text
    for _ in range(length):
        logits = run({"characters": latest[None]})["logits"][0, -1].astype("float64")
        latest = np.array([_sample(logits, temperature, top_k, rng)], "int32")
        yield characters[latest[0]]


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """The characters of each text, cut to the length of the shortest."""
    encoded = [encode(predictor, text) for text in texts]
    return {"characters": np.stack([row[: min(map(len, encoded))] for row in encoded])}


def encode(predictor: Predictor, text: str) -> np.ndarray:
    """The indices of a text's characters.

    Raises:
        UserError: characters that the model does not know, by name.
    """
    index = {character: i for i, character in enumerate(json.loads(predictor.asset(VOCABULARY)))}
    unknown = sorted(set(text) - set(index))
    if unknown:
        raise UserError(
            f"The model does not know {', '.join(map(repr, unknown[:5]))}; it knows "
            f"{''.join(sorted(set(index) - {chr(10)}))!r} and the newline."
        )
    return np.array([index[character] for character in text], "int32")


def _sample(logits: np.ndarray, temperature: float, top_k: int, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(logits))
    if top_k:
        logits = np.where(logits >= np.sort(logits)[-min(top_k, len(logits))], logits, -np.inf)
    weights = np.exp((logits - logits.max()) / temperature)
    return int(rng.choice(len(logits), p=weights / weights.sum()))
