"""Whatever is put in, an output comes out or a `UserError`, and no other exception."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo import recipes
from zoo.hub.card import CARD, CHECKSUM, Card, _checksum
from zoo.hub.registry import MODELS, examples, shipped
from zoo.recipes import pipeline as pipelines
from zoo.recipes.data import pairs, treebank
from zoo.recipes.digit_images import read as read_image
from zoo.recipes.handwriting.files import read as read_ink

pytestmark = pytest.mark.usefixtures("elsewhere")

ODD = [
    "\0",
    "\ud800",
    "\ufeff",
    "\u202e",
    "e\u0301",
    "👩‍👩‍👧",
    "\t",
    "\r\n",
    "",
    "-",
    "0",
    "1e999",
    "NaN",
]
TREEBANK = """# text = It works.
1\tIt\tit\tPRON\tPRP\t_\t2\tnsubj\t_\t_
2\tworks\twork\tVERB\tVBZ\t_\t0\troot\t_\tSpaceAfter=No
3\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

"""
INKML = """<ink xmlns="http://www.w3.org/2003/InkML">
<trace>10 0, 9 14, 8 28, 7 42, 6 56</trace><trace>130 155, 144 159, 158 160</trace></ink>"""


def changed(example):
    """Copies of a text or of bytes, a part of it cut out, doubled, or replaced by something odd."""
    odd = st.sampled_from(ODD) | own(example) if isinstance(example, str) else st.binary(max_size=8)
    place = st.integers(0, len(example))

    def made(first, second, times, instead):
        first, second = min(first, second), max(first, second)
        return example[:first] + instead + example[first:second] * times + example[second:]

    return st.builds(made, place, place, st.sampled_from([0, 0, 1, 2, 9]), odd)


def own(example):
    """Texts of the letters of an example."""
    return st.text(sorted(set(example)), max_size=60)


def tried(what, strategy, number, use, tally):
    """Uses so many drawn inputs and counts what came of each."""

    @settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def one(drawn):
        try:
            use(drawn)
        except zoo.UserError as error:
            tally(f"inputs to {what}", f"refused with {'a sentence' if str(error) else 'nothing'}")
        else:
            tally(f"inputs to {what}", "answered")

    one()


@pytest.mark.parametrize("runtime", ["onnx", "keras"])
@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_pipeline_answers_or_refuses(name, runtime, amount, tally, tmp_path):
    processing = recipes.processing(Card.read(MODELS / name).recipe)
    # A language model writes a few letters here, not pages.
    short = {"length": "5"} if "length" in pipelines.describe_settings(processing) else {}
    predict = (zoo.pipeline if runtime == "keras" else zoo.runtime.pipeline)(name, **short)
    example = Path(processing.EXAMPLES[0])
    if not example.is_file():
        strategy = (
            changed(processing.EXAMPLES[0]) | own(processing.EXAMPLES[0]) | st.text(max_size=60)
        )
        return tried(f"{name} ({runtime})", strategy, amount(8, 300), predict, tally)
    path = tmp_path / f"x{example.suffix}"

    def use(content):
        path.write_bytes(content)
        predict(path)

    strategy = changed(example.read_bytes()) | st.binary(max_size=60)
    tried(f"{name} ({runtime})", strategy, amount(8, 300), use, tally)


@pytest.mark.parametrize(
    ("name", "use", "example"),
    [
        ("x.inkml", read_ink, INKML),
        ("x.conllu", lambda path: treebank.sentences(str(path), "train", None), TREEBANK * 12),
        ("x.tsv", lambda path: pairs.pairs(str(path), "train"), "ein Hund\ta dog\n" * 12),
        ("x.onnx", zoo.runtime.pipeline, (MODELS / "elman-xor" / "model.onnx").read_bytes()[:-76]),
        ("x.png", read_image, Path(recipes.processing("seq-mnist").EXAMPLES[0]).read_bytes()),
    ],
)
def test_a_reader_of_files_reads_or_refuses(name, use, example, amount, tally, tmp_path):
    path = tmp_path / name
    clear = getattr(treebank.sentences, "cache_clear", lambda: None)

    def one(content):
        is_text = isinstance(content, str)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if is_text else content)
        clear()
        use(path)

    tried(f"the reader of {path.suffix}", changed(example), amount(20, 400), one, tally)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def test_a_forged_card_is_loaded_or_refused(small_xor, amount, tally, tmp_path):
    whole = json.loads((small_xor / CARD).read_text())
    (tmp_path / "model.keras").write_bytes((small_xor / "model.keras").read_bytes())
    keys = st.sampled_from(sorted({*whole} - {CHECKSUM}))

    def use(change):
        card = whole | dict(change)
        del card[CHECKSUM]
        try:
            card[CHECKSUM] = _checksum(card)
        except (UnicodeEncodeError, ValueError):
            card[CHECKSUM] = ""
        text = json.dumps(card).encode()
        (tmp_path / CARD).write_bytes(text)
        zoo.load(tmp_path)

    strategy = st.lists(st.tuples(keys, ANYTHING), min_size=1, max_size=3)
    tried("cards", strategy, amount(30, 500), use, tally)


@pytest.mark.parametrize("name", zoo.list_models(pretrained=False))
def test_options_of_a_training_are_taken_or_refused(name, amount, tally):
    recipe = recipes.get(name)
    keys = st.sampled_from(sorted(recipe.describe())) | st.text(max_size=4)
    values = st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(ODD) | ANYTHING
    strategy = st.dictionaries(keys, values, min_size=1, max_size=2)

    def use(overrides):
        recipe.resolve(recipe.parse(overrides))

    tried("options of trainings", strategy, amount(10, 100), use, tally)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_settings_of_a_pipeline_are_taken_or_refused(name, amount, tally):
    known = sorted(pipelines.describe_settings(recipes.processing(Card.read(MODELS / name).recipe)))
    keys = st.sampled_from(known) | st.text(max_size=4) if known else st.text(max_size=4)
    values = st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(ODD)
    strategy = st.dictionaries(keys, values, min_size=1, max_size=2)
    example = examples(name)[0]

    def use(settings):
        # What a setting allows may take long; the longest is written elsewhere.
        if not any(isinstance(v, int) and abs(v) > 1000 for v in settings.values()):
            zoo.runtime.pipeline(name, **settings)(example)

    tried("settings of pipelines", strategy, amount(5, 60), use, tally)


LONG = {
    "blstm-tagger-gum": ("word " * 2000, "x" * 10_000, "." * 10_000),
    "char-lm-shakespeare": ("a " * 2500, "a " * 5000),
    "elman-xor": ("10" * 5000,),
    "hopfield-recall": ("#." * 5000,),
    "jordan-serial": ("1" * 10_000,),
    "peephole-counting": ("a" * 5000 + "b" * 5000,),
    "translator-multi30k-de-en": ("Ein Hund rennt. " * 625, "Hund " * 2000, "x" * 10_000),
    "translator-multi30k-en-de": ("A dog is running. " * 555, "dog " * 2500, "x" * 10_000),
    "translator-multi30k-en-fr": ("A dog is running. " * 555, "dog " * 2500, "x" * 10_000),
}
SECONDS = 20
"""For 10,000 characters. A pipeline that reads them piece by piece takes a quarter of it, one that
does not would take minutes."""


@pytest.mark.parametrize("name", LONG)
def test_ten_thousand_characters_are_answered_or_refused_soon(name, tally):
    length = {"length": "5"} if name.startswith("char-lm") else {}
    predict = zoo.runtime.pipeline(name, **length)
    predict(examples(name)[0])
    for text in LONG[name]:
        began = time.monotonic()
        try:
            predict(text)
            tally("inputs of 10,000 characters", "answered")
        except zoo.UserError:
            tally("inputs of 10,000 characters", "refused with a sentence")
        seconds = time.monotonic() - began
        tally(f"seconds for 10,000 characters of {name}", "together", round(seconds, 1))
        assert seconds < SECONDS
