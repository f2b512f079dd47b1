"""Models of installed packages, and names that packages claim."""

import json
import pickle
import shutil

import pytest

import zoo
from tests.other_packages import THEIRS, install
from zoo.hub import registry


def test_a_package_that_cannot_be_imported_is_named_and_the_list_goes_on(site, zoo_command):
    points = {"recipes": [("their-xor", "their_xor")], "models": [("models", "nowhere.models")]}
    install(site, "their-zoo", points, {"their_xor/__init__.py": "import no_such_thing\n"})
    sentence = "The recipe their-xor of the package their-zoo 1.5 cannot be imported: "
    sentence += "ModuleNotFoundError: No module named 'no_such_thing'"
    status, out, err = zoo_command("list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert status == 0
    assert rows["their-xor"]["summary"] == {"error": sentence}
    assert set(registry.names()) < set(rows)
    assert "The models of the package their-zoo 1.5 cannot be read: nowhere.models" in err
    assert zoo_command("list")[0] == 0
    with pytest.raises(zoo.UserError) as error:
        zoo.create("their-xor")
    assert str(error.value) == sentence


def test_a_name_of_ours_or_of_two_packages_is_refused(site, small_xor, zoo_command):
    shutil.copytree(small_xor, site / "other" / "seq-mnist")
    points = {"recipes": [("elman-xor", "their_xor"), ("both", "their_xor")]}
    install(site, "their-zoo", points, THEIRS)
    install(site, "a-zoo", {"recipes": [("both", "their_xor")], "models": [("x", "other")]})
    assert zoo.create("elman-xor").count_params() == 305
    assert zoo.load("seq-mnist").count_params() > 10_000
    status, out, err = zoo_command("list", "--json")
    assert status == 0
    assert "both" not in {row["name"] for row in json.loads(out)}
    assert "The recipe elman-xor of the package their-zoo 1.5 is refused: the zoo has" in err
    assert "The model seq-mnist of the package a-zoo 1.5 is refused: the zoo has" in err
    two = "the package a-zoo 1.5 and the package their-zoo 1.5 both offer"
    assert two in err
    with pytest.raises(zoo.UserError, match=two):
        zoo.create("both")


@pytest.mark.parametrize("value", ["other.models", "other"])
def test_models_of_a_package_are_loaded_predict_and_go_out_by_name(
    value, site, small_xor, tmp_path, zoo_command
):
    shutil.copytree(small_xor, site / "other" / "models" / "their-model")
    install(site, "their-zoo", {"models": [("any", value)]})
    assert "their-model" in zoo.list_models(pretrained=True)
    [row] = json.loads(zoo_command("list", "their*", "--json")[1])
    assert row["card"]["recipe"] == "elman-xor"
    expected = zoo.pipeline(small_xor)("101")
    assert zoo.pipeline("their-model")("101") == expected
    assert pickle.loads(pickle.dumps(zoo.pipeline("their-model")))("101") == expected
    assert zoo_command("info", "their-model")[0] == 0
    assert zoo_command("predict", "their-model", "101")[0] == 0
    zoo.export("their-model", tmp_path / "x.onnx")
    assert zoo.load("their-model").count_params() == zoo.load(small_xor).count_params()
    (site / "other" / "models" / "their-model" / "model.keras").write_bytes(b"")
    with pytest.raises(zoo.UserError, match="model.keras is damaged"):
        zoo.load("their-model")


def test_two_packages_with_a_model_of_one_name_are_both_named(site, small_xor):
    for package in ("other", "their_xor"):
        shutil.copytree(small_xor, site / package / "one-name")
        install(site, package, {"models": [("x", package)]})
    with pytest.raises(zoo.UserError, match="the package other 1.5 and the package their_xor 1.5"):
        zoo.load("one-name")
