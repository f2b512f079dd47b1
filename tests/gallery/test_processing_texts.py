"""The page's JavaScript makes the same arrays of a thousand texts as the Python."""

import json
import random

import pytest

from tests.gallery.compare import COUNT, agree, needs_node, predictor, python, refused
from zoo.recipes.algorithms import processing
from zoo.recipes.blstm_tagger import english
from zoo.recipes.blstm_tagger.processing import Vocabulary
from zoo.recipes.char_lm import processing as char_lm
from zoo.recipes.elman_xor import processing as xor
from zoo.recipes.ntm_copy import processing as copy
from zoo.recipes.ntm_ngrams import processing as ngrams
from zoo.recipes.ntm_recall import processing as recall
from zoo.recipes.ntm_repeat_copy import processing as repeat
from zoo.recipes.ntm_sort import processing as sort
from zoo.recipes.peephole_counting import processing as counting
from zoo.recipes.translator import processing as translator

pytestmark = needs_node

WORDS = """
a The I He it's don't can't cannot gonna 'tis wanna D'ye they'll we've Mr. Mrs. Dr. etc. e.g. i.e.
U.S. Jan. 5 No. 7a 12 3.14 1,000 10:30 25% $5 #1 @you http://a.b/c mail@x.org well-known
state-of-the-art rock'n'roll O'Brien naïve Zoë Übung Straße größer ist. Der Hund, und (aber) [nicht]
{so} "ja" 'nein' “Oh!” ‘well’ «si» „gut“ ... … -- — - _ under_score ; : !? ?! ! ? . , camelCase
iPhone X. IV. XXI Sept. 2nd A.B. end.Start one.two 一二 三 日本 ½ ² ① ǅ ß İstanbul Σας ** <b> & / ^
` \'\' " ( ) No (see above). However, What
"""
ODD = ["e\u0301", "\u00a0", "\u200b", "\u2028", "\t", "\n", "\x85", "\ufeff", "\ud800"]


def texts():
    """Texts of words, marks and letters that trip tokenizers, and of any letters there are."""
    chance = random.Random(0)
    anything = [chr(c) for c in range(0x110000) if _is_known(chr(c))]
    for number in range(COUNT):
        if number % 4 == 3:
            yield "".join(chance.choices(anything, k=chance.randrange(40)))
        else:
            gaps = chance.choices([" ", " ", " ", "", "  "], k=60)
            words = chance.choices([*WORDS.split(), *ODD], k=chance.randrange(1, 30))
            yield "".join(word + gap for word, gap in zip(words, gaps, strict=False))


def _is_known(character):
    """Whether every version of Unicode at hand has the character."""
    import unicodedata

    return unicodedata.category(character) not in ("Cn", "Co")


def test_english_text_is_cut_into_the_same_sentences_and_words(call):
    inputs = list(texts())
    outputs = call("blstm-tagger", "sentences", [[text] for text in inputs])
    for text, ours in zip(inputs, outputs, strict=True):
        assert ours == english.sentences(text), repr(text)


def test_words_get_the_same_indices(call):
    model = predictor("blstm-tagger-gum")
    vocabulary = Vocabulary.read(model)
    known = json.loads(model.assets["vocabulary.json"])
    inputs = [sentence for text in texts() for sentence in english.sentences(text) if sentence]
    rest = [known["words"], known["characters"], model.options.longest_word]
    outputs = call("blstm-tagger", "encode", [[sentence] for sentence in inputs[:COUNT]], *rest)
    for sentence, ours in zip(inputs, outputs, strict=False):
        expected = vocabulary.encode(sentence)
        assert ours["words"] == expected["words"].tolist()
        assert ours["characters"] == expected["characters"].tolist()


def test_texts_become_the_same_subwords_and_are_refused_alike(call):
    model = predictor("translator-multi30k-de-en")
    source, target = (model.assets[name] for name in (translator.SOURCE, translator.TARGET))
    inputs = list(texts())
    languages = {"from": "de", "to": "en"}
    outputs = call("translator", "parts", [[text] for text in inputs], source, target, languages)
    for text, ours in zip(inputs, outputs, strict=True):
        expected = python(translator._parts, model, text)
        if expected != "refused":
            expected = [translator.encode(source, part).tolist() for part in expected]
        assert refused(ours) == expected, repr(text)


