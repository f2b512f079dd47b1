"""Subwords of a language, learned from its texts by SentencePiece."""

import base64
import io
from collections.abc import Sequence

import sentencepiece

from zoo.errors import UserError
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
