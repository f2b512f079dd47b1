"""Training steps on a GPU: `KERAS_BACKEND=jax python -m benchmarks.gpu`, written to gpu.md.

The zoo's layer on JAX beside the stock Keras layer there, or a plain `keras.layers.RNN(cell)` where
Keras has none, and beside PyTorch's layer, or a loop over the steps. The candidates take turns, and
each figure is the median of its turns. Then shipped models on batches of random input: what one GPU
trains a second.
"""

import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
import torch

from benchmarks import keras_cells, torch_layers
from benchmarks.layers import STOCK
from benchmarks.turns import medians
from zoo import layers

GRID = [(32, 100, 128, 128), (32, 100, 128, 512), (64, 784, 1, 128), (256, 100, 512, 1024)]
"""(batch, time, features, units)."""

NAMES = ("LSTM", "GRU", "PeepholeLSTM")
KINDS = [(False, "float32"), (True, "float32"), (False, "mixed_bfloat16")]
"""Whether there is a mask, and the policy of Keras."""

MODELS = {"blstm-tagger-gum": 46, "char-lm-shakespeare": 16, "seq-mnist": 64}
"""Shipped models and the rows of a batch that their recipes train on."""

TIMES = 16
"""A second size of batch: so many times the recipe's."""

CALLS = 20


def main() -> None:
    """Measures, prints, and writes benchmarks/gpu.md."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("jax", "keras", "torch"))
    lines = [
        "# Training steps on a GPU",
        "",
        f"`KERAS_BACKEND=jax python -m benchmarks.gpu`, {date.today()}, {_gpu()}, Python "
        f"{platform.python_version()}, {packages}. Each by its own defaults of precision within "
        "float32. Ratios: how many times as long as the zoo's layer the peer takes; above 1 the "
        "zoo is faster. Keras on JAX: the stock layer, or `keras.layers.RNN(cell)` for "
        "`PeepholeLSTM`. PyTorch: its layer, or a loop over the steps for `PeepholeLSTM`; "
        "`torch.autocast` in bfloat16.",
        "",
        "## Layers",
        "",
        "| layer | batch, time, features, units | masked | precision | zoo ms | Keras ms "
        "| PyTorch ms | Keras / zoo | PyTorch / zoo |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    ratios: dict[str, dict[str, list[float]]] = {name: {"keras": [], "torch": []} for name in NAMES}
    for name in NAMES:
        for shape in GRID:
            for masked, precision in KINDS:
                times = medians(_running(candidates(name, shape, masked, precision)))
                lines.append(_row(name, shape, masked, precision, times))
                print(lines[-1], flush=True)
                for peer in times.keys() - {"zoo"}:
                    ratios[name][peer].append(times[peer] / times["zoo"])
    lines += [
        "",
        "## Geometric means",
        "",
        "| layer, training step | Keras | PyTorch |",
        "|---|---|---|",
    ]
    for name, peers in ratios.items():
        means = [f"{statistics.geometric_mean(times):.2f}" for times in peers.values()]
        lines.append(f"| `{name}` | {' | '.join(means)} |")
    lines += [
        "",
        "## Models",
        "",
        "Steps of `fit` with Adam, on batches of random input of which each row is full.",
        "",
        "| model | rows of a batch | step, ms | rows/s |",
        "|---|---|---|---|",
    ]
    for name, rows in MODELS.items():
        for batch in (rows, TIMES * rows):
            seconds = trained(name, batch)
            lines.append(f"| `{name}` | {batch} | {1e3 * seconds:.1f} | {batch / seconds:.0f} |")
            print(lines[-1], flush=True)
    (Path(__file__).parent / "gpu.md").write_text("\n".join(lines) + "\n")


def _running(runs: dict[str, Callable[[], object]]) -> dict[str, Callable[[], object]]:
    """Without the stock layer where it fails, as Keras's LSTM does in bfloat16.

    It hands cuDNN what JAX's operator for it has in float32 alone.
    """
    try:
        runs["keras"]()
    except ValueError as error:
        if "bfloat16" not in str(error):
            raise
        return {who: run for who, run in runs.items() if who != "keras"}
    return runs


def candidates(
    name: str, shape: tuple[int, int, int, int], masked: bool, precision: str
) -> dict[str, Callable[[], object]]:
    """What to time, by name: the zoo's layer and its peers on the same input."""
    batch, steps, features, units = shape
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, steps, features)).astype("float32")
    mask = np.arange(steps) < rng.integers(steps // 2, steps + 1, (batch, 1)) if masked else None
    ours = getattr(layers, name)(units, return_sequences=True, dtype=precision)
    if name in STOCK:
        stock = getattr(keras.layers, STOCK[name])(units, return_sequences=True, dtype=precision)
    else:
        cell = getattr(keras_cells, name)(units, dtype=precision)
        stock = keras.layers.RNN(cell, return_sequences=True, dtype=precision)
    runs = {"zoo": _on_jax(ours, x, mask), "keras": _on_jax(stock, x, mask)}
    if mask is None:
        runs["torch"] = _on_torch(name, x, units, precision)
    return runs


def _on_jax(layer: Any, x: np.ndarray, mask: np.ndarray | None) -> Callable[[], object]:
    sequence, validity = keras.Input(x.shape[1:]), keras.Input(x.shape[1:2], dtype="bool")
    outputs = layer(sequence, mask=None if mask is None else validity)
    model = keras.Model((sequence, validity), outputs)
    weights = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    step_mask = np.ones(x.shape[:2], bool) if mask is None else mask

    def loss(weights: Any, *inputs: Any) -> Any:
        outputs, _ = model.stateless_call(weights, others, list(inputs), training=True)
        return keras.ops.mean(keras.ops.square(outputs))

    step = jax.jit(jax.grad(loss))
    arrays = jax.device_put((x, step_mask))
    return lambda: jax.block_until_ready(step(weights, *arrays))


def _on_torch(name: str, x: np.ndarray, units: int, precision: str) -> Callable[[], object]:
    layer = torch_layers.layer(name, x.shape[-1], units).cuda()
    batch = torch.from_numpy(x).cuda()

    def step() -> None:
        layer.zero_grad()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision != "float32"):
            loss = (layer(batch)[0] ** 2).mean()
        loss.backward()
        torch.cuda.synchronize()

    return step


