"""What a user can set by name: options of a training, settings of a prediction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import pydantic

from zoo.errors import UserError

LARGEST = 2**32
"""Above every seed, size and number that a machine could use."""


@dataclass(frozen=True)
class Values:
    """Beside a type that has no name of its own: the values that there are, in words."""

    text: str


Seed = Annotated[int, pydantic.Field(ge=0)]


class Settings(pydantic.BaseModel):
    """Values by name, parsed where they are text; an unknown name is an error."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @pydantic.field_validator("*")
    @classmethod
    def _fits_a_machine(cls, value: Any) -> Any:
        if isinstance(value, int) and abs(value) >= LARGEST:
            raise ValueError(f"an integer below {LARGEST:,}")
        return value


class Options(Settings):
    """The options of every recipe; each adds its own."""

    seed: Seed = pydantic.Field(1, description="seed of weights, order and dropout")
    precision: Literal["float32", "mixed_bfloat16"] = pydantic.Field(
        "float32", description="what layers compute in; weights are float32"
    )


Kind = TypeVar("Kind", bound=Settings)


def parse(kind: type[Kind], values: Mapping[str, Any], owner: str, what: str) -> Kind:
    """Parses values by name; those that are not in it get their defaults.

    Args:
        owner: the recipe or model that the values are for, as the message names it.
        what: "option" or "setting".

    Raises:
        UserError: an unknown name, or a value that does not fit; the message has those that are
            accepted.
    """
    try:
        return kind.model_validate(dict(values))
    except pydantic.ValidationError as error:
        problems = "; ".join(
            f"no such {what}: {e['loc'][0]}"
            if e["type"] == "extra_forbidden"
            else f"{e['loc'][0]}={e['input']!r}: {_message(e['msg'])}"
            for e in error.errors()
        )
        accepted = ", ".join(
            f"{name} ({field['type']}, {field['default']!r})"
            for name, field in describe(kind).items()
        )
        raise UserError(
            f"{owner} got {problems}. Accepted, with type and default: {accepted or 'none'}."
        ) from None


def _message(text: str) -> str:
    """What Pydantic says, within a sentence; the names in it stay as they are spelled."""
    text = text.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def describe(kind: type[Settings]) -> dict[str, dict[str, Any]]:
    """Name → type, default and description."""
    return {
        name: {
            "type": _values(field.metadata) or _kind(field.annotation),
            "default": field.default,
            "description": field.description,
        }
        for name, field in kind.model_fields.items()
    }


def _values(metadata: list[Any]) -> str:
    return next((each.text for each in metadata if isinstance(each, Values)), "")


def _kind(annotation: Any) -> str:
    """The name of a type, or the possible values."""
    if get_origin(annotation) is Literal:
        return " | ".join(map(str, get_args(annotation)))
    return getattr(annotation, "__name__", str(annotation))
