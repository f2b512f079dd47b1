"""Recipes of others: of installed packages, of folders, registered in Python; and their models."""

import json
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

import zoo
import zoo.recipes as recipes
from tests.other_packages import PROCESSING, RECIPE, THEIRS, install
from zoo.hub import registry
from zoo.hub.card import CARD, CHECKSUM, _checksum
from zoo.recipes import sources

pytestmark = pytest.mark.usefixtures("site")
QUICK = {"epochs": 1, "streams": 32, "bits": 30, "units": 4}


def folder_of_a_recipe(parent, name="my_xor", **files):
    folder = parent / name
    folder.mkdir()
    own = {"__init__": 'SUMMARY = "mine"\n', "processing": PROCESSING}
    own["recipe"] = RECIPE.format(name=name.replace("_", "-"), summary="")
    for file, text in (own | files).items():
        (folder / f"{file}.py").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("their_xor", THEIRS),
        ("other:RECIPE", {"other.py": RECIPE.format(name="their-xor", summary="theirs")}),
        ("other", {"other.py": RECIPE.format(name="their-xor", summary="theirs")}),
    ],
    ids=["package", "object", "module"],
)
def test_a_recipe_of_a_package_is_listed_trained_and_loaded_by_name(
    value, files, site, tmp_path, zoo_command
):
    install(site, "their-zoo", {"recipes": [("their-xor", value)]}, files)
    assert "their-xor" in zoo.list_models(pretrained=False)
    [row] = json.loads(zoo_command("list", "their*", "--json")[1])
    assert row == {"name": "their-xor", "summary": "theirs", "card": None}
    assert zoo.create("their-xor", units=3).count_params()
    card = zoo.train("their-xor", tmp_path / "out", **QUICK)
    assert card.recipe == "their-xor"
    assert card.recipe_source == {"package": "their-zoo", "version": "1.5"}
    assert zoo.load(tmp_path / "out").count_params() == card.parameters
    assert len(zoo.pipeline(tmp_path / "out")("101")) == 3
    assert zoo.evaluate(tmp_path / "out", "dev") == card.metrics["dev"]
    zoo.export(tmp_path / "out", tmp_path / "x.onnx")
    assert len(zoo.runtime.pipeline(tmp_path / "x.onnx")("101")) == 3
    assert zoo_command("info", "their-xor")[0] == 0


def test_a_recipe_of_a_package_is_not_imported_before_it_is_needed(site):
    install(site, "their-zoo", {"recipes": [("their-xor", "their_xor")]}, THEIRS)
    assert "their-xor" in zoo.list_models()
    recipes.require("their-xor")
    assert "their_xor" not in sys.modules
    assert recipes.processing("their-xor").EXAMPLES
    assert "their_xor.recipe" not in sys.modules


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("RECIPE = 3", r"has 3; it takes RECIPE = zoo.recipes.recipe.Recipe\(name='their-xor'"),
        ("", "has None; it takes"),
        (RECIPE.format(name="else", summary="x"), "has the name 'else'; it takes"),
    ],
)
def test_what_is_no_recipe_is_refused_by_the_name_of_its_package(site, recipe, message):
    files = THEIRS | {"their_xor/recipe.py": recipe}
    install(site, "their-zoo", {"recipes": [("their-xor", "their_xor")]}, files)
    with pytest.raises(zoo.UserError, match=f"their-xor of the package their-zoo 1.5 {message}"):
        zoo.create("their-xor")


def test_a_recipe_that_does_not_say_what_it_does_is_told_to(site, zoo_command):
    files = {"other.py": RECIPE.format(name="their-xor", summary="")}
    install(site, "their-zoo", {"recipes": [("their-xor", "other")]}, files)
    assert "does not say what it does" in zoo_command("list", "their*", "--json")[1]


