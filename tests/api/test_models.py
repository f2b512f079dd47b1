"""What `import zoo` offers."""

import inspect
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

import zoo
from zoo import recipes
from zoo.hub import licences
from zoo.hub.card import CARD, CHECKSUM, Card, _checksum
from zoo.hub.registry import MODELS, sha256, shipped, verified


def test_names_are_listed_by_pattern_and_by_whether_they_have_weights():
    assert zoo.list_models() == sorted({*recipes.summaries(), *shipped()})
    assert zoo.list_models("*tagger*") == ["blstm-tagger", "blstm-tagger-gum"]
    assert zoo.list_models(pretrained=True) == sorted(shipped())
    assert zoo.list_models(pretrained=False) == sorted({*recipes.summaries()} - {*shipped()})


def test_every_shipped_model_is_in_the_registry_and_whole():
    assert sorted(shipped()) == sorted(path.name for path in MODELS.iterdir() if path.is_dir())
    for name in shipped():
        verified(name)


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", shipped())
def test_a_model_loads_from_its_name_and_from_its_directory_alike(name):
    by_name, by_path = zoo.load(name), zoo.load(MODELS / name)
    assert isinstance(by_name, keras.Model)
    for one, other in zip(by_name.get_weights(), by_path.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_card_says_what_its_files_are():
    for name in shipped():
        directory, card = verified(name)
        sizes = [(directory / file).stat().st_size for file in card.files]
        assert card.bytes == sum(sizes)
        assert card.parameters == zoo.load(name).count_params()


@pytest.mark.parametrize(
    ("recipe", "overrides", "summary"),
    [
        ("seq-mnist", {}, "a handwritten digit, read pixel by pixel"),
        ("seq-mnist", {"permuted": True}, "in a permuted order"),
        ("glimpse-mnist", {"scene": "cluttered"}, "a digit among pieces of others"),
        ("translator", {"source": "en", "target": "fr"}, "English to French"),
        ("translator", {"pairs": "x.tsv"}, "another pair of languages"),
        ("handwriting", {"data": "digits"}, "a line of digits"),
    ],
)
def test_a_model_is_summed_up_by_what_its_options_make(recipe, overrides, summary):
    from zoo import recipes

    recipe = recipes.get(recipe)
    assert summary in recipe.summary_of(recipe.parse(overrides))


def test_an_untrained_model_takes_overrides():
    model = zoo.create("elman-xor", units=3)
    assert model.get_layer(index=1).units == 3


def test_a_pipeline_takes_one_input_or_many():
    predict = zoo.pipeline("elman-xor")
    one, other = predict("101"), predict("000")
    assert predict(["101", "000"]) == [one, other]
    assert [bit for bit, _ in one] == ["1", "0", "1"]
    assert one[1][1] > 0.5 > other[1][1]


@pytest.mark.parametrize("wrong", [7, None, [1, 2], {"a": 1}])
def test_a_pipeline_refuses_what_is_no_text(wrong):
    with pytest.raises(zoo.UserError, match="takes a string or a list of them"):
        zoo.pipeline("elman-xor")(wrong)


@pytest.mark.parametrize("file", ["model.keras", "card.json"])
def test_a_damaged_file_is_named_with_both_hashes_and_nothing_is_loaded(
    file, tmp_path, monkeypatch
):
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    monkeypatch.setattr("zoo.hub.registry.MODELS", models)
    damaged = models / "elman-xor" / file
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    expected = shipped()["elman-xor"][file]
    with pytest.raises(zoo.UserError, match=rf"{file} is damaged: expected SHA-256 {expected}"):
        zoo.load("elman-xor")


def test_a_directory_is_checked_against_its_own_card(small_xor, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(small_xor, copy)
    (copy / "model.keras").write_bytes(b"")
    with pytest.raises(zoo.UserError, match="model.keras is damaged"):
        zoo.load(copy)


def test_a_card_that_is_no_card_is_named(small_xor, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(small_xor, copy)
    (copy / "card.json").write_text("{}")
    with pytest.raises(zoo.UserError, match=r"card.json is damaged \(recipe: Field required"):
        zoo.load(copy)


def write(card, directory):
    """Writes a card as whoever forges one would, with its checksum."""
    card.pop(CHECKSUM)
    card[CHECKSUM] = _checksum(card)
    (directory / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "link.txt", "a/b"])
def test_a_card_that_leads_out_of_its_directory_is_refused(small_xor, tmp_path, name):
    copy = tmp_path / "copy"
    shutil.copytree(small_xor, copy)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (copy / "link.txt").symlink_to(secret)
    card = json.loads((copy / "card.json").read_text())
    card["files"][name] = sha256(secret)
    write(card, copy)
    with pytest.raises(zoo.UserError, match=r"no file of its own; nothing was loaded"):
        zoo.load(copy)


def test_a_card_cannot_leave_the_model_unchecked(small_xor, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(small_xor, copy)
    card = json.loads((copy / "card.json").read_text())
    write(card | {"files": {}}, copy)
    with pytest.raises(zoo.UserError, match=r"lacks model.keras; nothing was loaded"):
        zoo.load(copy)


@pytest.mark.parametrize(
    "change", [{"files": None}, {"metrics": [1]}, {"bytes": "many"}, {"options": [[[]]]}]
)
def test_a_card_of_another_form_is_named_with_the_place(small_xor, tmp_path, change):
    copy = tmp_path / "copy"
    shutil.copytree(small_xor, copy)
    card = json.loads((copy / "card.json").read_text())
    write(card | change, copy)
    with pytest.raises(zoo.UserError, match=rf"card.json is damaged \({next(iter(change))}"):
        zoo.load(copy)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("elman-xorr", "Unknown model 'elman-xorr'. Nearest: elman-xor"),
        ("blstm-tagger", "is a recipe, and no weights are shipped under that name"),
        ("./nowhere", "There is no directory ./nowhere"),
    ],
)
def test_a_name_that_is_no_model_says_what_is(name, message):
    with pytest.raises(zoo.UserError, match=message):
        zoo.load(name)


def test_a_directory_without_a_card_is_no_model(tmp_path):
    with pytest.raises(zoo.UserError, match="is not a trained model: it has no card.json"):
        zoo.load(tmp_path)


def test_an_unknown_recipe_names_the_nearest():
    with pytest.raises(zoo.UserError, match="Unknown recipe 'elman'. Nearest: elman-xor"):
        zoo.create("elman")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"unit": 3}, "no such option: unit. Accepted, with type and default: seed"),
        ({"units": "three"}, "units='three': input should be a valid integer"),
        ({"units": 0}, "units=0: input should be greater than or equal to 1"),
    ],
)
def test_an_override_that_does_not_fit_names_the_accepted_ones(overrides, message):
    with pytest.raises(zoo.UserError, match=message):
        zoo.create("elman-xor", options=overrides)


