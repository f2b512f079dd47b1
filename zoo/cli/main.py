"""The command `zoo`: the functions of `import zoo` in a terminal.

Each command imports what it needs when it runs, so that `zoo --help` is fast. What a user writes
is not checked here (`cast`): the library refuses it and names the nearest accepted value.
"""

import sys
from pathlib import Path
from shlex import quote
from typing import Annotated, cast

import typer

import zoo
from zoo import recipes
from zoo.api.export import KERAS_FILES
from zoo.api.models import Device, DType, Format, Quantize, evaluate_all
from zoo.cli import terminal
from zoo.cli.arguments import Import, Json, Model, RecipeFolder, Runtime, pair
from zoo.errors import InternalError, UserError, has_tensorflow

app = typer.Typer(
    help="Recurrent networks for Keras 3: train, load by name, evaluate, export.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Runs the command; exits with 2 for a user's mistake and with 1 for a defect of ours."""
    terminal.open_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except UserError as error:
        terminal.fail(str(error), 2)
    except InternalError as error:
        terminal.fail(str(error), 1)
    except OSError as error:
        where = "" if error.filename is None else f" ({error.filename})"
        terminal.fail(f"{error.strerror or error}{where}.", 2)


@app.command("list")
def list_command(
    pattern: Annotated[str, typer.Argument(help="Of the shell, such as '*tagger*'.")] = "*",
    as_json: Json = False,
) -> None:
    """List recipes and shipped models."""
    from zoo.cli import about, show

    rows = [about.row(name) for name in zoo.list_models(pattern)]
    if as_json:
        show.document(rows)
    else:
        show.models(rows)
    for sentence in about.refused():
        typer.echo(sentence, err=True)


@app.command()
def info(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model, a directory or a recipe.")],
    epochs_: Annotated[
        bool, typer.Option("--epochs", help="How the training of a model went.")
    ] = False,
    recipe: RecipeFolder = None,
    as_json: Json = False,
) -> None:
    """Show the card of a model, and the options of a recipe."""
    from zoo.cli import about, epochs, show
    from zoo.hub.registry import directory_of

    if epochs_:
        parts = epochs.read(directory_of(name) or Path(name))
        return show.document(parts) if as_json else show.epochs(parts)
    entries, example = about.describe(name, recipe)
    if as_json:
        return show.document(entries)
    if entries["card"] is not None:
        show.card(name, entries["card"], example() if example else None)
    show.settings(name, entries["settings"])
    if entries["options"] is not None:
        show.options(name, entries["options"])


@app.command()
def predict(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_DIR", help="A shipped model, a directory, or an exported .onnx file."
        ),
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Raw inputs; lines of standard input if none."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the recipe."),
    ] = None,
    input_: Annotated[
        Path | None, typer.Option("--input", help="A file of inputs, .txt or .jsonl, .gz or not.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where the outputs of --input go, as JSON lines.")
    ] = None,
    runtime: Runtime = None,
    recipe: RecipeFolder = None,
    import_: Import = None,
    as_json: Json = False,
) -> None:
    """Turn raw input into raw output."""
    from zoo.cli.predict import Choice, predict_file, predict_inputs

    settings = dict(pair(text) for text in set_ or [])
    if (input_ is None) != (output is None) or (input_ is not None and inputs):
        raise UserError("A file is predicted by --input FILE --output FILE, and no other inputs.")
    choice = Choice(runtime, recipe, import_ or [])
    if input_ is not None and output is not None:
        return predict_file(name, input_, output, settings, choice)
    predict_inputs(name, inputs or [], settings, choice, as_json)


@app.command()
def train(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Its name, or the folder of one: ./my_recipe.")
    ],
    out: Annotated[Path, typer.Option(help="Directory of the model and its checkpoints.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override an option of the recipe."),
    ] = None,
    init_from: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help="Start from these weights.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on with the training in --out.")] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace what --out holds.")] = False,
    device: Annotated[
        str | None, typer.Option(metavar="cpu|gpu", help="A GPU if there is one by default.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(metavar="N", help="Train on JAX in so many processes.")
    ] = None,
    coordinator: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Of the first, where others start elsewhere."),
    ] = None,
    process_: Annotated[
        int | None,
        typer.Option("--process", metavar="K", help="Number of this one among them, from 0."),
    ] = None,
) -> None:
    """Train a recipe into a directory, on the backend of Keras that KERAS_BACKEND names."""
    from zoo.cli import show
    from zoo.hub.registry import as_text

    options = dict(pair(text) for text in set_ or [])
    if resume and overwrite:
        raise UserError("--resume goes on and --overwrite starts again; give one of them.")
    recipes.add(recipe)
    terminal.start_tensorflow_quietly(any_backend=True)
    card = zoo.train(
        recipe,
        out,
        options=options,
        init_from=init_from,
        resume=resume,
        overwrite=overwrite,
        device=cast(Device | None, device),
        processes=processes,
        coordinator=coordinator,
        process=process_,
    )
    if card is None:
        return
    typer.echo(f"{out}: {show.first_metric(card.metrics)}, {show.size(card.bytes)}")
    code = show.code_options(card)
    directory = as_text(out)
    onnx = quote(f"{directory}/model.onnx")
    typer.echo(
        f"Next: zoo evaluate {quote(directory)}{code}   or   zoo export {quote(directory)} --out "
        f"{onnx}{code}"
    )


