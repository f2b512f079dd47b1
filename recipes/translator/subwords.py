"""Subwords of a language, learned from its texts by SentencePiece, and drawn by chance."""

import base64
import io
from collections.abc import Callable, Sequence

import numpy as np
import sentencepiece

from zoo.errors import UserError
from zoo.recipes.translator import raw
from zoo.running.symbols import BEGIN, END, PADDING, UNKNOWN


def trained(texts: Sequence[str], number: int) -> str:
    """A SentencePiece model of so many subwords, fewer where the texts have no more, in base64.

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


def sampler(power: float, seed: int) -> Callable[[str, str], np.ndarray]:
    """`raw.encode` that cuts a text into other subwords each time.

    Args:
        power: to which the chances of the ways to cut a text are raised: 0.2 varies most sentences
            of a dozen words, 1 few.
        seed: of all that is drawn from here on; texts in the same order are cut the same way.

    Source: T. Kudo, Subword regularization, ACL 2018, section 3.2, with all ways to cut a text.
    """
    sentencepiece.set_random_generator_seed(seed)

    def encode(asset: str, text: str) -> np.ndarray:
        drawn = raw.subwords(asset).encode(text, enable_sampling=True, nbest_size=-1, alpha=power)
        return np.array([*drawn, END], "int32")

    return encode


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
    return base64.b64encode(written.getvalue()).decode()
