"""Forward pass and training step of every layer beside its peers, in one process.

`python -m benchmarks.layers` prints the table and writes it to benchmarks/layers.md; `--json`
prints the measurements instead. Peers: the stock Keras layer, or a plain `keras.layers.RNN(cell)`
where Keras has none; PyTorch's layer, or a loop over the steps, where PyTorch is installed
(`pip install 'recurrent-zoo[bench]'`). A training step is the forward pass and the gradient of
every weight for the mean square of all outputs. To TensorFlow the batch is of any size, as it is
in `fit`; time and features are known. The candidates take turns, and each figure is the median of
its turns.
"""

import argparse
import json
import platform
import resource
import statistics
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks import host
from benchmarks.turns import medians

GRID = [
    (32, 100, 128, 128),
    (32, 100, 128, 512),
    (16, 50, 256, 1024),
    (64, 784, 1, 128),
    (1, 100, 64, 256),
]
"""(batch, time, features, units)."""

STOCK = {"Elman": "SimpleRNN", "LSTM": "LSTM", "GRU": "GRU"}
CELLS = ("PeepholeLSTM", "LSTM1997", "Jordan")
MEMORY_POINT = GRID[1]


@dataclass(frozen=True)
class Case:
    """One layer at one point of the grid; times in milliseconds, by candidate."""

    layer: str
    batch: int
    time: int
    features: int
    units: int
    masked: bool
    kind: str
    milliseconds: dict[str, float]

    def ratio(self, peer: str) -> float:
        """How many times as long as ours the peer takes."""
        return self.milliseconds[peer] / self.milliseconds["zoo"]


def main() -> None:
    """Measures, prints, and writes benchmarks/layers.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    as_json = parser.parse_args().json
    memory = _memory()
    cases = []
    for case in _measured():
        cases.append(case)
        times = ", ".join(f"{who} {ms:.1f} ms" for who, ms in case.milliseconds.items())
        shape = (case.batch, case.time, case.features, case.units)
        masked = " masked" if case.masked else ""
        print(f"{case.layer} {shape}{masked} {case.kind}: {times}", file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps({"cases": [asdict(case) for case in cases], "memory": memory}))
        return
    text = _report(cases, memory)
    (Path(__file__).parent / "layers.md").write_text(text)
    print(text)


def candidates(
    layer: str, shape: tuple[int, int, int, int], masked: bool, train: bool
) -> dict[str, Callable[[], object]]:
    """What to time, by name: the zoo's layer and its peers on the same input."""
    batch, steps, features, units = shape
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, steps, features)).astype("float32")
    lengths = rng.integers(steps // 2, steps + 1, (batch, 1))
    mask = np.arange(steps) < lengths if masked else None
    makers = {who: partial(_keras, who, layer, x, units, mask, train) for who in ("zoo", "keras")}
    if host.has_torch() and not masked:
        makers["torch"] = partial(_torch, layer, x, units, train)
    return {who: make() for who, make in makers.items()}


def _keras(
    who: str, name: str, x: np.ndarray, units: int, mask: np.ndarray | None, train: bool
) -> Callable[[], object]:
    import keras
    import tensorflow as tf

    from benchmarks import keras_cells
    from zoo import layers

    if who == "zoo":
        layer = getattr(layers, name)(units, return_sequences=True)
    elif name in STOCK:
        layer = getattr(keras.layers, STOCK[name])(units, return_sequences=True)
    else:
        layer = keras.layers.RNN(getattr(keras_cells, name)(units), return_sequences=True)
    layer.build(x.shape)
    weights = [weight.value for weight in layer.trainable_weights]
    tensors = [tf.constant(part) for part in (x, mask) if part is not None]
    signature = [tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in tensors]

    @tf.function(autograph=False, input_signature=signature)
    def run(batch, mask=None):
        if not train:
            return [layer(batch, mask=mask)]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(batch, mask=mask, training=True) ** 2)
        return tape.gradient(loss, weights)

    return lambda: [part.numpy() for part in run(*tensors)]


def _torch(name: str, x: np.ndarray, units: int, train: bool) -> Callable[[], object]:
    import torch

    from benchmarks import torch_layers

    torch.set_num_threads(host.processors())
    layer = torch_layers.layer(name, x.shape[-1], units)
    batch = torch.from_numpy(x)

    def forward() -> object:
        with torch.no_grad():
            return layer(batch)[0]

    def step() -> object:
        layer.zero_grad()
        (layer(batch)[0] ** 2).mean().backward()
        return layer

    return step if train else forward


