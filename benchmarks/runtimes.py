"""Every shipped model in every runtime: `python -m benchmarks.runtimes [--json]`.

Prints the table and writes it to benchmarks/runtimes.md. A cell is the time of one call on the
first of the model's examples, in milliseconds, its inputs already arrays; what a runtime says is
compared with what Keras says. ONNX Runtime Web runs in Chromium, in a page of the gallery; beside
it stands the time from opening the model's page to its first answer.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import openvino
from ai_edge_litert import __version__ as litert_version
from playwright.sync_api import Page

import zoo
import zoo.recipes as recipes
from benchmarks import host
from benchmarks.pages import READY, gallery
from benchmarks.turns import medians
from zoo.api.runtime import stream_file
from zoo.exporters import runtimes
from zoo.exporters.litert import litert_format
from zoo.hub import model_directory as stored
from zoo.hub.card import ONNX
from zoo.hub.registry import examples, shipped, verified
from zoo.inference import onnx_session
from zoo.inference.arrays import Run, make_stateful

REPORT = Path(__file__).with_suffix(".md")
HEADER = ("model", "Keras", "ONNX Runtime", "OpenVINO", "LiteRT", "ONNX Runtime Web", "page, s")
CLOSE = 2e-3
"""Largest difference from Keras at which outputs are the same; weights have half precision."""

IN_THE_PAGE = """async ([folder, inputs, turns]) => {
    const { Model, floats, integers } = await import("./js/runtime.js");
    const model = await Model.open(folder);
    const tensor = ({ type, dims, data }) => (type === "int32" ? integers : floats)(data, dims);
    const each = (all, make) =>
        Object.fromEntries(Object.entries(all).map(([name, one]) => [name, make(one)]));
    const feeds = each(inputs, tensor);
    let outputs;
    const times = [];
    for (let turn = 0; turn < turns; turn++) {
        const began = performance.now();
        outputs = await model.run(feeds);
        times.push(performance.now() - began);
    }
    const arrays = each(outputs, ({ dims, data }) => ({ dims, data: Array.from(data) }));
    return [times.slice(2).sort((a, b) => a - b)[(turns - 2) >> 1], arrays];
}"""


def measure(name: str, page: Page, address: str) -> dict[str, float | str]:
    """Milliseconds of a call in each runtime, or why there is none."""
    directory, card = verified(name)
    processing = recipes.processing(card.recipe)
    predictor = zoo.runtime.load(name)[1]
    batch = processing.batch(predictor, [examples(name)[0]])
    file = directory / ONNX
    expected = keras_run(name)(batch)
    cells: dict[str, float | str] = {}
    runs: dict[str, Callable[[], object]] = {}
    for who, opened in (
        ("Keras", partial(keras_run, name)),
        ("ONNX Runtime", lambda: from_initial_states(runtimes.onnxruntime(file), file)),
        ("OpenVINO", lambda: from_initial_states(runtimes.openvino(file), file)),
        ("LiteRT", lambda: litert_run(name, directory)),
    ):
        try:
            run = opened()
            error = difference(run(batch), expected)
        except Exception as problem:
            cells[who] = f"no: {str(problem).strip().splitlines()[-1]:.160}"
            continue
        cells[who] = f"no: differs by {error:.1g}" if error > CLOSE else 0.0
        if error <= CLOSE:
            runs[who] = partial(run, batch)
    cells |= medians(runs)
    return cells | in_the_browser(name, page, address, batch, expected)


def keras_run(name: str) -> Run:
    """The model as `zoo.pipeline` calls it."""
    return stored.load(name)[1].run


def litert_run(name: str, directory: Path) -> Run:
    """The whole model, or along a stream the graph of one time step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        try:
            zoo.export(name, path, "litert")
            return litert_format.load(path)
        except zoo.UserError:
            along = stream_file(directory)
            if not onnx_session.initial_states(onnx_session.open_session(along)):
                raise
        zoo.export(name, path, "litert", stateful=True)
        return from_initial_states(litert_format.load(path), along)


def from_initial_states(run: Run, file: Path) -> Run:
    """Makes a function that starts each call from the initial states of the exported file."""
    initial = onnx_session.initial_states(onnx_session.open_session(file))
    return lambda batch: make_stateful(run, initial)(batch)


def in_the_browser(
    name: str,
    page: Page,
    address: str,
    batch: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
) -> dict[str, float | str]:
    began = time.perf_counter()
    page.goto(f"{address}/{name}.html")
    page.wait_for_selector(READY, timeout=60_000)
    seconds = time.perf_counter() - began
    inputs = {
        key: {"type": str(array.dtype), "dims": array.shape, "data": array.ravel().tolist()}
        for key, array in batch.items()
    }
    milliseconds, outputs = page.evaluate(IN_THE_PAGE, [f"models/{name}", inputs, 9])
    arrays = {key: np.reshape(each["data"], each["dims"]) for key, each in outputs.items()}
    error = difference(arrays, expected)
    return {
        "ONNX Runtime Web": milliseconds if error <= CLOSE else f"no: differs by {error:.1g}",
        "page, s": seconds,
    }


def difference(outputs: Mapping[str, Any], expected: Mapping[str, np.ndarray]) -> float:
    """The largest absolute difference of any output."""
    return max(
        float(np.max(np.abs(np.asarray(outputs[name], "float64") - expected[name])))
        for name in expected
    )


def table(measurements: Mapping[str, Mapping[str, float | str]]) -> str:
    def cell(value: float | str) -> str:
        return "no" if isinstance(value, str) else f"{value:.{1 if value >= 10 else 2}f}"

    rows = [list(HEADER), ["---"] * len(HEADER)]
    rows += [
        [f"`{name}`", *(cell(cells[who]) for who in HEADER[1:])]
        for name, cells in measurements.items()
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def report(measurements: Mapping[str, Mapping[str, float | str]]) -> str:
    """The page of the report."""
    reasons = [
        f"- `{name}`, {who}: {value.removeprefix('no: ')}"
        for name, cells in measurements.items()
        for who, value in cells.items()
        if isinstance(value, str)
    ]
    return "\n".join(
        [
            "# Every shipped model in every runtime",
            "",
            "Milliseconds of one call on the model's first example; the last column is seconds",
            "from opening the model's page to its first answer, from this machine's disk. By",
            f"`python -m benchmarks.runtimes` on {date.today()}: {host.processors()} cores of",
            f"{host.processor()}; ONNX Runtime {onnxruntime.__version__}, OpenVINO",
            f"{openvino.__version__.split('-')[0]}, LiteRT {litert_version}; ONNX Runtime Web in",
            "headless Chromium with one thread.",
            "",
            table(measurements),
            "",
            "Where there is none:",
            "",
            *reasons,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    with gallery() as (page, address):
        measurements = {name: measure(name, page, address) for name in shipped()}
    if as_json:
        print(json.dumps(measurements, indent=2))
        return
    REPORT.write_text(report(measurements), encoding="utf-8")
    print(table(measurements))


if __name__ == "__main__":
    main()
