"""Subwords of a language, learned from its texts by SentencePiece, and draws among ways to cut."""

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
"""To which the chance of a way to cut a text is raised: below 1, those less likely come oftener."""


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


class Cuts:
    """The likeliest ways to cut each of some texts into subwords, to draw among.

    The chance of a way x is p(x)^POWER, made to sum to 1, where p(x) is the product of the chances
    of its subwords. The draws are NumPy's: SentencePiece's own differ from process to process.

    Source: T. Kudo, Subword regularization: improving neural network translation models with
    multiple subword candidates, ACL 2018, section 3.2.
    """

    def __init__(self, asset: str, texts: Sequence[str], number: int):
        """Takes so many ways to cut a text at most; 1 is the likeliest alone."""
        self.asset = asset
        self.texts = texts
        self.number = number

    def drawn(self, seed: Sequence[int]) -> list[np.ndarray]:
        """One way to cut each text, as the indices of its subwords, and then the end."""
        chance = np.random.default_rng(seed)
        drawn = (ways[chance.choice(len(ways), p=chances)] for ways, chances in self._ways)
        return [way[way != PADDING] for way in drawn]

    def likeliest(self) -> list[np.ndarray]:
        """The likeliest way to cut each text, likewise."""
        return [processing.encode(self.asset, text) for text in self.texts]

    @cached_property
    def _ways(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The ways to cut each text, a row each, and their chances."""
        known = processing.subwords(self.asset)
        scores = np.array([known.get_score(i) for i in range(known.get_piece_size())])
        found = []
        for text in self.texts:
            ways = known.nbest_encode(text, nbest_size=self.number, out_type=int)
            logs = np.array([scores[way].sum() for way in ways])
            powers = np.exp(POWER * (logs - logs.max()))
            ended = [{"way": np.array([*way, END], "int32")} for way in ways]
            found.append((padded(ended)["way"], powers / powers.sum()))
        return found


def _trained(texts: Sequence[str], number: int, *, hard_vocab_limit: bool) -> str:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=written,
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
    return base64.b64encode(zlib.compress(written.getvalue(), 9)).decode()
