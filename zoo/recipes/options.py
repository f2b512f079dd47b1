"""What a user can turn, by name: options of a training, settings of a prediction."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import pydantic

from zoo.errors import UserError

LARGEST = 2**32
"""Above every seed, size and number that a machine could use."""

Seed = Annotated[int, pydantic.Field(ge=0)]


class Settings(pydantic.BaseModel):
    """Values by name, converted from text where they are text; other names are errors."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @pydantic.field_validator("*")
    @classmethod
    def _fits_a_machine(cls, value: Any) -> Any:
        if isinstance(value, int) and abs(value) >= LARGEST:
            raise ValueError(f"an integer below {LARGEST:,}")
        return value


class Options(Settings):
    """What shapes a model and its training; a recipe adds its own and gives the defaults."""

    seed: Seed = pydantic.Field(1, description="seed of weights, order and dropout")
    precision: Literal["float32", "mixed_bfloat16"] = pydantic.Field(
        "float32", description="what layers compute in; weights are float32"
    )


Kind = TypeVar("Kind", bound=Settings)


def parse(kind: type[Kind], given: Mapping[str, Any], whose: str, what: str) -> Kind:
    """The values that were given, and the defaults of the others.

    Args:
        whose: what the values are given to, as the message names it.
        what: "option" or "setting".

    Raises:
        UserError: a name that is not known, or a value that does not fit, with those that are
            accepted.
    """
    try:
        return kind.model_validate(dict(given))
    except pydantic.ValidationError as error:
        problems = "; ".join(
            f"no such {what}: {e['loc'][0]}"
            if e["type"] == "extra_forbidden"
            else f"{e['loc'][0]}={e['input']!r}: {e['msg'].lower()}"
            for e in error.errors()
        )
        accepted = ", ".join(
            f"{name} ({field['type']}, {field['default']!r})"
            for name, field in describe(kind).items()
        )
        raise UserError(
            f"{whose} got {problems}. Accepted, with type and default: {accepted or 'none'}."
        ) from None


def describe(kind: type[Settings]) -> dict[str, dict[str, Any]]:
    """The names: type, default and meaning of each."""
    return {
        name: {
            "type": _kind(field.annotation),
            "default": field.default,
            "description": field.description,
        }
        for name, field in kind.model_fields.items()
    }


def _kind(annotation: Any) -> str:
    """The name of a type, or the values that there are."""
    if get_origin(annotation) is Literal:
        return " | ".join(map(str, get_args(annotation)))
    return getattr(annotation, "__name__", str(annotation))