def trained(name: str, batch: int) -> float:
    """Seconds of a step of `fit` of a shipped model."""
    model = keras.saving.load_model(Path("zoo", "models", name, "model.keras"), compile=False)
    rng = np.random.default_rng(0)
    sizes = {"characters": (40, 12), "words": (40,)} if "tagger" in name else {"characters": (160,)}
    if name == "seq-mnist":
        batch_inputs: Any = rng.random((batch, 28, 28)).astype("float32")
    else:
        batch_inputs = {each: rng.integers(1, 40, (batch, *size)) for each, size in sizes.items()}
    ((head, outputs),) = model.predict(batch_inputs, batch_size=batch, verbose=0).items()
    labels = {head: rng.integers(0, outputs.shape[-1], outputs.shape[:-1])}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=head == "logits")
    model.compile("adam", {head: loss})
    for _ in range(3):
        model.train_on_batch(batch_inputs, labels)
    began = time.perf_counter()
    for _ in range(CALLS):
        model.train_on_batch(batch_inputs, labels)
    return (time.perf_counter() - began) / CALLS


def _row(
    name: str, shape: tuple[int, ...], masked: bool, precision: str, times: dict[str, float]
) -> str:
    cells = [f"{times[who]:.2f}" if who in times else "" for who in ("zoo", "keras", "torch")]
    ratios = [
        f"{times[who] / times['zoo']:.2f}" if who in times else "" for who in ("keras", "torch")
    ]
    columns = [", ".join(map(str, shape)), "yes" if masked else "", precision, *cells, *ratios]
    return f"| `{name}` | {' | '.join(columns)} |"


def _gpu() -> str:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