@pytest.mark.parametrize("name", inspect.signature(zoo.create).parameters)
def test_an_option_is_no_argument_of_create(name):
    with pytest.raises(zoo.UserError, match=f"no such option: {name}. Accepted"):
        zoo.create("elman-xor", options={name: "elman-xor"})


@pytest.mark.parametrize("make", [zoo.create, zoo.train])
def test_an_option_that_is_there_twice_is_refused(make, tmp_path):
    places = () if make is zoo.create else (tmp_path / "out",)
    with pytest.raises(zoo.UserError, match=r"units is both in options= .* a keyword: 3 and 4"):
        make("elman-xor", *places, options={"units": 3, "epochs": 1}, units=4)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("pipeline", [zoo.pipeline, zoo.runtime.pipeline])
def test_a_setting_is_no_argument_of_pipeline(pipeline):
    name = next(iter(inspect.signature(pipeline).parameters))
    with pytest.raises(zoo.UserError, match=f"no such setting: {name}. Accepted"):
        pipeline("elman-xor", **{name: "elman-xor"})


@pytest.mark.parametrize("name", shipped())
def test_a_card_is_written_as_it_was_read(name, tmp_path):
    Card.read(MODELS / name).write(tmp_path)
    written, shipped_one = (
        json.loads((folder / CARD).read_text(encoding="utf-8"))
        for folder in (tmp_path, MODELS / name)
    )
    assert written | {CHECKSUM: ""} == shipped_one | {CHECKSUM: ""}
    assert list(written) == list(shipped_one)


def test_the_weights_on_disk_are_half_precision_and_load_as_they_were(small_xor):
    import io
    import zipfile

    import h5py

    with zipfile.ZipFile(small_xor / "model.keras") as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    dtypes = set()
    h5py.File(content).visititems(
        lambda _, item: dtypes.add(str(item.dtype)) if isinstance(item, h5py.Dataset) else None
    )
    assert "float32" not in dtypes
    model = zoo.load(small_xor)
    assert {w.dtype for w in model.weights if "seed" not in w.name} == {"float32"}
    card = json.loads((small_xor / "card.json").read_text())
    assert zoo.evaluate(small_xor, "dev") == pytest.approx(card["metrics"]["dev"])


def test_the_table_of_licences_is_that_of_the_cards_and_marks_data_without_a_clear_one():
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert licences.table() in text
    marked = [line for line in text.splitlines() if licences.UNCLEAR in line]
    assert [line.split("`")[1] for line in marked] == [
        "blstm-tagger-gum",
        "captioner-flickr8k",
        "translator-multi30k-de-en",
        "translator-multi30k-en-de",
        "translator-multi30k-en-fr",
    ]


@pytest.mark.parametrize("name", shipped())
def test_the_line_that_fine_tunes_a_model_fits_its_weights(name):
    card = Card.read(MODELS / name)
    model = zoo.create(card.recipe, options=card.overrides, init_from=name)
    assert model.count_params() == card.parameters
