"""The page's JavaScript makes the same arrays of raw input as the Python, for a thousand inputs."""

import json
import random
import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

import zoo
from zoo.gallery.site import SOURCE
from zoo.hub.registry import verified
from zoo.recipes import digit_images
from zoo.recipes.action_clips import raw as actions
from zoo.recipes.algorithms import raw
from zoo.recipes.blstm_tagger import english
from zoo.recipes.blstm_tagger.raw import Vocabulary
from zoo.recipes.char_lm import raw as char_lm
from zoo.recipes.clips import kinect
from zoo.recipes.elman_xor import raw as xor
from zoo.recipes.gesture_phase import raw as gestures
from zoo.recipes.handwriting import ink
from zoo.recipes.handwriting.raw import decoder
from zoo.recipes.hopfield_recall import raw as hopfield
from zoo.recipes.ntm_copy import raw as copy
from zoo.recipes.ntm_recall import raw as recall
from zoo.recipes.peephole_counting import raw as counting
from zoo.recipes.translator import raw as translator

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

COUNT = 1000


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Calls a function of a module for many arguments, and then those that all share."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(SOURCE / "js", folder / "js")
    (folder / "package.json").write_text('{"type": "module"}')

    def run(module, name, each, *rest):
        calls = json.dumps({"module": module, "name": name, "each": each, "rest": rest})
        script = [NODE, "tests/gallery/call.mjs", str(folder)]
        done = subprocess.run(script, input=calls, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def predictor(name):
    """What the raw half of a model reads of it."""
    directory, card = verified(name)
    return SimpleNamespace(options=SimpleNamespace(**card.options), assets=card.assets(directory))


def python(function, *arguments):
    """What a function of ours gives, or that it refuses."""
    try:
        return function(*arguments)
    except zoo.UserError:
        return "refused"


def refused(result):
    return "refused" if isinstance(result, dict) and "refused" in result else result


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
    given = list(texts())
    found = call("blstm-tagger", "sentences", [[text] for text in given])
    for text, ours in zip(given, found, strict=True):
        assert ours == english.sentences(text), repr(text)


def test_words_get_the_same_indices(call):
    model = predictor("blstm-tagger-gum")
    vocabulary = Vocabulary.read(model)
    known = json.loads(model.assets["vocabulary.json"])
    given = [sentence for text in texts() for sentence in english.sentences(text) if sentence]
    rest = [known["words"], known["characters"], model.options.longest_word]
    found = call("blstm-tagger", "encode", [[sentence] for sentence in given[:COUNT]], *rest)
    for sentence, ours in zip(given, found, strict=False):
        expected = vocabulary.encode(sentence)
        assert ours["words"] == expected["words"].tolist()
        assert ours["characters"] == expected["characters"].tolist()


def test_texts_become_the_same_subwords_and_are_refused_alike(call):
    model = predictor("translator-multi30k-de-en")
    source, target = (model.assets[name] for name in (translator.SOURCE, translator.TARGET))
    given = list(texts())
    languages = {"from": "de", "to": "en"}
    found = call("translator", "parts", [[text] for text in given], source, target, languages)
    for text, ours in zip(given, found, strict=True):
        expected = python(translator._parts, model, text)
        if expected != "refused":
            expected = [translator.encode(source, part).tolist() for part in expected]
        assert refused(ours) == expected, repr(text)


def test_subwords_spell_the_same_texts(call):
    target = predictor("translator-multi30k-de-en").assets[translator.TARGET]
    chance = random.Random(1)
    given = [chance.choices(range(4, 4000), k=chance.randrange(20)) for _ in range(COUNT)]
    found = call("translator", "spell", [[ids] for ids in given], target)
    for ids, ours in zip(given, found, strict=True):
        assert ours == translator.subwords(target).decode(ids)


def strings(letters):
    chance = random.Random(2)
    return ["".join(chance.choices(letters, k=chance.randrange(30))) for _ in range(COUNT)]


def test_characters_get_the_same_indices(call):
    model = predictor("char-lm-shakespeare")
    vocabulary = json.loads(model.assets["vocabulary.json"])
    given = strings([*vocabulary, *"é"])
    found = call("char-lm", "encode", [[text] for text in given], vocabulary)
    for text, ours in zip(given, found, strict=True):
        agree(ours, python(char_lm.encode, model, text or "\n"))


@pytest.mark.parametrize(
    ("module", "name", "letters", "ours"),
    [
        ("elman-xor", "bits", "0101010101 2\u3000", xor._parse),
        ("peephole-counting", "indices", "aaaaabbbbbcccccx", counting._parse),
    ],
)
def test_symbols_are_read_alike(module, name, letters, ours, call):
    given = strings(letters)
    for text, theirs in zip(given, call(module, name, [[text] for text in given]), strict=True):
        agree(theirs, python(ours, text))


@pytest.mark.parametrize(
    ("module", "bits", "marks", "ours"),
    [("ntm-copy", 8, ",,,,,x 2", copy._parse), ("ntm-recall", 6, ",,|,,|,,?,,,,|", recall._parse)],
)
def test_vectors_are_read_alike(module, bits, marks, ours, call):
    chance = random.Random(2)

    def text(parts):
        each = ("".join(chance.choices("01", k=bits - (chance.random() < 0.02))) for _ in parts)
        return "".join(vector + mark for vector, mark in zip(each, parts, strict=True))

    given = [text(chance.choices(marks, k=chance.randrange(12))) for _ in range(COUNT // 2)]
    whole = {"ntm-copy": ",".join, "ntm-recall": items}[module]
    given += [whole([text(" ") for _ in range(chance.randrange(1, 31))]) for _ in given]
    taken = 0
    for each, theirs in zip(given, call(module, "inputs", [[e] for e in given]), strict=True):
        expected = python(ours, each)
        if expected != "refused":
            read, steps = expected
            expected = {"rows": raw.with_silence(read, steps).tolist(), "read": len(read)}
            taken += 1
        assert refused(theirs) == expected, repr(each)
    assert taken > COUNT // 20


def items(vectors):
    """Vectors in threes, the last of which is asked for."""
    threes = [",".join(vectors[i : i + 3]) for i in range(0, len(vectors), 3)]
    return "|".join(threes[:-1]) + "?" + threes[-1]


def test_drawings_are_read_alike(call):
    chance = random.Random(3)
    sizes = chance.choices([(12, 10)] * 8 + [(11, 10), (12, 9)], k=COUNT)
    given = [
        "\n".join("".join(chance.choices("#." * 200 + "x", k=width)) for _ in range(height))
        for height, width in sizes
    ]
    found = call("hopfield-recall", "pattern", [[text] for text in given])
    for text, ours in zip(given, found, strict=True):
        agree(ours, python(hopfield._parse, text))


def test_images_of_digits_become_the_same_points(call, tmp_path):
    chance = random.Random(4)
    given, expected = [], []
    for _ in range(COUNT):
        image = _drawn(chance)
        image.save(tmp_path / "x.png")
        read = python(digit_images.read, tmp_path / "x.png")
        expected.append(read if isinstance(read, str) else read.ravel())
        given.append([list(image.convert("RGBA").tobytes()), *image.size])
    for ours, theirs in zip(call("images", "points", given), expected, strict=True):
        agree(ours, theirs)


def _drawn(chance):
    """Strokes on paper of any colour and size; one in ten is blank, some are transparent."""
    size = (28, 28) if chance.random() < 0.2 else (chance.randrange(5, 90), chance.randrange(5, 90))
    mode = chance.choice(["RGB", "RGBA", "L"])
    paper, ink = (tuple(chance.choices(range(256), k=len(mode))) for _ in range(2))
    if mode == "L":
        (paper,), (ink,) = paper, ink
    image = Image.new(mode, size, paper)
    for _ in range(0 if chance.random() < 0.1 else 3):
        ends = [(chance.randrange(size[0]), chance.randrange(size[1])) for _ in range(3)]
        ImageDraw.Draw(image).line(ends, fill=ink, width=3)
    return image


def test_strokes_become_the_same_steps(call):
    chance = random.Random(5)
    given = [_strokes(chance) for _ in range(COUNT)]
    found = call("ink", "steps", [[strokes] for strokes in given])
    for strokes, ours in zip(given, found, strict=True):
        arrays = [np.array(stroke).reshape(-1, 2) for stroke in strokes]
        agree(ours, python(ink.steps, arrays))


def _strokes(chance):
    """Up to three strokes to the right, at some of whose points the pen stands still."""
    return [
        [
            [chance.choice([x // 2, x + chance.random()]), chance.randrange(-9, 9)]
            for x in range(chance.randrange(20))
        ]
        for _ in range(chance.randrange(4))
    ]


def test_chances_of_letters_become_the_same_words(call):
    model = predictor("handwriting-unipen")
    words = json.loads(model.assets["words.json"])
    decode = decoder(model, 12, 0.6)
    rng = np.random.default_rng(0)
    given = [
        rng.normal(size=(int(rng.integers(1, 20)), 55)) * rng.uniform(1, 6)
        + 3 * (np.arange(55) == 0)
        for _ in range(COUNT)
    ]
    each = [[logits.tolist()] for logits in given]
    found = call("handwriting", "word", each, words, model.options.alphabet)
    for logits, ours in zip(given, found, strict=True):
        assert ours == decode(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))


def test_joints_become_the_same_features(call, tmp_path):
    rng = np.random.default_rng(1)
    clips = [json.dumps(_clip(rng)) for _ in range(COUNT)]
    for clip, ours in zip(clips, call("joints", "clip", [[clip] for clip in clips]), strict=True):
        (tmp_path / "x.json").write_text(clip)
        agree(ours, python(lambda: actions.features(actions._read(tmp_path / "x.json"))))
    films = [_film(rng) for _ in range(COUNT)]
    for film, ours in zip(films, call("joints", "film", [[film] for film in films]), strict=True):
        (tmp_path / "x.csv").write_text(film)
        agree(ours, python(lambda: gestures.features(kinect.read(tmp_path / "x.csv")[0])))


def _clip(rng):
    """Frames of joints, one in ten not seen."""
    frames = rng.normal(size=(int(rng.integers(1, 12)), 15, 2)).round(3)
    return [[None if rng.random() < 0.1 else each.tolist() for each in frame] for frame in frames]


def _film(rng):
    """A table of joints, one cell in ten empty."""
    rows = rng.normal(size=(int(rng.integers(1, 12)), len(kinect.COLUMNS))).round(3)
    cells = [["" if rng.random() < 0.1 else f"{value}" for value in row] for row in rows]
    return "\n".join(",".join(row) for row in [kinect.COLUMNS, *cells])


def agree(ours, expected):
    """The same numbers, as far as 32 bits tell them apart, or a refusal by both."""
    if isinstance(expected, str):
        assert refused(ours) == expected
    else:
        np.testing.assert_allclose(np.array(ours), expected, rtol=1e-5, atol=1e-5)