def test_a_folder_is_trained_by_its_path_and_its_model_needs_it_named(
    tmp_path, monkeypatch, zoo_command
):
    folder_of_a_recipe(tmp_path)
    monkeypatch.chdir(tmp_path)
    quick = [f"--set={key}={value}" for key, value in QUICK.items()]
    assert zoo_command("train", "./my_xor", "--out", "out", *quick)[0] == 0
    card = json.loads((tmp_path / "out" / CARD).read_text())
    assert (card["recipe"], card["recipe_source"]) == ("my-xor", {"path": "./my_xor"})
    assert card["summary"] == "mine"
    # Named once in a process, it is known there.
    expected = zoo.pipeline("out")("101")

    recipes._named.clear()
    sentence = (
        "out is of the recipe my-xor of the folder ./my_xor, and code that a model names is not "
        "run by itself: name that folder, where it is now, by --recipe ./my_xor, or in Python by "
        "recipe='./my_xor'."
    )
    for command in ("predict", "evaluate"):
        status, _, err = zoo_command(command, "out", *["101"] * (command == "predict"))
        assert (status, err) == (2, f"Error: {sentence}\n")
    for ask in (zoo.load, zoo.evaluate, zoo.pipeline):
        with pytest.raises(zoo.UserError) as error:
            ask("out")
        assert str(error.value) == sentence
    status, out, _ = zoo_command("info", "out")
    assert (status, "./my_xor" in out) == (0, True)

    [answer] = json.loads(zoo_command("predict", "out", "101", "--json", "--recipe", "./my_xor")[1])
    assert [tuple(pair) for pair in answer["output"]] == expected
    recipes._named.clear()
    assert zoo.load("out", recipe=tmp_path / "my_xor").count_params() == card["parameters"]
    recipes._named.clear()
    assert zoo_command("export", "out", "--out", "x.onnx", "--recipe", "./my_xor")[0] == 0
    recipes._named.clear()
    with pytest.raises(zoo.UserError, match="x.onnx is of the recipe my-xor of the folder"):
        zoo.runtime.pipeline("x.onnx")
    assert len(zoo.runtime.pipeline("x.onnx", recipe="./my_xor")("101")) == 3
    recipes._named.clear()
    arrived = pickle.loads(pickle.dumps(zoo.pipeline("out", recipe="./my_xor")))
    assert arrived("101") == expected
    assert zoo_command("info", "./my_xor")[0] == 0


def test_code_in_the_directory_of_a_model_is_not_run(small_xor, tmp_path, zoo_command):
    """A card that names a folder, a name or a path of a stranger's leads to no import."""
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'w')\n"
    folder = tmp_path / "stranger"
    shutil.copytree(small_xor, folder)
    for file in ("recipe", "processing", "__init__"):
        (folder / f"{file}.py").write_text(code)
    whole = json.loads((folder / CARD).read_text())
    for name in ("stranger", str(folder), ".", "./stranger", "../stranger"):
        for said in ({}, {"path": str(folder)}, {"package": "x"}, {"module": "stranger"}):
            card = whole | {"recipe": name, "recipe_source": said}
            del card[CHECKSUM]
            card[CHECKSUM] = _checksum(card)
            (folder / CARD).write_text(json.dumps(card))
            for ask in (zoo.load, zoo.evaluate, zoo.pipeline):
                with pytest.raises(zoo.UserError):
                    ask(folder)
            assert zoo_command("info", folder)[0] == 0
            assert zoo_command("predict", folder, "101")[0] == 2
    assert not ran.exists()


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("my_xor", {"recipe": "import nothing_such"}, "my_xor cannot be imported: ModuleNotFound"),
        ("my_xor", {"recipe": "RECIPE = ("}, "cannot be imported: SyntaxError"),
        ("my_xor", {"recipe": RECIPE.format(name="xor", summary="")}, "has the name 'xor'"),
        ("my xor", {}, "name the folder as Python names a module, such as my_xor"),
        ("elman_xor", {}, "there is one of that name already, of the zoo"),
        ("json", {"recipe": RECIPE.format(name="json", summary="")}, "another module of that name"),
        ("antigravity", {}, "another module of that name, of Python itself. Rename the folder"),
        ("my_xor", {"__init__": "raise SystemExit(3)"}, "cannot be imported: SystemExit: 3"),
        ("my_xor", {"__init__": "SUMMARY = 3"}, "does not say what it does"),
        ("größe", {}, "a name is of letters, digits, - and _"),
        ("12-xor", {}, "name the folder as Python names a module, such as my_12_xor"),
    ],
)
def test_a_folder_that_is_no_recipe_is_refused_with_a_sentence(name, files, message, tmp_path):
    folder = folder_of_a_recipe(tmp_path, name, **files)
    with pytest.raises(zoo.UserError, match=message):
        zoo.train(folder, tmp_path / "out", **QUICK)


