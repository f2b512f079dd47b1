"""The card of a trained model: what it is, what it was trained on, and what it measures."""

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
"""Entry of `card.json`, its last: that of all the others."""

MODEL = "model.keras"
ONNX, STREAM = "model.onnx", "stream.onnx"
"""What a shipped model runs by without TensorFlow: whole sequences, and a stream's time steps where
that takes a graph of its own."""

RECIPE_KEY, OPTIONS_KEY, ASSETS_KEY = "recipe", "options", "assets"
"""Entries in the metadata of an exported file: what turns raw input into the model's."""


OF_CARD = pydantic.TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class Card:
    """What `card.json` in a model's directory says."""

    recipe: str
    summary: str
    version: int
    """Rises each time that another model is put under the same name, or in the same directory."""

    overrides: dict[str, Any]
    """The options that were asked for."""

    init_from: Annotated[dict[str, Any] | None, pydantic.Field(validation_alias="start")]
    """The model whose weights it was trained from, what that was trained with, and from what; entry
    "start" of the file."""

    options: dict[str, Any]
    """All options it was trained with, so that a later default changes nothing."""

    parameters: int
    bytes: int
    """Of all files but the card itself."""

    data: dict[str, str]
    """Name, version and licence of the data set, and what else must be known of it."""

    metrics: dict[str, dict[str, float | str]]
    """Split → metric → value, measured on the weights as stored."""

    seed: int
    epochs: int
    seconds: float
    """Of training."""

    machine: str
    date: str
    versions: dict[str, str]
    sources: list[str]
    licence: str
    """Of the weights."""

    files: dict[str, str]
    """File → SHA-256."""

    onnx: dict[str, dict[str, float | str]] = field(default_factory=dict)
    """As `metrics`, of the test split, measured on `model.onnx` in ONNX Runtime; empty for a model
    that was not shipped."""

    def document(self) -> dict[str, Any]:
        """The entries of `card.json`, but for its checksum."""
        return {"start" if k == "init_from" else k: value for k, value in asdict(self).items()}

    def write(self, directory: Path) -> None:
        said = self.document()
        said[CHECKSUM] = _checksum(said)
        text = json.dumps(said, indent=2, ensure_ascii=False)
        atomic.write_text(directory / CARD, text + "\n")

    def assets(self, directory: Path) -> dict[str, str]:
        """What a model needs to read raw input, such as vocabularies: file → content."""
        others = (MODEL, ONNX, STREAM, LOG)
        return {
            file: (directory / file).read_text(encoding="utf-8")
            for file in self.files
            if file not in others
        }

    def as_init_from(self, name: str) -> dict[str, Any]:
        """What the card of a model trained from this one says of it."""
        parts = {key: getattr(self, key) for key in ("version", "date", "options", "epochs")}
        return {"name": name, **parts, "start": self.init_from}

    def metadata(self, name: str, trained: "Trained") -> dict[str, str]:
        """What an exported file says of itself; `zoo.runtime` reads it."""
        return {
            "name": name,
            "version": str(self.version),
            "summary": self.summary,
            "licence": self.licence,
            RECIPE_KEY: self.recipe,
            **{
                key: json.dumps(value, ensure_ascii=False)
                for key, value in {
                    "metrics": self.metrics,
                    "data": self.data,
                    "sources": self.sources,
                    OPTIONS_KEY: trained.options.model_dump(),
                    ASSETS_KEY: dict(trained.assets),
                }.items()
            },
        }

    @classmethod
    def read(cls, directory: Path) -> "Card":
        """The card of a model directory.

        Raises:
            UserError: the directory holds no card, or one that is not whole.
        """
        path = directory / CARD
        try:
            said = OF_CARD.validate_json(path.read_bytes())
            expected = said.pop(CHECKSUM, None)
            card = pydantic.TypeAdapter(cls).validate_python(said)
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
        if expected != _checksum(said):
            raise UserError(
                f"{path} is damaged: it was changed after it was written; nothing was loaded. "
                "Train the model again, or reinstall recurrent-zoo if it was shipped."
            )
        _require_own_files(path, card.files)
        return card


def _checksum(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _require_own_files(path: Path, files: Iterable[str]) -> None:
    """Refuses a card that leads out of its directory, or that leaves the model unchecked.

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
