"""What `import zoo` offers: list, create, load, predict, evaluate and train by name."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import zoo.recipes as recipes
from zoo.errors import UserError, require_tensorflow, unknown

Device = Literal["cpu", "gpu"]
DType = Literal["float32", "float16"]
Format = Literal["onnx", "saved_model", "litert"]
Quantize = Literal["int8"]
Runtime = Literal["keras", "onnx"]
Split = Literal["train", "dev", "test"]

RUNTIMES = get_args(Runtime)

if TYPE_CHECKING:
    import keras

    from zoo.api.picklable import Pipeline
    from zoo.hub.card import Card
    from zoo.inference.predictor import Predictor
    from zoo.recipes.recipe import Metrics, Recipe, Trained


def list_models(pattern: str = "*", *, pretrained: bool | None = None) -> list[str]:
    """Names of recipes and of models, those of installed packages among them, sorted.

    Args:
        pattern: of the shell, such as "*tagger*".
        pretrained: True for the names that `load` takes, False for the recipes without weights
            under their own name, None for both.

    >>> import zoo
    >>> zoo.list_models("*tagger*")
    ['blstm-tagger', 'blstm-tagger-gum']
    """
    from zoo.hub import registry

    names = dict.fromkeys(recipes.names(), False) | dict.fromkeys(registry.names(), True)
    return sorted(
        name
        for name, weights in names.items()
        if fnmatch(name, pattern) and pretrained in (None, weights)
    )


def register(recipe: "Recipe") -> None:
    """Makes a recipe of the user's own known by its name in this process.

    Args:
        recipe: one that was registered before under the same name is replaced.

    Raises:
        UserError: it is no recipe, or the name is another's.
    """
    recipes.register(recipe)


def load(name_or_path: str | Path, *, recipe: "str | Path | Recipe | None" = None) -> "keras.Model":
    """A trained model, by name or from the directory that `zoo train` wrote.

    Args:
        name_or_path: "char-lm-shakespeare", or "char-lm-shakespeare@2" to take that version alone,
            or a directory; so too wherever else a trained model is named.
        recipe: the model's, where only its folder, which is named by its path, or the user's own
            Python knows it. Code that a model names is not run by itself.

    Raises:
        UserError: no such model, another version of it, a recipe or a layer that is not known, or a
            damaged file; then nothing is loaded.

    >>> import zoo
    >>> zoo.load("elman-xor").output_shape
    (None, None, 1)
    """
    return load_with_card(name_or_path, recipe)[1].model


def create(
    recipe: "str | Path | Recipe",
    *,
    options: Mapping[str, Any] | None = None,
    init_from: str | Path | None = None,
    **overrides: Any,
) -> "keras.Model":
    """The model of a recipe: untrained, or with the weights of a trained one.

    Args:
        recipe: a name of `list_models(pretrained=False)`, or any other recipe's; the path of the
            folder of one, such as "./my_recipe"; or a `Recipe`.
        options: of the recipe, by name; `zoo info RECIPE` lists them. Names that come from a user
            go here, so that none of them is taken for an argument of this function.
        init_from: name or directory of a model of the same recipe, whose weights are taken; a head
            for other labels begins anew, as in
            `create("blstm-tagger", init_from="blstm-tagger-gum", tags="A B C")`.
        **overrides: options too, as keywords. `cell` may be a class.

    Raises:
        UserError: an unknown recipe, option or model, a value of the wrong type, an option that is
            there twice, or options that make a model of another shape than `init_from`.

    >>> import zoo
    >>> zoo.create("elman-xor", units=4).count_params()
    29
    """
    from zoo.recipes import cells

    recipe_ = recipes.get(recipes.add(recipe))
    parsed = recipe_.resolve(recipe_.parse(cells.import_cell(_merged(options, overrides))))
    if init_from is None:
        return recipe_.initialized(parsed, None)
    from zoo.api.train import load_init_from

    return recipe_.initialized(parsed, load_init_from(recipe_, init_from)[1])


def train(
    recipe: "str | Path | Recipe",
    out: str | Path,
    *,
    options: Mapping[str, Any] | None = None,
    init_from: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: Device | None = None,
    processes: int | None = None,
    coordinator: str | None = None,
    process: int | None = None,
    **overrides: Any,
) -> "Card | None":
    """Trains a recipe into a directory, which `load` and all that takes a name then take.

    Keras trains on the backend that is set, such as by KERAS_BACKEND=jax.

    Args:
        recipe: a name of `list_models(pretrained=False)`, or any other recipe's; the path of the
            folder of one, such as "./my_recipe"; or a `Recipe`.
        out: the directory of the model and its checkpoints.
        options: of the recipe, by name; `zoo info RECIPE` lists them. Names that come from a user
            go here, so that none of them is taken for an argument of this function.
        init_from: name or directory of a model of the same recipe, whose weights are taken.
        resume: continue the training that `out` holds.
        overwrite: replace what `out` holds.
        device: "cpu" or "gpu"; a GPU where there is one by default.
        processes: train on JAX in so many processes of this machine, one a GPU where there are
            GPUs; each reads its rows of every batch.
        coordinator: where processes are started elsewhere too: host:port of the first. `out` is a
            folder that all of them see.
        process: number of this one among them, from 0.
        **overrides: options too, as keywords. `cell` may be a class.

    Returns:
        The card, with what the model measures; None in a process that is not the first.

    Raises:
        UserError: an unknown recipe, option or model, an option that is there twice, an `out` that
            does not fit, or processes that do not find each other or were started with something
            else.
        InternalError: one of several processes ended before its time.

    >>> import zoo
    >>> card = zoo.train("elman-xor", "xor", epochs=1, streams=32, bits=30, units=4)
    >>> card.parameters
    29
    >>> zoo.load("xor").count_params()
    29
    """
    if not isinstance(out, (str, Path)):
        raise UserError(
            f"The model is written into a directory, named by its path; got {out!r:.80}."
        )
    name = recipes.add(recipe)
    require_tensorflow()
    from zoo.hub.card import Card
    from zoo.hub.registry import as_text
    from zoo.recipes import cells
    from zoo.training.distributed import launch

    # The recipe first: its package may hold the layer.
    recipes.get(name)
    merged = cells.import_cell(_merged(options, overrides))
    arguments: dict[str, Any] = {
        "init_from": None if init_from is None else as_text(init_from),
        "resume": resume,
        "overwrite": overwrite,
        "device": device,
    }
    places = launch.places(coordinator, process, processes)
    if places:
        if "cell" in merged:
            cells.require_importable(merged["cell"], elsewhere=True)
        request = {"name": recipes.address(name), "out": str(out), "overrides": merged}
        launch.train({**request, **arguments}, places)
        return Card.read(Path(out)) if places[0].process == 0 else None
    from zoo.api import train

    return train.train(name, Path(out), merged, **arguments)


def pipeline(
    name_or_path: str | Path, /, *, recipe: "str | Path | Recipe | None" = None, **settings: Any
) -> "Pipeline":
    """A function from raw input to raw output: for a tagger, text to [(token, tag), ...].

    The function takes one input, or a list of them for a list of outputs. Pickled, it is loaded
    again where it arrives, once a process.

    Args:
        name_or_path: of a model, or a model's directory.
        recipe: as in `load`.
        **settings: of the recipe, such as the temperature of a language model.

    Raises:
        UserError: no such model, a damaged file, or an unknown setting.

    >>> import zoo
    >>> tag = zoo.pipeline("blstm-tagger-gum")
    >>> tag("Time flies like an arrow.")[1]
    ('flies', 'VERB')
    """
    from zoo.api.picklable import Pipeline
    from zoo.recipes import pipeline as pipelines

    card, trained = load_with_card(name_or_path, recipe)
    function = pipelines.pipeline(card.recipe, recipes.processing(card.recipe), trained, settings)
    cell = getattr(trained.options, "cell", None)
    return Pipeline(__name__, name_or_path, card.recipe, settings, function, cell)


def evaluate(
    name_or_path: str | Path,
    split: Split = "test",
    *,
    runtime: Runtime = "keras",
    recipe: "str | Path | Recipe | None" = None,
) -> "Metrics":
    """Metrics of a trained model on a split of its data set, by name.

    Args:
        name_or_path: of a model; with the runtime "onnx" also an exported file.
        split: "dev" or "test"; "train" where the recipe keeps such a one.
        runtime: "keras", or "onnx" for ONNX Runtime.
        recipe: as in `load`.

    Raises:
        UserError: no such model, split or runtime, or the data set is not at hand.

    >>> import zoo
    >>> round(zoo.evaluate("elman-xor")["third_bit_accuracy"], 2)
    1.0
    """
    return evaluate_all(name_or_path, [split], runtime=runtime, recipe=recipe)[split]


def evaluate_all(
    name_or_path: str | Path,
    splits: Sequence[str] | None = None,
    *,
    runtime: str = "keras",
    recipe: "str | Path | Recipe | None" = None,
) -> "dict[str, Metrics]":
    """Metrics by split, of all splits except train where `splits` is None.

    Raises:
        UserError: as `evaluate`.
    """
    name, trained, data = _predictor(name_or_path, runtime, recipe)
    recipe_ = recipes.get(name)
    recipe_.require_data(trained.options, data, str(name_or_path))
    chosen = [name for name in recipe_.splits if name != "train"] if splits is None else splits
    for split in chosen:
        if split not in recipe_.splits:
            raise unknown("split", split, recipe_.splits)
    return {split: recipe_.evaluate(trained, split) for split in chosen}


def _merged(options: Mapping[str, Any] | None, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a mapping and of keywords together.

    Raises:
        UserError: an option is in both.
    """
    options = {} if options is None else options
    if not isinstance(options, Mapping):
        raise UserError(
            f"options= takes a mapping of names to values, such as {{'epochs': 3}}; got "
            f"{options!r:.80}."
        )
    if twice := sorted(options.keys() & overrides.keys()):
        raise UserError(
            f"{twice[0]} is both in options= and a keyword: {options[twice[0]]!r:.80} and "
            f"{overrides[twice[0]]!r:.80}; leave one of them out."
        )
    return {**options, **overrides}


def _predictor(
    name_or_path: str | Path, runtime: str, recipe: "str | Path | Recipe | None"
) -> "tuple[str, Predictor, str]":
    """The recipe of a model, the model in a runtime, and the version of the data it learned."""
    if runtime == "onnx":
        from dataclasses import replace

        from zoo.api import runtime as exported

        name, predictor = exported.load(name_or_path, recipe)
        # An option that was added to the recipe after the export gets its default.
        options = recipes.get(name).parse(vars(predictor.options))
        return name, replace(predictor, options=options), exported.data_version(name_or_path)
    if runtime != "keras":
        raise unknown("runtime", runtime, RUNTIMES)
    card, trained = load_with_card(name_or_path, recipe)
    return card.recipe, trained, card.data["version"]


def load_with_card(
    name_or_path: str | Path, recipe: "str | Path | Recipe | None"
) -> tuple["Card", "Trained"]:
    """A trained model with its card, its options and its assets."""
    require_tensorflow()
    from zoo.hub.model_directory import load as load_directory

    return load_directory(name_or_path, recipe)