@pytest.mark.parametrize("path", ["./nowhere", "a\0b/c", ".", "/", "\ud800/x"])
def test_a_path_of_no_recipe_is_named(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(zoo.UserError, match="is no folder of a recipe: it has no recipe.py"):
        zoo.train(path, tmp_path / "out")


def test_a_folder_without_init_takes_the_summary_of_its_recipe(tmp_path):
    folder = folder_of_a_recipe(tmp_path, recipe=RECIPE.format(name="my-xor", summary="so"))
    (folder / "__init__.py").unlink()
    assert recipes.add(folder) == "my-xor"
    assert recipes.summary("my-xor") == "so"
    assert zoo.create(folder, units=3).count_params()


def test_a_recipe_is_registered_in_python_and_again(tmp_path):
    ours = recipes.get("elman-xor")
    mine = replace(ours, name="mine", summary="first")
    zoo.register(mine)
    zoo.register(replace(mine, summary="second"))
    assert recipes.summaries()["mine"] == "second"
    card = zoo.train("mine", tmp_path / "out", **QUICK)
    assert card.recipe_source == {"module": __name__}
    assert zoo.load(tmp_path / "out").count_params() == card.parameters
    with pytest.raises(zoo.UserError, match="is registered in this process alone"):
        zoo.train("mine", tmp_path / "other", processes=1, **QUICK)
    recipes._named.clear()
    with pytest.raises(
        zoo.UserError, match=rf"module {__name__}, and is not known .* zoo.register\(RECIPE\)"
    ):
        zoo.load(tmp_path / "out")
    assert zoo.load(tmp_path / "out", recipe=mine).count_params() == card.parameters
    with pytest.raises(zoo.UserError, match="is a model of the recipe mine, not of elman-xor"):
        zoo.load(tmp_path / "out", recipe="elman-xor")
    zoo.register(ours)
    with pytest.raises(zoo.UserError, match="recipe elman-xor of the module .* is refused"):
        zoo.register(replace(ours, summary="other"))
    with pytest.raises(zoo.UserError, match="A recipe is taken by its name, by its folder"):
        zoo.register("mine")


def test_two_folders_of_one_name_are_refused(tmp_path):
    for parent in ("one", "other"):
        (tmp_path / parent).mkdir()
    recipes.add(folder_of_a_recipe(tmp_path / "one"))
    with pytest.raises(zoo.UserError, match=r"my-xor of the folder .*other/my_xor is refused"):
        recipes.add(folder_of_a_recipe(tmp_path / "other"))


def test_a_model_of_a_package_that_is_not_installed_names_it(small_xor, tmp_path):
    shutil.copytree(small_xor, tmp_path / "out")
    card = json.loads((tmp_path / "out" / CARD).read_text())
    del card[CHECKSUM]
    card |= {"recipe": "their-xor", "recipe_source": {"package": "their-zoo", "version": "1.5"}}
    card[CHECKSUM] = _checksum(card)
    (tmp_path / "out" / CARD).write_text(json.dumps(card))
    with pytest.raises(zoo.UserError, match="package their-zoo 1.5, which is not installed here"):
        zoo.load(tmp_path / "out")


def test_a_card_of_0_2_0_which_says_no_source_is_read(small_xor, tmp_path):
    shutil.copytree(small_xor, tmp_path / "out")
    card = json.loads((tmp_path / "out" / CARD).read_text())
    del card[CHECKSUM]
    assert "recipe_source" not in card
    del card["options"]["cell"]
    card[CHECKSUM] = _checksum(card)
    (tmp_path / "out" / CARD).write_text(json.dumps(card))
    assert zoo.load(tmp_path / "out").count_params() == card["parameters"]
    assert zoo.evaluate(tmp_path / "out", "dev") == card["metrics"]["dev"]


def test_to_list_takes_no_tensorflow(site):
    install(site, "their-zoo", {"recipes": [("their-xor", "their_xor")]}, THEIRS)
    code = "import sys, zoo, zoo.recipes as r; assert r.summaries()['their-xor'] == 'theirs'; "
    code += "r.processing('their-xor'); assert not {'keras', 'tensorflow'} & set(sys.modules)"
    path = f"{site}:{':'.join(filter(None, sys.path))}"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": path})


def test_the_group_is_what_the_documents_say():
    assert (sources.GROUP, registry.GROUP) == ("recurrent_zoo.recipes", "recurrent_zoo.models")


def test_what_could_not_be_imported_leaves_its_name_to_another_folder(tmp_path):
    for parent in ("one", "other"):
        (tmp_path / parent).mkdir()
    broken = folder_of_a_recipe(tmp_path / "one", recipe="RECIPE = (")
    with pytest.raises(zoo.UserError, match="cannot be imported: SyntaxError"):
        zoo.create(broken)
    sys.modules.pop("my_xor")
    assert zoo.create(folder_of_a_recipe(tmp_path / "other"), units=3).count_params()


def test_a_recipe_is_taken_by_a_link_to_its_folder_and_after_a_change_of_folder(
    tmp_path, monkeypatch
):
    (tmp_path / "real").mkdir()
    folder_of_a_recipe(
        tmp_path / "real", "named_otherwise", recipe=RECIPE.format(name="my-xor", summary="")
    )
    (tmp_path / "my_xor").symlink_to(tmp_path / "real" / "named_otherwise")
    monkeypatch.chdir(tmp_path)
    zoo.train("./my_xor", "out", **QUICK)
    assert recipes.add(tmp_path / "real" / ".." / "my_xor") == "named-otherwise"
    tell = zoo.pipeline(tmp_path / "out")
    monkeypatch.chdir(tmp_path / "real")
    assert recipes.address("my-xor") == str(tmp_path / "my_xor")
    # The recipe goes along with the pipeline, also where an earlier call named it.
    sent = pickle.dumps(tell)
    recipes._named.clear()
    assert pickle.loads(sent)("101") == tell("101")


@pytest.mark.parametrize(
    "name", ["../xor", "xor@2", "", "x.onnx", "[red]xor", "elman-xor-\x1b[31m", 3]
)
def test_what_can_be_no_name_is_refused(name):
    with pytest.raises(zoo.UserError, match=r"is refused: a name is of letters, digits, - and _"):
        zoo.register(replace(recipes.get("elman-xor"), name=name))


def test_the_name_of_a_model_of_the_zoo_is_taken(site):
    name = "char-lm-shakespeare"
    with pytest.raises(zoo.UserError, match="one of that name already, of a model of the zoo"):
        zoo.register(replace(recipes.get("elman-xor"), name=name))
    points = {"recipes": [(name, "their_xor"), ("a.b", "their_xor")]}
    install(site, "their-zoo", points, THEIRS)
    assert not {name, "a.b"} & {*recipes.names()}
    assert "a name is of letters" in " ".join(recipes.refused())


def test_a_package_that_is_odd_leaves_the_list_as_it_is(site, zoo_command):
    files = {
        "ends/__init__.py": "raise SystemExit(3)",
        "marks/__init__.py": 'SUMMARY = "[/red] \\x1b[31mred"',
        "counts/__init__.py": "SUMMARY = 3",
    }
    points = {"recipes": [(name.partition("/")[0], name.partition("/")[0]) for name in files]}
    install(site, "odd", points | {"models": [("m", "ends.models")]}, files)
    status, out, err = zoo_command("list")
    shown = " ".join(out.split())
    assert status == 0
    assert "[/red] \\x1b[31mred" in shown
    assert "ends of the package odd 1.5 cannot be imported: SystemExit: 3" in shown
    assert "counts of the package odd 1.5 does not say what it does" in shown
    assert "SystemExit" in err
    assert "elman-xor" in shown


def test_a_recipe_without_a_test_split_is_listed_and_ends_its_training(
    tmp_path, monkeypatch, zoo_command
):
    text = RECIPE.format(name="my-xor", summary="").replace("summary", "splits=('dev',), summary")
    folder_of_a_recipe(tmp_path, recipe=text)
    monkeypatch.chdir(tmp_path)
    quick = [f"--set={key}={value}" for key, value in QUICK.items()]
    status, out, _ = zoo_command("train", "./my_xor", "--out", "my out", *quick)
    assert status == 0
    assert " on dev, " in out
    assert out.splitlines()[-1] == (
        "Next: zoo evaluate './my out' --recipe ./my_xor   or   zoo export './my out' --out "
        "'./my out/model.onnx' --recipe ./my_xor"
    )
    recipes._named.clear()
    for command in ("evaluate", "info"):
        assert zoo_command(command, "my out", "--recipe", "./my_xor")[0] == 0
    monkeypatch.setattr(registry, "_installed", lambda: ({"mine": tmp_path / "my out"}, {}))
    status, out, _ = zoo_command("list", "mine")
    assert (status, "on dev" in out) == (0, True)


def test_a_module_that_registers_a_recipe_is_imported_before_the_recipe_is_asked_for(
    tmp_path, monkeypatch, zoo_command
):
    code = RECIPE.format(name="mine", summary="so") + "import zoo\nzoo.register(RECIPE)\n"
    (tmp_path / "registers.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("registers")
    card = zoo.train("mine", "out", **QUICK)
    assert card.recipe_source == {"module": "registers"}
    zoo.export("out", "x.onnx")
    for model in ("out", "x.onnx"):
        recipes._named.clear()
        monkeypatch.delitem(sys.modules, "registers", raising=False)
        status, _, err = zoo_command("predict", model, "101")
        assert (status, "of the module registers" in err) == (2, True)
        assert zoo_command("predict", model, "101", "--import", "registers")[0] == 0
        assert zoo_command("predict", model, "101", "--import", "./registers")[0] == 2
