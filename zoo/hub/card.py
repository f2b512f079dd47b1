"""The model card, `card.json`: how a model was trained, on which data, and its metrics."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pydantic

from zoo import atomic
from zoo.errors import UserError
from zoo.training.logs import LOG

if TYPE_CHECKING:
    from zoo.recipes.recipe import Trained

CARD = "card.json"
CHECKSUM = "sha256"
"""Last entry of `card.json`: the SHA-256 of the other entries."""

MODEL = "model.keras"
ONNX, STREAM = "model.onnx", "stream.onnx"
"""Exported graphs of a shipped model, which run without TensorFlow. `stream.onnx` computes one time
step of a stream; it is there only for a model whose `model.onnx` cannot."""

RECIPE_KEY, SOURCE_KEY = "recipe", "recipe_source"
OPTIONS_KEY, ASSETS_KEY = "options", "assets"
WEIGHTS_KEY = "weights_sha256"
"""Keys in the metadata of an exported file: what its preprocessing is set up from, and the SHA-256
of the `model.keras` that it was made from."""


JSON_OBJECT = pydantic.TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class Card:
    """The content of `card.json` in a model's directory."""

    recipe: str
    summary: str
    version: int
    """Rises each time that another model is put under the same name, or in the same directory."""

    overrides: dict[str, Any]
    """The options that the user set."""

    init_from: Annotated[dict[str, Any] | None, pydantic.Field(validation_alias="start")]
    """The model whose weights the training was initialized from: its name, version, date, options,
    epochs and, in turn, its own "start". The entry "start" of the file; None for random weights."""

    options: dict[str, Any]
    """All options of the training, so that later changes of defaults do not change the model."""

    parameters: int
    bytes: int
    """Size of all files except the card itself."""

    data: dict[str, str]
    """Name, version and licence of the data set, and a note."""

    metrics: dict[str, dict[str, float | str]]
    """Split → metric → value, measured with the weights as stored, in half precision."""

    seed: int
    epochs: int
    seconds: float
    """Duration of the training."""

    machine: str
    date: str
    versions: dict[str, str]
    sources: list[str]
    licence: str
    """Of the weights."""

    files: dict[str, str]
    """File → SHA-256."""

    onnx: dict[str, dict[str, float | str]] = field(default_factory=dict)
    """`metrics` of the test split as `model.onnx` has them in ONNX Runtime; empty for a model that
    is not shipped."""

    recipe_source: dict[str, str] = field(default_factory=dict)
    """Where the recipe comes from: package and version, path of its folder as it was taken, or
    module; nothing for one of the zoo's own, and then no entry of the file."""

    def document(self) -> dict[str, Any]:
        """The entries of `card.json` without its checksum."""
        entries = {"start" if k == "init_from" else k: value for k, value in asdict(self).items()}
        if not self.recipe_source:
            del entries[SOURCE_KEY]
        return entries

    def write(self, directory: Path) -> None:
        """Writes `card.json`."""
        fields = self.document()
        fields[CHECKSUM] = _checksum(fields)
        text = json.dumps(fields, indent=2, ensure_ascii=False)
        atomic.write_text(directory / CARD, text + "\n")

    def assets(self, directory: Path) -> dict[str, str]:
        """The files that preprocessing needs, such as vocabularies: file → content."""
        others = (MODEL, ONNX, STREAM, LOG)
        return {
            file: (directory / file).read_text(encoding="utf-8")
            for file in self.files
            if file not in others
        }

    def as_init_from(self, name: str) -> dict[str, Any]:
        """This model as the entry `init_from` of a card, for a model that is trained from it."""
        fields = {key: getattr(self, key) for key in ("version", "date", "options", "epochs")}
        return {"name": name, **fields, "start": self.init_from}

    def metadata(self, name: str, trained: "Trained") -> dict[str, str]:
        """The metadata of an exported file, which `zoo.runtime` reads."""
        return {
            "name": name,
            "version": str(self.version),
            "summary": self.summary,
            "licence": self.licence,
            RECIPE_KEY: self.recipe,
            WEIGHTS_KEY: self.files.get(MODEL, ""),
            **{
                key: json.dumps(value, ensure_ascii=False)
                for key, value in {
                    SOURCE_KEY: self.recipe_source,
                    "metrics": self.metrics,
                    "data": self.data,
                    "sources": self.sources,
                    OPTIONS_KEY: trained.options.model_dump(mode="json"),
                    ASSETS_KEY: dict(trained.assets),
                }.items()
            },
        }

    @classmethod
    def read(cls, directory: Path) -> "Card":
        """The card of a model directory.

        Raises:
            UserError: the directory has no card, or a damaged one.
        """
        path = directory / CARD
        try:
            fields = JSON_OBJECT.validate_json(path.read_bytes())
            expected = fields.pop(CHECKSUM, None)
            card = pydantic.TypeAdapter(cls).validate_python(fields)
        except OSError:
            raise UserError(
                f"{directory} is not a trained model: it has no {CARD}. A trained model is a "
                "directory that `zoo train RECIPE --out DIR` wrote."
            ) from None
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise UserError(
                f"{path} is damaged ({where}: {first['msg']}); nothing was loaded. Train the model "
                "again, or reinstall recurrent-zoo if it was shipped."
            ) from None
        if expected != _checksum(fields):
            raise UserError(
                f"{path} is damaged: it was changed after it was written; nothing was loaded. "
                "Train the model again, or reinstall recurrent-zoo if it was shipped."
            )
        _require_own_files(path, card.files)
        return card


def _checksum(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _require_own_files(path: Path, files: Iterable[str]) -> None:
    """Refuses a card that names a file outside its directory, or none for the model itself.

    Raises:
        UserError: the first such name.
    """
    strange = [
        file for file in files if Path(file).name != file or (path.parent / file).is_symlink()
    ]
    if strange or MODEL not in files:
        what = f"names {strange[0]!r}, which is no file of its own" if strange else f"lacks {MODEL}"
        raise UserError(
            f"{path} {what}; nothing was loaded. Take the model from where you trust it."
        )
