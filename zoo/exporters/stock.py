"""Keras's own recurrent layers, run by the engine of the zoo while a model is traced.

Nothing is rebuilt. Keras does what it does around the loop: initial states, `stateful`, masks,
shared and nested layers. Where it hands a sequence to its loop over time, the engine runs a cell on
the layer's own variables instead, by whichever loop is in use: an ONNX operator, or the tuned
loop. A cell that is none of Keras's own three is left to Keras.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from inspect import signature
from typing import Any

import keras
from keras import ops

from zoo.layers import GRU, LSTM, Elman, HiddenState, LSTMState
from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.core import all_layers
from zoo.layers.base.scan import paired_with, run_cell

STEPS: dict[type, tuple[Any, Any]] = {
    keras.layers.SimpleRNNCell: (Elman, HiddenState),
    keras.layers.GRUCell: (GRU, HiddenState),
    keras.layers.LSTMCell: (LSTM, LSTMState),
}
"""Stock cell → the layer of the zoo whose step it computes, and its state."""

LAYERS = (keras.layers.RNN, keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM)

Left = Callable[[keras.layers.RNN], None]
"""Called with each layer whose loop Keras runs itself."""

_left: ContextVar[Left | None] = ContextVar("left", default=None)
"""Set in the thread that traces a model for export; what other threads run is Keras's own."""


@contextmanager
def by_the_engine(left: Left) -> Iterator[None]:
    """Runs the stock layers that this thread traces by the engine, and `TimeDistributed` as one
    batch.

    This leans on methods of Keras that are not documented: `inner_loop` of its recurrent layers,
    which is given the sequences, the initial states as a list and the mask, and returns the last
    output, all outputs and the final states. They are replaced on the classes, for one thread at a
    time, and hand on to Keras whatever another thread calls meanwhile.
    """

    def inner_loop(original: Any, layer: Any, *args: Any, **options: Any) -> Any:
        results = _run(layer, *args, **options)
        if results is None:
            left(layer)
            return original(layer, *args, **options)
        return results

    stand_ins: list[tuple[type, str, Any]] = [
        (kind, "inner_loop", inner_loop) for kind in LAYERS if "inner_loop" in vars(kind)
    ]
    stand_ins.append((keras.layers.Bidirectional, "call", _paired))
    stand_ins.append((keras.layers.TimeDistributed, "call", _as_one_batch))
    originals = [vars(kind)[method] for kind, method, _ in stand_ins]
    token = _left.set(left)
    try:
        for (kind, method, stand_in), own in zip(stand_ins, originals, strict=True):
            setattr(kind, method, _as_method(stand_in, own))
        yield
    finally:
        for (kind, method, _), own in zip(stand_ins, originals, strict=True):
            setattr(kind, method, own)
        _left.reset(token)


def cells(layer: keras.layers.RNN) -> list[GatedCell] | None:
    """The cells of a stock layer on its own variables, the lowest first; None for other cells."""
    found = [layer.cell]
    if type(layer.cell) is keras.layers.StackedRNNCells:
        found = layer.cell.cells
    if any(type(cell) not in STEPS for cell in found):
        return None
    return [_cell(cell, layer.unroll) for cell in found]


def _cell(cell: Any, unroll: bool) -> GatedCell:
    ours, _ = STEPS[type(cell)]
    rows: list[Any] = [None, None]
    if cell.bias is not None:
        bias = ops.convert_to_tensor(cell.bias)
        rows = [bias, None] if len(bias.shape) == 1 else ops.unstack(bias, 2)
    reset_after = ours is GRU and cell.reset_after
    return GatedCell(
        # A stock cell calls its parts as the zoo's layer does, which is all that a step looks at.
        step=partial(ours.step, cell),
        layer=cell,
        unroll=unroll,
        recurrent_input=_hidden,
        kernel=ops.convert_to_tensor(cell.kernel),
        recurrent_kernel=ops.convert_to_tensor(cell.recurrent_kernel),
        gates=len(ours.gates),
        bias=rows[0],
        recurrent_bias=rows[1],
        separate_projections=reset_after,
        deferred_gates=1 if ours is GRU and not reset_after else 0,
    )


def _hidden(state: Any) -> Tensor:
    return state.h