@app.command()
def evaluate(
    name: Model,
    split: Annotated[
        str | None, typer.Option(help="Of the recipe's data set; all but train by default.")
    ] = None,
    runtime: Runtime = None,
    recipe: RecipeFolder = None,
    import_: Import = None,
    as_json: Json = False,
) -> None:
    """Measure a model on its data set; by Keras unless --runtime onnx is asked for."""
    from zoo.cli import show
    from zoo.cli.predict import import_user_modules
    from zoo.hub import registry

    import_user_modules(import_ or [])
    if not name.endswith(".onnx"):
        registry.require_recipe_of(name, recipe)
    terminal.start_tensorflow_quietly()
    chosen = runtime or ("onnx" if name.endswith(".onnx") else "keras")
    metrics = evaluate_all(name, [split] if split else None, runtime=chosen, recipe=recipe)
    if as_json:
        return show.document({"name": name, "metrics": metrics})
    for split, values in metrics.items():
        typer.echo(f"{name} on {split}: {show.metrics(values)}")


@app.command()
def export(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_PATH", help="A shipped model, a directory, a .keras or .h5 file."
        ),
    ],
    out: Annotated[Path, typer.Option(help="What to write; must not exist.")],
    format: Annotated[str, typer.Option(help="onnx, saved_model or litert.")] = "onnx",
    stateful: Annotated[
        bool, typer.Option("--stateful", help="States as inputs and outputs, for streams.")
    ] = False,
    steps: Annotated[
        int | None, typer.Option(metavar="1", help="One time step of a stream: no loops.")
    ] = None,
    loops: Annotated[
        bool, typer.Option("--loops", help="Write layers without an ONNX operator as a Loop.")
    ] = False,
    dtype: Annotated[str, typer.Option(help="float16 stores weights in half precision.")] = (
        "float32"
    ),
    quantize: Annotated[
        str | None, typer.Option(metavar="int8", help="8-bit weights and products.")
    ] = None,
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="Keep a smaller file that loses too much.")
    ] = False,
    part: Annotated[
        str | None, typer.Option(help="One part alone, such as a translator's encoder.")
    ] = None,
    recipe: RecipeFolder = None,
    import_: Import = None,
    as_json: Json = False,
) -> None:
    """Write a model for another runtime, run it there and compare."""
    from zoo.cli import show
    from zoo.cli.predict import import_user_modules
    from zoo.hub import registry

    import_user_modules(import_ or [])
    if Path(name).suffix not in KERAS_FILES:
        registry.require_recipe_of(name, recipe)
    terminal.start_tensorflow_quietly()
    report = zoo.export(
        name,
        out,
        cast(Format, format),
        stateful=stateful,
        steps=steps,
        loops=loops,
        dtype=cast(DType, dtype),
        quantize=cast(Quantize | None, quantize),
        allow_loss=allow_loss,
        part=part,
        recipe=recipe,
    )
    if as_json:
        return show.document(report.as_document())
    show.report(f"{name} as {format}", out, report)


@app.command()
def demo() -> None:
    """Tag sentences with a shipped model in ONNX Runtime and, where it is installed, in Keras."""
    if has_tensorflow():
        terminal.start_tensorflow_quietly()
    from zoo.cli.demo import tag_examples

    tag_examples()


@app.command()
def gallery(
    out: Annotated[
        Path | None, typer.Option(help="Write the folder there, for any static host.")
    ] = None,
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 takes one that is free.")] = 8000,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Try the shipped models in a browser page, which computes all by itself."""
    from tempfile import TemporaryDirectory

    from zoo.gallery import server, site

    if out is not None:
        names = site.build(out)
        typer.echo(f"{out}: pages of {len(names)} models; open {out / 'index.html'} by a server.")
        return
    with TemporaryDirectory() as folder:
        site.build(Path(folder))
        server.serve(Path(folder), port, browser)
