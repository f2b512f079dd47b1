"""What `import zoo` offers: list, create, load, predict, evaluate, train and export by name."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import zoo.recipes as recipes
from zoo.errors import UserError, require_tensorflow, unknown

KERAS_FILES = (".keras", ".h5", ".hdf5")

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
    from zoo.exporters import Report
    from zoo.hub.card import Card
    from zoo.inference.predictor import Predictor
    from zoo.recipes.recipe import Metrics, Trained


def list_models(pattern: str = "*", *, pretrained: bool | None = None) -> list[str]:
    """Names of recipes and of shipped models, sorted.

    Args:
        pattern: of the shell, such as "*tagger*".
        pretrained: True for the names that `load` takes, False for the recipes without weights
            under their own name, None for both.

    >>> import zoo
    >>> zoo.list_models("*tagger*")
    ['blstm-tagger', 'blstm-tagger-gum']
    """
    from zoo.hub.registry import shipped

    names = dict.fromkeys(recipes.summaries(), False) | dict.fromkeys(shipped(), True)
    return sorted(
        name
        for name, weights in names.items()
        if fnmatch(name, pattern) and pretrained in (None, weights)
    )


def load(name_or_path: str | Path) -> "keras.Model":
    """A trained model, by name or from the directory that `zoo train` wrote.

    Args:
        name_or_path: "char-lm-shakespeare", or "char-lm-shakespeare@2" to take that version alone,
            or a directory; so too wherever else a trained model is named.

    Raises:
        UserError: no such model, another version of it, or a damaged file; then nothing is loaded.

    >>> import zoo
    >>> zoo.load("elman-xor").output_shape
    (None, None, 1)
    """
    return _load(name_or_path)[1].model


def create(
    recipe: str,
    *,
    options: Mapping[str, Any] | None = None,
    init_from: str | Path | None = None,
    **overrides: Any,
) -> "keras.Model":
    """The model of a recipe: untrained, or with the weights of a trained one.

    Args:
        recipe: a name of `list_models(pretrained=False)`, or any other recipe's.
        options: of the recipe, by name; `zoo info RECIPE` lists them. Names that come from a user
            go here, so that none of them is taken for an argument of this function.
        init_from: name or directory of a model of the same recipe, whose weights are taken; a head
            for other labels begins anew, as in
            `create("blstm-tagger", init_from="blstm-tagger-gum", tags="A B C")`.
        **overrides: options too, as keywords.

    Raises:
        UserError: an unknown recipe, option or model, a value of the wrong type, an option that is
            there twice, or options that make a model of another shape than `init_from`.

    >>> import zoo
    >>> zoo.create("elman-xor", units=4).count_params()
    29
    """
    recipe_ = recipes.get(recipe)
    parsed = recipe_.resolve(recipe_.parse(_merged(options, overrides)))
    if init_from is None:
        return recipe_.model(parsed)
    from zoo.api.train import load_init_from

    return recipe_.initialized(parsed, load_init_from(recipe_, init_from)[1])


def train(
    recipe: str,
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
        recipe: a name of `list_models(pretrained=False)`, or any other recipe's.
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
        **overrides: options too, as keywords.

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
    recipes.require(recipe)
    require_tensorflow()
    from zoo.hub.card import Card
    from zoo.training.distributed import launch

    merged = _merged(options, overrides)
    arguments: dict[str, Any] = {
        "init_from": None if init_from is None else str(init_from),
        "resume": resume,
        "overwrite": overwrite,
        "device": device,
    }
    places = launch.places(coordinator, process, processes)
    if places:
        launch.train({"name": recipe, "out": str(out), "overrides": merged, **arguments}, places)
        return Card.read(Path(out)) if places[0].process == 0 else None
    from zoo.api import train

    return train.train(recipe, Path(out), merged, **arguments)


def pipeline(name_or_path: str | Path, /, **settings: Any) -> "Pipeline":
    """A function from raw input to raw output: for a tagger, text to [(token, tag), ...].

    The function takes one input, or a list of them for a list of outputs. Pickled, it is loaded
    again where it arrives, once a process.

    Args:
        name_or_path: of a shipped model, or a model's directory.
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

    card, trained = _load(name_or_path)
    function = pipelines.pipeline(card.recipe, recipes.processing(card.recipe), trained, settings)
    return Pipeline(__name__, name_or_path, settings, function)