def _run(
    layer: Any, sequences: Tensor, initial_state: Any, mask: Any = None, training: bool = False
) -> tuple[Tensor, Tensor, list[Any]] | None:
    """What `inner_loop` returns, or None where the engine has no such cell."""
    found = cells(layer)
    drops = any(
        getattr(cell.layer, "dropout", 0) or getattr(cell.layer, "recurrent_dropout", 0)
        for cell in found or []
    )
    # Keras zeroes the outputs of an unrolled layer that reads backwards at the mirrored steps.
    mirrored = layer.unroll and layer.go_backwards and layer.zero_output_for_mask
    if found is None or (training and drops) or (mirrored and mask is not None):
        return None
    mask = keras.tree.flatten(mask)[0] if keras.tree.is_nested(mask) else mask
    if mask is not None:
        mask = ops.cast(ops.squeeze(mask, -1) if len(mask.shape) == 3 else mask, "bool")
    if layer.go_backwards:
        sequences = ops.flip(sequences, axis=1)
        mask = None if mask is None else ops.flip(mask, axis=1)
    stacked = len(found) > 1 or type(layer.cell) is keras.layers.StackedRNNCells
    starts = list(initial_state) if stacked else [initial_state]
    finals: list[Any] = []
    outputs = sequences
    for number, (cell, start) in enumerate(zip(found, starts, strict=True)):
        collect = layer.return_sequences or number < len(found) - 1
        _, kind = STEPS[type(cell.layer)]
        # Copies, since a variable is read when it is used, and may be assigned before that.
        carry = kind(*map(ops.copy, keras.tree.flatten(start)))
        final, outputs = run_cell(cell, outputs, carry, mask, collect)
        finals.append(list(final) if keras.tree.is_nested(start) else final[0])
    last = outputs[:, -1] if layer.return_sequences else outputs
    if layer.zero_output_for_mask and mask is not None:
        last = ops.where(mask[:, -1:], last, ops.zeros_like(last))
        if layer.return_sequences:
            outputs = ops.where(mask[:, :, None], outputs, ops.zeros_like(outputs))
    if not layer.return_sequences:
        outputs = last[:, None]
    return last, outputs, finals if stacked else finals[0]


def _paired(
    original: Any, layer: Any, sequences: Any, initial_state: Any = None, **options: Any
) -> Any:
    """A `Bidirectional` whose two layers may become one operator."""
    ahead, behind = layer.forward_layer, layer.backward_layer
    plain = all(type(each) in LAYERS for each in (ahead, behind))
    turned = plain and behind.go_backwards and not ahead.go_backwards
    if initial_state is not None or not turned or ahead.stateful:
        return original(layer, sequences, initial_state, **options)

    def backward() -> GatedCell | None:
        found = cells(behind) or []
        return found[0] if len(found) == 1 else None

    with paired_with(ahead.cell, backward):
        return original(layer, sequences, **options)


def _as_one_batch(
    original: Any, layer: Any, inputs: Tensor, training: Any = None, mask: Tensor | None = None
) -> Tensor:
    """`TimeDistributed` with time folded into the batch, which is the same for a layer that keeps
    nothing from one call to the next."""
    inner = layer.layer
    keeps = any(getattr(each, "stateful", False) for each in all_layers(inner))
    if keeps or training:
        return original(layer, inputs, training=training, mask=mask)
    batch, time, *rest = ops.shape(inputs)
    options: dict[str, Any] = {}
    takes = signature(inner.call).parameters
    if mask is not None and "mask" in takes:
        options["mask"] = ops.reshape(mask, (-1, *ops.shape(mask)[2:]))
    if "training" in takes:
        options["training"] = training
    outputs = inner.call(ops.reshape(inputs, (-1, *rest)), **options)
    return keras.tree.map_structure(
        lambda part: ops.reshape(part, (batch, time, *ops.shape(part)[1:])), outputs
    )


def _as_method(stand_in: Any, original: Any) -> Any:
    # Keras looks at the signature of `call` when a layer is made, in whichever thread.
    @wraps(original)
    def method(self: Any, *args: Any, **options: Any) -> Any:
        if _left.get() is None:
            return original(self, *args, **options)
        return stand_in(original, self, *args, **options)

    return method
