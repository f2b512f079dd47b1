"""Subwords of a language, learned by SentencePiece, and samples among segmentations of a text."""

import base64
import io
import zlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import sentencepiece

from zoo.errors import UserError
from zoo.inference.padding import padded
from zoo.inference.vocabulary import BEGIN, END, PADDING, UNKNOWN
from zoo.recipes.translator import processing

POWER = 0.2
"""Power of the probability in sampling; below 1, less likely segmentations are more frequent."""


def trained(texts: Sequence[str], number: int) -> str:
    """A SentencePiece model of so many subwords, fewer where the texts have no more, as an asset.

    Raises:
        UserError: more characters than subwords.
    """
    try:
        return _trained(texts, number, hard_vocab_limit=True)
    except RuntimeError:
        try:
            return _trained(texts, number, hard_vocab_limit=False)
        except RuntimeError as error:
            raise UserError(
                f"SentencePiece makes no {number} subwords of these {len(texts)} texts: {error}"
            ) from None


class Segmentations:
    """The likeliest segmentations of each of some texts into subwords, to sample from.

    The probability of a segmentation x is proportional to p(x)^POWER, where p(x) is the product of
    the probabilities of its subwords. NumPy samples, since SentencePiece's samples differ from
    process to process.

    Source: T. Kudo, Subword regularization: improving neural network translation models with
    multiple subword candidates, ACL 2018, section 3.2.
    """

    def __init__(self, asset: str, texts: Sequence[str], number: int):
        """Takes so many segmentations of a text at most; 1 is the likeliest alone."""
        self.asset = asset
        self.texts = texts
        self.number = number

    def sampled(self, seed: Sequence[int]) -> list[np.ndarray]:
        """One segmentation of each text, as the indices of its subwords, and then END."""
        rng = np.random.default_rng(seed)
        samples = (rows[rng.choice(len(rows), p=p)] for rows, p in self._candidates)
        return [row[row != PADDING] for row in samples]

    def likeliest(self) -> list[np.ndarray]:
        """The likeliest segmentation of each text, likewise."""
        return [processing.encode(self.asset, text) for text in self.texts]

    @cached_property
    def _candidates(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The segmentations of each text, a row each, and their probabilities."""
        subwords = processing.subwords(self.asset)
        scores = np.array([subwords.get_score(i) for i in range(subwords.get_piece_size())])
        candidates = []
        for text in self.texts:
            rows = subwords.nbest_encode(text, nbest_size=self.number, out_type=int)
            log_probs = np.array([scores[row].sum() for row in rows])
            powers = np.exp(POWER * (log_probs - log_probs.max()))
            ended = [{"row": np.array([*row, END], "int32")} for row in rows]
            candidates.append((padded(ended)["row"], powers / powers.sum()))
        return candidates


def _trained(texts: Sequence[str], number: int, *, hard_vocab_limit: bool) -> str:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=number,
        hard_vocab_limit=hard_vocab_limit,
        character_coverage=1.0,
        pad_id=PADDING,
        unk_id=UNKNOWN,
        bos_id=BEGIN,
        eos_id=END,
        minloglevel=2,
        num_threads=1,
    )
    return base64.b64encode(zlib.compress(model.getvalue(), 9)).decode()