def _measured() -> Iterable[Case]:
    """Every case of the grid; masked ones where Keras has the layer."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(host.processors())
    tf.config.threading.set_inter_op_parallelism_threads(host.processors())
    for layer in (*STOCK, *CELLS):
        for shape in GRID:
            for masked in (False, True) if layer in STOCK else (False,):
                for kind in ("train step", "forward"):
                    runs = candidates(layer, shape, masked, kind == "train step")
                    yield Case(layer, *shape, masked, kind, medians(runs))


def _memory() -> dict[str, dict[str, float]]:
    """MB that two training steps add to a fresh process at their peak, by layer and candidate."""
    peaks: dict[str, dict[str, float]] = {}
    for layer in STOCK:
        peaks[layer] = {}
        for who in ("zoo", "keras", *(["torch"] if host.has_torch() else [])):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                peaks[layer][who] = pool.submit(_peak, layer, who).result()
    return peaks


def _peak(layer: str, who: str) -> float:
    batch, steps, features, units = MEMORY_POINT
    x = np.zeros((batch, steps, features), "float32")
    if who == "torch":
        run = _torch(layer, x, units, train=True)
    else:
        run = _keras(who, layer, x, units, None, train=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run()
    run()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def _report(cases: list[Case], memory: dict[str, dict[str, float]]) -> str:
    packages = ["tensorflow", "keras", *(["torch"] if host.has_torch() else [])]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    lines = [
        "# Layers beside their peers",
        "",
        f"`python -m benchmarks.layers`, {date.today()}, {host.processor()}, "
        f"{host.processors()} cores, Python {platform.python_version()}, {versions}. "
        "Ratios: how many times as long as the zoo's layer the peer takes; above 1 the zoo is "
        "faster. Keras: the stock layer, or "
        "`keras.layers.RNN(cell)` for " + ", ".join(CELLS) + ". The batch is of any size to "
        "TensorFlow, as it is in `fit`.",
        "",
        "## Geometric means",
        "",
        "| layer | training step, all / units ≥ 256, Keras | PyTorch | forward, Keras | PyTorch |",
        "|---|---|---|---|---|",
    ]
    for layer in (*STOCK, *CELLS):
        of = [case for case in cases if case.layer == layer and not case.masked]
        train = [case for case in of if case.kind == "train step"]
        forward = [case for case in of if case.kind == "forward"]
        large = [case for case in train if case.units >= 256]
        lines.append(
            f"| `{layer}` | {_mean(train, 'keras')} / {_mean(large, 'keras')} "
            f"| {_mean(train, 'torch')} | {_mean(forward, 'keras')} | {_mean(forward, 'torch')} |"
        )
    lines += ["", "## Every case", "", "| layer | batch, time, features, units | masked | kind "]
    lines[-1] += "| zoo ms | Keras ms | PyTorch ms | Keras / zoo | PyTorch / zoo |"
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for case in cases:
        shape = f"{case.batch}, {case.time}, {case.features}, {case.units}"
        times = " | ".join(
            f"{case.milliseconds[who]:.1f}" if who in case.milliseconds else ""
            for who in ("zoo", "keras", "torch")
        )
        ratios = " | ".join(_mean([case], who) for who in ("keras", "torch"))
        masked = "yes" if case.masked else ""
        lines.append(f"| `{case.layer}` | {shape} | {masked} | {case.kind} | {times} | {ratios} |")
    lines += [
        "",
        f"## Peak memory of a training step at {MEMORY_POINT}",
        "",
        "MB over a process that has made the layer.",
        "",
        "| layer | zoo | Keras | PyTorch |",
        "|---|---|---|---|",
    ]
    for layer, peaks in memory.items():
        row = " | ".join(
            f"{peaks[who]:.0f}" if who in peaks else "" for who in ("zoo", "keras", "torch")
        )
        lines.append(f"| `{layer}` | {row} |")
    return "\n".join(lines) + "\n"


def _mean(cases: list[Case], peer: str) -> str:
    """Geometric mean of the ratios to a peer, or nothing where it was not measured."""
    ratios = [case.ratio(peer) for case in cases if peer in case.milliseconds]
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else ""


if __name__ == "__main__":
    main()
