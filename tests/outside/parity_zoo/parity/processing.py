"""Strings of 0 and 1 → for each bit whether the ones up to it are odd in number, 1, or even, 0."""

import numpy as np

from zoo.errors import UserError

EXAMPLES = ("1101", "0110")


def pipeline(predictor, *, threshold: float = 0.5):
    def apply(texts):
        return [tell(predictor, text, threshold) for text in texts]

    return apply


def batch(predictor, texts):
    shortest = min(map(len, texts))
    return {"bits": np.stack([bits(text)[:shortest] for text in texts])}


def tell(predictor, text, threshold):
    odd = predictor.run({"bits": bits(text)[None]})["odd"][0, :, 0]
    return "".join("1" if each > threshold else "0" for each in odd)


def bits(text):
    if not text or set(text) - {"0", "1"}:
        raise UserError(f"parity takes a string of 0 and 1, such as 1101; got {text!r:.60}.")
    return np.array([[float(bit)] for bit in text], "float32")
