"""The bidirectional recurrent network of Schuster and Paliwal (1997)."""

from typing import Any, Literal, Unpack, get_args

import keras
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.core import Core
from zoo.layers.base.layer import Layer
from zoo.layers.base.scan import paired_with
from zoo.layers.base.state import flatten

MergeMode = Literal["concat", "sum", "mul", "ave"]
MERGES = (*get_args(MergeMode), None)


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Bidirectional(Layer):
    """Two layers over one sequence, one from its start and one from its end.

        h_t = forward(x_t, h_{t-1})
        z_t = backward(x_t, z_{t+1})
        y_t = merge(h_t, z_t)

    The backward layer reads only steps that are no padding, so that padding enters neither
    direction. With two LSTMs this is the BLSTM of Graves and Schmidhuber (2005).

    Args:
        layer: the forward layer, of the zoo.
        merge_mode: "concat", "sum", "mul", "ave", or None for the pair of outputs.
        weights: initial values of the weights, the forward layer's and then the backward layer's.
        backward_layer: the backward layer, with `go_backwards`; by default one like `layer`
            with weights of its own.
        **kwargs: of every Keras layer.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: the parts of the forward layer's state and then the backward layer's, (batch,
            units) each; those that the layers begin from by default.
        mask: (batch, time), true at the steps that are no padding.
        training: given to both layers.

    Returns:
        (batch, time, 2 units) with "concat", (batch, time, units) with the other modes; without
        the time axis where the layers return their last step. Outputs are in time's order, and
        zero at padding. After them, where the layers return them, the final states, in the order of
        the initial ones.

    Raises:
        ValueError: an unknown merge mode, or two layers that do not fit together.

    Source: M. Schuster, K. K. Paliwal, Bidirectional recurrent neural networks, IEEE
    Transactions on Signal Processing 45, 1997.

    >>> import keras, zoo
    >>> zoo.layers.Bidirectional(zoo.layers.LSTM(8))(keras.Input((5, 3))).shape
    (None, 16)
    """

    def __init__(
        self,
        layer: Core,
        *,
        merge_mode: MergeMode | None = "concat",
        weights: list[Any] | None = None,
        backward_layer: Core | None = None,
        **kwargs: Unpack[LayerArguments],
    ):
        super().__init__(**kwargs)
        if merge_mode not in MERGES:
            raise ValueError(
                f"Bidirectional '{self.name}' got merge_mode {merge_mode!r}; it takes one of "
                f"{', '.join(map(repr, MERGES))}."
            )
        if not isinstance(layer, Core):
            raise ValueError(
                f"Bidirectional '{self.name}' got a layer of type {type(layer).__name__}; it "
                "takes a recurrent layer of the zoo, such as zoo.layers.LSTM."
            )
        self.forward_layer = layer
        self.backward_layer = backward_layer or _turned(layer)
        self.merge_mode = merge_mode
        self._initial_weights = weights
        self.supports_masking = True
        self._check_pair()

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        ahead, behind = (None, None) if initial_state is None else self._halves(initial_state)
        both = self.forward_layer, self.backward_layer
        from_zero = all(layer.starts_from_zeros(initial_state) for layer in both)
        with paired_with(self.forward_layer if from_zero else None, self.backward_layer.cell):
            forward = self.forward_layer(
                sequences, initial_state=ahead, mask=mask, training=training
            )
            backward = self.backward_layer(
                sequences, initial_state=behind, mask=mask, training=training
            )
        states: list[Tensor] = []
        if self.forward_layer.return_state:
            forward, *ahead = forward
            backward, *behind = backward
            states = [*ahead, *behind]
        forward, backward = (ops.cast(part, self.compute_dtype) for part in (forward, backward))
        if self.forward_layer.return_sequences:
            backward = ops.flip(backward, axis=1)
            if mask is not None:
                forward, backward = (_zero_at_padding(part, mask) for part in (forward, backward))
        merged = self._merge(forward, backward)
        if not states:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def reset_state(self) -> None:
        """Sets the states that stateful layers carry over back to the initial ones."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        forward = self.forward_layer.compute_output_shape(sequences_shape)
        backward = self.backward_layer.compute_output_shape(sequences_shape)
        states: list[Any] = []
        if self.forward_layer.return_state:
            forward, *ahead = forward
            backward, *behind = backward
            states = [*ahead, *behind]
        if self.merge_mode is None:
            return forward, backward, *states
        if self.merge_mode == "concat":
            forward = (*forward[:-1], forward[-1] + backward[-1])
        return (forward, *states) if states else forward

    def compute_mask(self, _: Any, previous_mask: Any) -> Any:
        layer = self.forward_layer
        mask = keras.tree.flatten(previous_mask)[0] if layer.return_sequences else None
        outputs = [mask, mask] if self.merge_mode is None else [mask]
        if layer.return_state:
            outputs += [None] * self._counts()[0] + [None] * self._counts()[1]
        return outputs if len(outputs) > 1 else mask

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "layer": keras.saving.serialize_keras_object(self.forward_layer),
            "backward_layer": keras.saving.serialize_keras_object(self.backward_layer),
            "merge_mode": self.merge_mode,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Bidirectional":
        layers = {
            name: keras.saving.deserialize_keras_object(config.pop(name))
            for name in ("layer", "backward_layer")
        }
        return cls(**layers, **config)

    def _merge(self, forward: Tensor, backward: Tensor) -> Any:
        match self.merge_mode:
            case "concat":
                return ops.concatenate([forward, backward], axis=-1)
            case "sum":
                return forward + backward
            case "mul":
                return forward * backward
            case "ave":
                return (forward + backward) / 2
            case _:
                return forward, backward

    def _halves(self, initial_state: Any) -> tuple[Any, Any]:
        parts = list(initial_state)
        ahead, behind = self._counts()
        if len(parts) != ahead + behind:
            raise ValueError(
                f"Bidirectional '{self.name}' got initial states numbering {len(parts)}; it takes "
                f"those of '{self.forward_layer.name}' ({ahead}) followed by those of "
                f"'{self.backward_layer.name}' ({behind})."
            )
        return parts[:ahead], parts[ahead:]

    def _counts(self) -> tuple[int, int]:
        """Number of the states of each layer."""
        ahead, behind = (
            len(flatten(layer.state_shape)) for layer in (self.forward_layer, self.backward_layer)
        )
        return ahead, behind

    def _check_pair(self) -> None:
        ahead, behind = self.forward_layer, self.backward_layer
        problem = None
        if ahead.go_backwards or not behind.go_backwards:
            problem = "go_backwards False for the forward and True for the backward layer"
        elif ahead.return_sequences != behind.return_sequences:
            problem = "the same return_sequences in both layers"
        elif ahead.return_state != behind.return_state:
            problem = "the same return_state in both layers"
        elif self.merge_mode in ("sum", "mul", "ave") and ahead.output_shape != behind.output_shape:
            problem = f"the same units in both layers for merge_mode '{self.merge_mode}'"
        if problem:
            raise ValueError(
                f"Bidirectional '{self.name}' got '{ahead.name}' and '{behind.name}'; it takes "
                f"{problem}."
            )


def _zero_at_padding(outputs: Tensor, mask: Tensor) -> Tensor:
    return ops.where(mask[:, :, None], outputs, ops.zeros_like(outputs))


def _turned(layer: Core) -> Core:
    """A layer like the given one that reads the sequence from its end."""
    config = layer.get_config()
    config["go_backwards"] = True
    config["name"] = f"{layer.name}_backward"
    return type(layer).from_config(config)
