"""The base of every layer: complete in its `help`, and called with the mask of its input."""

import inspect
import re
from typing import Any, ClassVar, Unpack, get_args, get_origin

import keras

from zoo.layers.base.arguments import LayerArguments

ARGS = re.compile(r"^    Args:\n(?P<entries>(?:        .+\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^        (?P<names>\w+(?:, \w+)*):.*\n(?:         +.+\n)*", re.MULTILINE)


class Layer(keras.layers.Layer):
    """Base of every layer of the zoo.

    A layer takes the arguments of its bases as `**kwargs`, and documents its own. Its signature and
    its docstring are completed here by those of the bases, so that each is written once.

    Args:
        name: of the layer, by which Keras and error messages call it.
        trainable: whether the weights are trained.
        dtype: of weights and computation, or a policy such as "mixed_bfloat16".
        autocast: whether inputs are cast to that of the computation.
        activity_regularizer: of the output, added to the loss.
    """

    renamed_arguments: ClassVar[dict[str, str]] = {}
    """Name of a call argument in models that were saved earlier → its name now."""

    def __init__(self, **kwargs: Unpack[LayerArguments]):
        super().__init__(**kwargs)

    def build_from_config(self, config: dict[str, Any]) -> None:
        shapes = config.get("shapes_dict")
        if shapes is not None:
            # An argument that is a mask has no shape in the configuration.
            earlier = {f"{name}_shape" for name in self.renamed_arguments}
            shapes = {name: shape for name, shape in shapes.items() if name not in earlier}
            config = {**config, "shapes_dict": shapes}
        super().build_from_config(config)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the layer with the mask that its first input has, unless there is another.

        Keras does so only where no second tensor is there, such as an initial state.
        """
        kwargs = {self.renamed_arguments.get(name, name): each for name, each in kwargs.items()}
        names = list(inspect.signature(self.call).parameters)
        if "mask" in names[len(args) :] and kwargs.get("mask") is None:
            mask = _mask_of(args[0] if args else kwargs.get(names[0]))
            kwargs |= {} if mask is None else {"mask": mask}
        return super().__call__(*args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        complete(cls)


def _mask_of(tensor: Any) -> Any:
    """The mask that a layer before gave a tensor; Keras's guide to masking reads it so too."""
    return getattr(tensor, "_keras_mask", None)


def complete(kind: type) -> None:
    """Names all arguments of a class in the signature of its `__init__` and in its docstring."""
    init = vars(kind).get("__init__")
    if init is not None:
        init.__signature__ = _signature(kind, inspect.signature(init))
    if kind.__doc__:
        kind.__doc__ = ARGS.sub(lambda _: f"    Args:\n{_entries(kind)}", kind.__doc__, count=1)


def _signature(kind: type, own: inspect.Signature) -> inspect.Signature:
    """The signature with the arguments of the bases in the place of `**kwargs`.

    Names and defaults alone, as Keras shows them: the types of all would fill the screen.
    """
    *parameters, last = own.parameters.values()
    if last.kind is not last.VAR_KEYWORD:
        return own
    of_bases: dict[str, inspect.Parameter] = {}
    for base in kind.__mro__[1:]:
        if "__init__" in vars(base):
            of_bases = {**inspect.signature(vars(base)["__init__"]).parameters, **of_bases}
    names = _unpacked(last.annotation)
    if names is None:
        nearest = inspect.signature(kind.__mro__[1].__init__).parameters  # type: ignore[misc]
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        names = [name for name, each in nearest.items() if each.kind not in several]
    parameters += [
        of_bases[name].replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name in names
        if name not in own.parameters
    ]
    return inspect.Signature([each.replace(annotation=each.empty) for each in parameters])


def _unpacked(annotation: Any) -> list[str] | None:
    """The names of the arguments in an `Unpack[...]`; None for another annotation."""
    if get_origin(annotation) is not Unpack:
        return None
    return list(get_args(annotation)[0].__annotations__)


def _entries(kind: type) -> str:
    """What the docstrings of a class and its bases say of its arguments, in their order."""
    entries: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, Layer) and (section := ARGS.search(base.__doc__ or "")):
            for entry in ENTRY.finditer(section["entries"]):
                entries |= dict.fromkeys(entry["names"].split(", "), entry[0])
    names = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    return "".join(dict.fromkeys(entries[name] for name in names if name in entries))


complete(Layer)
