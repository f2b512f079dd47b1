"""The translator: its figures on Multi30k, its raw input, its own data, its exports."""

import dataclasses
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import zoo
from zoo import recipes
from zoo.api import runtime
from zoo.errors import UserError
from zoo.hub.model_directory import load
from zoo.hub.registry import examples, verified
from zoo.inference.vocabulary import END
from zoo.recipes.data import pairs as own_pairs
from zoo.recipes.translator import processing, subwords

NAME = "translator-multi30k-de-en"
TINY = {"subwords": 100, "features": 32, "encoder_units": 32, "units": 64}
TINY |= {"epochs": 10, "steps_per_batch": 80, "learning_rate": 0.01, "subword_candidates": 1}
TINY |= {"label_smoothing": 0, "dropout": 0, "recurrent_dropout": 0, "word_dropout": 0}

WORDS = {"hund": "dog", "mann": "man", "frau": "woman", "kind": "child", "haus": "house"}
VERBS = {"sieht": "sees", "hat": "has", "mag": "likes", "sucht": "seeks"}


def pairs():
    """All sentences of a small language, five times, in an order that mixes them."""
    sentences = [
        (f"Ein {a} {v} ein {b} .", f"A {WORDS[a]} {VERBS[v]} a {WORDS[b]} .")
        for a in WORDS
        for v in VERBS
        for b in WORDS
    ]
    return [sentences[i] for i in np.random.default_rng(0).permutation(len(sentences))] * 5


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A translator of a small language, from a file of pairs, and that file."""
    from zoo.api.train import train

    folder = tmp_path_factory.mktemp("translator")
    file = folder / "pairs.tsv"
    file.write_text("".join(f"{de}\t{en}\n" for de, en in pairs()), encoding="utf-8")
    card = train("translator", folder / "tiny", TINY | {"pairs": str(file)})
    return folder / "tiny", file, card


def test_it_learns_a_small_language_from_a_file_of_pairs(tiny):
    directory, _, card = tiny
    assert card.metrics["test"]["bleu"] > 60
    assert "tok:13a" in card.metrics["test"]["signature"]
    translate = zoo.pipeline(directory)
    assert translate("Ein hund sieht ein haus .") == "A dog sees a house ."
    assert translate(["", "Ein mann hat ein kind ."]) == ["", "A man has a child ."]


@pytest.mark.parametrize("lacking", [processing.SOURCE, processing.TARGET])
def test_one_that_was_made_without_its_subwords_says_what_it_lacks(tiny, lacking):
    _, ready = load(tiny[0])
    others = {name: text for name, text in ready.assets.items() if name != lacking}
    other = dataclasses.replace(ready, assets=others)
    message = f"lacks its asset '{lacking}' and has {next(iter(others))}"
    with pytest.raises(UserError, match=message):
        processing.pipeline(other)(["Ein hund sieht ein haus ."])


def test_it_shows_sentences_of_its_own(tiny):
    directory, file, _ = tiny
    shown = examples(directory)
    dev = [source for source, _ in own_pairs.pairs(str(file), "dev")]
    assert list(shown) == dev[:3]


@pytest.mark.slow
def test_a_language_in_letters_that_the_other_lacks_is_not_taken_for_another(tmp_path):
    from zoo.api.train import train

    letters = dict(zip("adefhikmnorstucg", "адефхикмнорстуцг", strict=True))
    file = tmp_path / "pairs.tsv"
    lines = [f"{de.lower().translate(str.maketrans(letters))}\t{en}\n" for de, en in pairs()]
    file.write_text("".join(lines), encoding="utf-8")
    train("translator", tmp_path / "m", TINY | {"pairs": str(file), "epochs": 1})
    _, ready = load(tmp_path / "m")
    assert not [line for line in lines if processing.is_foreign(ready.asset, line.split("\t")[0])]
    zoo.export(tmp_path / "m", tmp_path / "m.onnx")
    source = examples(tmp_path / "m")[0]
    assert zoo.runtime.pipeline(tmp_path / "m.onnx")(source) == zoo.pipeline(tmp_path / "m")(source)


def segmentations(model, text):
    """All segmentations of a text into the pieces of a model: symbols -> the sum of scores."""
    pieces = {model.id_to_piece(i): i for i in range(4, model.get_piece_size())}
    of_prefix = {"": [((), 0.0)]}
    for end in range(1, len(text) + 1):
        of_prefix[text[:end]] = [
            ((*symbols, pieces[piece]), score + model.get_score(pieces[piece]))
            for start in range(end)
            if (piece := text[start:end]) in pieces
            for symbols, score in of_prefix[text[:start]]
        ]
    return dict(of_prefix[text])


def test_segmentations_are_sampled_by_the_probabilities_of_all_that_spell_a_text():
    asset = (verified(NAME)[0] / processing.TARGET).read_text()
    scores = segmentations(processing.subwords(asset), "\u2581a\u2581dog")
    weights = {row: np.exp(0.2 * score) for row, score in scores.items()}
    total = sum(weights.values())
    assert len(weights) > 5
    candidates = subwords.Segmentations(asset, ["a dog"] * 20_000, 512)
    samples = [tuple(row) for row in candidates.sampled([1])]
    assert {row[-1] for row in samples} == {END}
    frequencies = {row: samples.count((*row, END)) / len(samples) for row in scores}
    assert sum(frequencies.values()) == pytest.approx(1)
    expected = {row: weight / total for row, weight in weights.items()}
    assert frequencies == pytest.approx(expected, abs=0.015)


def test_sampled_subwords_spell_the_text_and_are_the_seeds():
    asset = (verified(NAME)[0] / processing.TARGET).read_text()
    texts = ["", *(english for _, english in pairs()[:20])]

    def sampled(number, seed):
        return [
            row.tolist() for row in subwords.Segmentations(asset, texts, number).sampled([seed])
        ]

    samples = sampled(64, seed=1)
    assert [processing.subwords(asset).decode(row[:-1]) for row in samples] == texts
    assert samples == sampled(64, seed=1) != sampled(64, seed=2)
    likeliest = [processing.encode(asset, text).tolist() for text in texts]
    assert sampled(1, seed=1) == likeliest != samples
    assert [
        row.tolist() for row in subwords.Segmentations(asset, texts, 64).likeliest()
    ] == likeliest


@pytest.mark.slow
def test_the_last_epochs_take_the_likeliest_segmentations(tiny, tmp_path, monkeypatch):
    from zoo.api.train import train

    calls = []
    sampled = subwords.Segmentations.sampled
    likeliest = subwords.Segmentations.likeliest

    def recorded(self, seed):
        calls.append(seed[0] % 1000)
        return sampled(self, seed)

    def recorded_likeliest(self):
        calls.append("likeliest")
        return likeliest(self)

    monkeypatch.setattr(subwords.Segmentations, "sampled", recorded)
    monkeypatch.setattr(subwords.Segmentations, "likeliest", recorded_likeliest)
    options = {"pairs": str(tiny[1]), "epochs": 3, "likeliest_epochs": 1, "subword_candidates": 4}
    train("translator", tmp_path / "m", TINY | options)
    # Each epoch segments two sides; the first is also counted once, for the learning rate.
    assert calls == [0, 0, 0, 0, 1, 1, "likeliest", "likeliest"]


def test_it_goes_on_from_its_weights_with_its_own_subwords(tiny, tmp_path, monkeypatch):
    from zoo.api.train import train
    from zoo.training import loop

    directory, file, card = tiny
    monkeypatch.setattr(loop, "fit", lambda *_, **__: loop.Progress())
    again = train(
        "translator", tmp_path / "more", TINY | {"pairs": str(file)}, init_from=str(directory)
    )
    assert again.metrics == card.metrics, "the weights it starts from"
    for asset in (processing.SOURCE, processing.TARGET):
        assert (tmp_path / "more" / asset).read_bytes() == (directory / asset).read_bytes()
    assert zoo.pipeline(tmp_path / "more")("Ein kind mag ein hund .") == "A child likes a dog ."


def test_the_loaded_model_is_fitted_by_keras_itself(tiny):
    directory, *_ = tiny
    model = zoo.load(directory)
    source = np.array([[5, 6, 3]], "int32")
    target = np.array([[2, 7, 8]], "int32")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit({"source": source, "target": target}, {"logits": target}, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_the_exported_search_translates_without_tensorflow(tiny, tmp_path):
    directory, *_ = tiny
    report = zoo.export(directory, tmp_path / "t.onnx")
    assert report.operators["Loop"] == 1
    texts = [de for de, _ in pairs()[:20]]
    for width in (1, 4):
        ours = zoo.pipeline(directory, width=width)(texts)
        assert runtime.pipeline(tmp_path / "t.onnx", width=width)(texts) == ours
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from zoo import runtime; print(runtime.pipeline(sys.argv[1])(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "t.onnx"), texts[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == zoo.pipeline(directory)(texts[0])


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_half_is_exported_alone_and_has_no_loop(tiny, tmp_path, part):
    directory, *_ = tiny
    report = zoo.export(directory, tmp_path / "m.onnx", part=part)
    assert "Loop" not in report.operators
    # The encoder reads sentences with padding in both directions, an operator for each.
    assert report.operators["LSTM"] == {"encoder": 2, "decoder": 1}[part]


def test_an_unknown_part_is_named(tiny, tmp_path):
    with pytest.raises(zoo.UserError, match=r"'middle'.*Accepted: encoder, decoder"):
        zoo.export(tiny[0], tmp_path / "m.onnx", part="middle")
    with pytest.raises(zoo.UserError, match="of one piece"):
        zoo.export("elman-xor", tmp_path / "m.onnx", part="encoder")


@pytest.mark.parametrize("text", ["今日はいい天気です。", "Привет, мир!"])
def test_a_script_it_never_saw_is_refused(tiny, text):
    with pytest.raises(zoo.UserError, match="translates from 'de' and never saw"):
        zoo.pipeline(tiny[0])(text)


@pytest.mark.parametrize("text", ["They passed a new law.", "El perro corre por la playa."])
def test_a_text_in_another_language_is_refused(text):
    with pytest.raises(zoo.UserError, match="translates from 'de' to 'en', and .* 'de'; give it"):
        zoo.pipeline(NAME)(text)


@pytest.mark.parametrize("settings", [{"width": 0}, {"length_penalty": -1.0}, {"beams": 3}])
def test_settings_out_of_range_are_refused(tiny, settings):
    with pytest.raises(zoo.UserError, match=r"width"):
        zoo.pipeline(tiny[0], **settings)


def test_a_text_of_a_thousand_words_is_translated_in_parts(tiny):
    words = "Ein hund sieht ein haus " * 200
    assert len(zoo.pipeline(tiny[0], width=1)(words).split()) > 100


@pytest.mark.parametrize("attention", ["luong", "bahdanau", "none"])
def test_every_kind_of_attention_is_saved_whole(attention, tmp_path):
    recipe = recipes.get("translator")
    sizes = {key: TINY[key] for key in ("subwords", "features", "encoder_units", "units")}
    model = recipe.model(recipe.parse(sizes | {"attention": attention}))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    inputs = {"source": np.array([[4, 5, 3]], "int32"), "target": np.array([[2, 9]], "int32")}
    np.testing.assert_array_equal(model(inputs)["logits"], loaded(inputs)["logits"])


@pytest.mark.skipif("MULTI30K_DIR" not in os.environ, reason="MULTI30K_DIR names no folder")
@pytest.mark.data
def test_multi30k_has_as_many_sentences_as_described():
    from zoo.recipes.data import multi30k

    sizes = {split: len(multi30k.pairs(split, "de", "en")) for split in multi30k.SPLITS}
    assert sizes == {"train": 29_000, "dev": 1_014, "test": 1_000}
    first, *_ = multi30k.pairs("dev", "de", "fr")
    assert all(first)
    with pytest.raises(zoo.UserError, match="Accepted: cs, de, en, fr"):
        multi30k.pairs("dev", "de", "xx")


@pytest.mark.skipif("MULTI30K_DIR" not in os.environ, reason="MULTI30K_DIR names no folder")
@pytest.mark.data
def test_no_german_sentence_of_dev_is_taken_for_another_language_and_every_english_one_is():
    from zoo.recipes.data import multi30k

    _, ready = load(NAME)
    for german, english in multi30k.pairs("dev", "de", "en"):
        processing.batch(ready, [german])
        if len(english.split()) >= processing.FEW_WORDS:
            with pytest.raises(zoo.UserError, match="does not read like 'de'"):
                processing.batch(ready, [english])


def test_a_folder_that_lacks_files_is_named(tmp_path, monkeypatch):
    from zoo.recipes.data import multi30k

    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(multi30k.FOLDER, str(tmp_path))
    builder = multi30k.Multi30k(data_dir=tmp_path / "data")
    with pytest.raises(zoo.UserError, match=r"which lacks train\.cs\.gz"):
        builder.download_and_prepare()


@pytest.mark.skipif("MULTI30K_DIR" not in os.environ, reason="MULTI30K_DIR names no folder")
@pytest.mark.data
def test_the_shipped_translator_measures_what_its_card_says():
    directory, card = verified(NAME)
    assert sum(path.stat().st_size for path in directory.iterdir()) <= 40e6
    metrics = zoo.evaluate(NAME, "test")
    assert metrics["bleu"] == pytest.approx(card.metrics["test"]["bleu"], abs=0.05)
    assert metrics["bleu"] >= 34
    assert metrics["signature"] == card.metrics["test"]["signature"]