def export(
    model_or_name: "keras.Model | str | Path",
    path: str | Path,
    format: Format = "onnx",
    *,
    stateful: bool = False,
    steps: int | None = None,
    loops: bool = False,
    dtype: DType = "float32",
    quantize: Quantize | None = None,
    part: str | None = None,
    inputs: Any = None,
) -> "Report":
    """Writes a model for another runtime, runs it there and compares.

    Args:
        model_or_name: a Keras model, the name of a shipped model, a model's directory, or a
            `.keras` or `.h5` file.
        path: what to write; must not exist.
        format: "onnx", "saved_model" or "litert".
        stateful: the states of recurrent layers as inputs and outputs, so that a stream can be
            run block by block; for a model that reads forward only.
        steps: 1 writes the graph of one time step of such a stream, in which no layer needs a
            loop.
        loops: write a layer that ONNX has no operator for as a `Loop`, two to five times slower.
        dtype: "float16" stores the weights of an ONNX file in half precision.
        quantize: "int8" makes an ONNX file of 8-bit weights and products.
        part: of a model made of models, one alone: "encoder" or "decoder" of a translator.
        inputs: `keras.Input` or `keras.InputSpec`, in the structure that the model's call takes,
            for a subclassed model; by default the shapes that it was called with.

    Returns:
        The report: files, operators, inputs and outputs, largest error and tolerance.

    Raises:
        UserError: no such model or format, a model that does not fit what is asked, or a path
            that cannot be written.
        zoo.exporters.ExportError: the exported model does not agree with the Keras model; no file
            stays.

    >>> import zoo
    >>> report = zoo.export("elman-xor", "xor.onnx")
    >>> report.operators["RNN"], report.max_abs_error < 1e-6
    (1, True)
    """
    require_tensorflow()
    import zoo.exporters as exporter
    from zoo.hub.registry import model_name
    from zoo.recipes.pipeline import examples

    if isinstance(model_or_name, (str, Path)) and Path(model_or_name).suffix in KERAS_FILES:
        from zoo.hub.model_directory import load_keras_file

        model_or_name = load_keras_file(Path(model_or_name))
    if part is not None:
        model_or_name = _part(model_or_name, part)
    options: dict[str, Any] = {"stateful": stateful, "steps": steps, "loops": loops}
    options |= {"dtype": dtype}
    options |= {"format": format, "quantize": quantize}
    if not isinstance(model_or_name, (str, Path)):
        return exporter.export(model_or_name, Path(path), inputs=inputs, **options)

    card, trained = _load(model_or_name)
    recipe = recipes.get(card.recipe)
    return exporter.export(
        trained.model,
        Path(path),
        batch=recipe.processing.batch(trained, examples(recipe.processing, trained.assets)),
        graph_of=recipe.graph,
        metadata=card.metadata(model_name(model_or_name), trained),
        **options,
    )


def evaluate(
    name_or_path: str | Path, split: Split = "test", *, runtime: Runtime = "keras"
) -> "Metrics":
    """Metrics of a trained model on a split of its data set, by name.

    Args:
        name_or_path: of a model; with the runtime "onnx" also an exported file.
        split: "dev" or "test"; "train" where the recipe keeps such a one.
        runtime: "keras", or "onnx" for ONNX Runtime.

    Raises:
        UserError: no such model, split or runtime, or the data set is not at hand.

    >>> import zoo
    >>> round(zoo.evaluate("elman-xor")["third_bit_accuracy"], 2)
    1.0
    """
    return evaluate_all(name_or_path, [split], runtime=runtime)[split]


def evaluate_all(
    name_or_path: str | Path, splits: Sequence[str] | None = None, *, runtime: str = "keras"
) -> "dict[str, Metrics]":
    """Metrics by split, of all splits except train where `splits` is None.

    Raises:
        UserError: as `evaluate`.
    """
    name, trained = _predictor(name_or_path, runtime)
    recipe = recipes.get(name)
    chosen = [name for name in recipe.splits if name != "train"] if splits is None else splits
    for split in chosen:
        if split not in recipe.splits:
            raise unknown("split", split, recipe.splits)
    return {split: recipe.evaluate(trained, split) for split in chosen}


def _merged(options: Mapping[str, Any] | None, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a mapping and of keywords together.

    Raises:
        UserError: an option is in both.
    """
    options = options or {}
    if twice := sorted(options.keys() & overrides.keys()):
        raise UserError(
            f"{twice[0]} is both in options= and a keyword: {options[twice[0]]!r:.80} and "
            f"{overrides[twice[0]]!r:.80}; leave one of them out."
        )
    return {**options, **overrides}


def _predictor(name_or_path: str | Path, runtime: str) -> "tuple[str, Predictor]":
    """The recipe of a model, and the model in a runtime."""
    if runtime == "onnx":
        from dataclasses import replace

        from zoo.api import runtime as exported

        recipe, predictor = exported.load(name_or_path)
        # An option that was added to the recipe after the export gets its default.
        options = recipes.get(recipe).parse(vars(predictor.options))
        return recipe, replace(predictor, options=options)
    if runtime != "keras":
        raise unknown("runtime", runtime, RUNTIMES)
    card, trained = _load(name_or_path)
    return card.recipe, trained


def _part(model_or_name: "keras.Model | str | Path", name: str) -> "keras.Model":
    from zoo.recipes.recipe import submodels_of

    if isinstance(model_or_name, (str, Path)):
        card, trained = _load(model_or_name)
        model, parts = trained.model, recipes.get(card.recipe).submodels(trained.model)
    else:
        model, parts = model_or_name, submodels_of(model_or_name)
    if name not in parts:
        raise unknown(f"part of '{model.name}'", name, parts or ["none, it is of one piece"])
    return parts[name]


def _load(name_or_path: str | Path) -> tuple["Card", "Trained"]:
    require_tensorflow()
    from zoo.hub.model_directory import load as load_directory

    return load_directory(name_or_path)
