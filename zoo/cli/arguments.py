"""Arguments that several commands share."""

from typing import Annotated

import typer

from zoo.errors import UserError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Runtime = Annotated[str | None, typer.Option(metavar="keras|onnx", help="What runs the model.")]
RecipeFolder = Annotated[
    str | None,
    typer.Option("--recipe", metavar="DIR", help="The folder of a recipe that the model is of."),
]
Import = Annotated[
    list[str] | None,
    typer.Option("--import", metavar="MODULE", help="Yours, with a layer of the model."),
]
Model = Annotated[
    str, typer.Argument(metavar="NAME_OR_DIR", help="A shipped model or a directory.")
]


def pair(text: str) -> tuple[str, str]:
    """KEY=VALUE of `--set`."""
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"--set takes key=value, such as --set epochs=3; got {text!r}.")
    return key, value
