"""Latency and size of our ONNX export beside Keras's own export of the same weights.

`python -m benchmarks.export` prints the table and writes it to benchmarks/export.md; `--json`
prints the measurements instead. Both files run in ONNX Runtime; beside them the model itself, by
`predict` and as a compiled `tf.function`, and PyTorch's layer where it has one and is installed.
The candidates take turns, and each figure is the median of its turns.
"""

import argparse
import json
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import host
from benchmarks.turns import medians

STEPS, FEATURES, UNITS = 100, 64, 128
BATCHES = (1, 32)


@dataclass(frozen=True)
class Case:
    """One model at one batch size; times in milliseconds and file sizes in bytes by candidate."""

    model: str
    batch: int
    milliseconds: dict[str, float]
    bytes: dict[str, int]
    operators: dict[str, dict[str, int]]

    def ratio(self, peer: str) -> float:
        """How many times as long as our export the peer takes."""
        return self.milliseconds[peer] / self.milliseconds["zoo"]


def main() -> None:
    """Measures, prints, and writes benchmarks/export.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    as_json = parser.parse_args().json
    cases = []
    for name, make in _models().items():
        for case in _measured(name, make()):
            cases.append(case)
            print(f"{name} B{case.batch}: {case.milliseconds}", file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps([asdict(case) for case in cases]))
        return
    text = _report(cases)
    (Path(__file__).parent / "export.md").write_text(text)
    print(text)


def _models() -> dict[str, Callable[[], Any]]:
    """Models of stock Keras layers, and one of a cell that Keras lacks."""
    import keras
    from keras import layers

    from benchmarks import keras_cells

    def model(*parts: Callable[[], Any]) -> Callable[[], Any]:
        inputs = [keras.Input((None, FEATURES), name="sequences")]
        return lambda: keras.Sequential([*inputs, *[part() for part in parts]])

    def lstm(sequences: bool = False) -> Any:
        return layers.LSTM(UNITS, return_sequences=sequences)

    cells = layers.StackedRNNCells
    return {
        "LSTM": model(lstm),
        "masked LSTM": model(layers.Masking, lstm),
        "GRU": model(lambda: layers.GRU(UNITS)),
        "masked GRU": model(layers.Masking, lambda: layers.GRU(UNITS)),
        "SimpleRNN": model(lambda: layers.SimpleRNN(UNITS)),
        "stacked cells": model(
            lambda: layers.RNN(cells([layers.LSTMCell(UNITS), layers.LSTMCell(UNITS)]))
        ),
        "masked BLSTM": model(layers.Masking, lambda: layers.Bidirectional(lstm(True))),
        "peephole cell": model(lambda: layers.RNN(keras_cells.PeepholeLSTM(UNITS))),
    }


def _measured(name: str, model: Any) -> list[Case]:
    import onnx
    import tensorflow as tf

    import zoo

    model(np.zeros((1, 2, FEATURES), "float32"))
    traced = tf.function(lambda x: model(x, training=False), autograph=False)
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        files = {who: Path(folder) / f"{who}.onnx" for who in ("zoo", "keras")}
        zoo.export(_ours(model), files["zoo"])
        model.export(files["keras"], format="onnx", verbose=False)
        sessions = {who: _session(path) for who, path in files.items()}
        operators = {
            who: {
                kind: sum(node.op_type == kind for node in onnx.load(path).graph.node)
                for kind in ("LSTM", "GRU", "RNN", "Loop", "Scan")
            }
            for who, path in files.items()
        }
        sizes = {who: path.stat().st_size for who, path in files.items()}
        for batch in BATCHES:
            x = np.random.default_rng(0).normal(size=(batch, STEPS, FEATURES)).astype("float32")
            runs: dict[str, Callable[[], object]] = {
                who: partial(run, x) for who, run in sessions.items()
            }
            runs["predict"] = partial(model.predict, x, verbose=0)
            runs["tf.function"] = partial(lambda x: traced(x).numpy(), tf.constant(x))
            kind = name.replace("SimpleRNN", "Elman")
            if host.has_torch() and kind in ("LSTM", "GRU", "Elman"):
                runs["torch"] = _torch(kind, x)
            cases.append(Case(name, batch, medians(runs), sizes, operators))
    return cases


def _ours(model: Any) -> Any:
    """What is exported: the model, and for a cell of one's own the zoo's layer on its weights."""
    import keras

    from zoo.layers import PeepholeLSTM

    *_, last = model.layers
    if type(getattr(last, "cell", None)).__name__ != "PeepholeLSTM":
        return model
    rebuilt = keras.Sequential([*model.inputs, PeepholeLSTM(UNITS)])
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def _session(path: Path) -> Callable[[np.ndarray], object]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = host.processors()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    [name] = [value.name for value in session.get_inputs()]
    return lambda x: session.run(None, {name: x})


def _torch(kind: str, x: np.ndarray) -> Callable[[], object]:
    import torch

    from benchmarks import torch_layers

    torch.set_num_threads(host.processors())
    layer, batch = torch_layers.layer(kind, FEATURES, UNITS), torch.from_numpy(x)

    def run() -> object:
        with torch.no_grad():
            return layer(batch)[0]

    return run


def _report(cases: list[Case]) -> str:
    packages = ["tensorflow", "keras", "tf2onnx", "onnxruntime"]
    packages += ["torch"] if host.has_torch() else []
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    looped = [case for case in cases if case.operators["keras"]["Loop"]]
    plain = [case for case in cases if not case.operators["keras"]["Loop"]]
    lines = [
        "# Our ONNX export beside Keras's",
        "",
        f"`python -m benchmarks.export`, {date.today()}, {host.processor()}, "
        f"{host.processors()} cores, Python {platform.python_version()}, {versions}. "
        f"{STEPS} steps, {FEATURES} features, {UNITS} units; milliseconds a call.",
        "",
        f"Keras's export over ours, geometric mean: {_mean(looped)} where Keras writes a `Loop`, "
        f"{_mean(plain)} where it does not.",
        "",
        "| model | batch | ours | Keras's export | ratio | predict | tf.function | PyTorch "
        "| operators, ours | Keras's | kB, ours | Keras's |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        times = [
            f"{case.milliseconds[who]:.2f}" if who in case.milliseconds else ""
            for who in ("zoo", "keras", "predict", "tf.function", "torch")
        ]
        times.insert(2, f"{case.ratio('keras'):.2f}")
        kinds = [
            ", ".join(f"{n} {kind}" for kind, n in case.operators[who].items() if n)
            for who in ("zoo", "keras")
        ]
        sizes = [f"{case.bytes[who] / 1000:.0f}" for who in ("zoo", "keras")]
        lines.append(f"| {case.model} | {case.batch} | {' | '.join([*times, *kinds, *sizes])} |")
    return "\n".join(lines) + "\n"


def _mean(cases: list[Case]) -> str:
    return f"{statistics.geometric_mean(case.ratio('keras') for case in cases):.2f}"


if __name__ == "__main__":
    main()