def test_subwords_spell_the_same_texts(call):
    target = predictor("translator-multi30k-de-en").assets[translator.TARGET]
    chance = random.Random(1)
    known = range(4, translator.subwords(target).get_piece_size())
    inputs = [chance.choices(known, k=chance.randrange(20)) for _ in range(COUNT)]
    outputs = call("translator", "spell", [[ids] for ids in inputs], target)
    for ids, ours in zip(inputs, outputs, strict=True):
        assert ours == translator.subwords(target).decode(ids)


def strings(letters):
    chance = random.Random(2)
    return ["".join(chance.choices(letters, k=chance.randrange(30))) for _ in range(COUNT)]


def test_characters_get_the_same_indices(call):
    model = predictor("char-lm-shakespeare")
    vocabulary = json.loads(model.assets["vocabulary.json"])
    inputs = strings([*vocabulary, *"é"])
    outputs = call("char-lm", "encode", [[text] for text in inputs], vocabulary)
    for text, ours in zip(inputs, outputs, strict=True):
        agree(ours, python(char_lm.encode, model, text or "\n"))


@pytest.mark.parametrize(
    ("module", "name", "letters", "ours"),
    [
        ("elman-xor", "bits", "0101010101 2\u3000", xor._parse),
        ("peephole-counting", "indices", "aaaaabbbbbcccccx", counting._parse),
    ],
)
def test_symbols_are_read_alike(module, name, letters, ours, call):
    inputs = strings(letters)
    for text, theirs in zip(inputs, call(module, name, [[text] for text in inputs]), strict=True):
        agree(theirs, python(ours, text))


def test_bits_of_a_source_are_read_alike(call):
    inputs = ["", *strings("0101010101 2\u3000")]
    for text, theirs in zip(
        inputs, call("ntm-ngrams", "inputs", [[t] for t in inputs]), strict=True
    ):
        expected = python(ngrams._parse, text)
        if expected != "refused":
            expected = {"rows": expected[0].tolist(), "read": 0}
        assert refused(theirs) == expected, repr(text)


@pytest.mark.parametrize(
    ("module", "bits", "marks", "ours"),
    [
        ("ntm-copy", 8, ",,,,,x 2", copy._parse),
        ("ntm-repeat-copy", 8, ",,,,,,* ", repeat._parse),
        ("ntm-recall", 6, ",,|,,|,,?,,,,|", recall._parse),
        ("ntm-sort", 8, ",,,,,:. ", sort._parse),
    ],
)
def test_vectors_are_read_alike(module, bits, marks, ours, call):
    chance = random.Random(2)

    def text(parts):
        each = ("".join(chance.choices("01", k=bits - (chance.random() < 0.02))) for _ in parts)
        return "".join(vector + mark for vector, mark in zip(each, parts, strict=True))

    inputs = [text(chance.choices(marks, k=chance.randrange(12))) for _ in range(COUNT // 2)]
    whole = {
        "ntm-copy": ",".join,
        "ntm-repeat-copy": repeated,
        "ntm-recall": items,
        "ntm-sort": with_priorities,
    }[module]
    inputs += [whole([text(" ") for _ in range(chance.randrange(1, 31))]) for _ in inputs]
    taken = 0
    for each, theirs in zip(inputs, call(module, "inputs", [[e] for e in inputs]), strict=True):
        expected = python(ours, each)
        if expected != "refused":
            read, steps = expected
            expected = {"rows": processing.padded(read, steps).tolist(), "read": len(read)}
            taken += 1
        assert refused(theirs) == expected, repr(each)
    assert taken > COUNT // 20


def repeated(vectors):
    """Vectors and a number that varies with them."""
    return ",".join(vectors) + "*" + ["3", "0", " 12 ", "1 2", "x", "60"][len(vectors) % 6]


def items(vectors):
    """Vectors in threes, the last of which is asked for."""
    threes = [",".join(vectors[i : i + 3]) for i in range(0, len(vectors), 3)]
    return "|".join(threes[:-1]) + "?" + threes[-1]


def with_priorities(vectors):
    """Vectors, each with a number that varies with how many there are."""
    numbers = ["0.3", "-.5", " +1. ", "-0", "0.123456789", "1.5", "1e-1", "nan", "- 1", "", "0.5:1"]
    some = numbers if len(vectors) % 5 == 0 else numbers[:5]
    return ",".join(f"{vector}:{some[i % len(some)]}" for i, vector in enumerate(vectors))
