"""An ONNX file in ONNX Runtime, without TensorFlow."""

import json
from pathlib import Path

import numpy as np
import onnxruntime

from zoo.inference.arrays import INITIAL_STATES, NEXT, Run, step_by_step


def opened(path: str | Path) -> onnxruntime.InferenceSession:
    """The file, ready to run on the processor."""
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def runner(session: onnxruntime.InferenceSession) -> Run:
    """A function from named arrays to named arrays; a graph of one time step is run for each."""
    names = [output.name for output in session.get_outputs()]
    timed = [given.name for given in session.get_inputs() if given.shape[1:2] == [1]]
    states = any(name.endswith(NEXT) for name in names)
    return step_by_step(
        lambda batch: dict(zip(names, session.run(names, dict(batch)), strict=True)),
        timed if states else (),
    )


def initial_states(session: onnxruntime.InferenceSession) -> dict[str, np.ndarray]:
    """The states that go in and come out, as a stream begins with them, without the batch axis."""
    outputs = {output.name for output in session.get_outputs()}
    said = json.loads(session.get_modelmeta().custom_metadata_map.get(INITIAL_STATES, "{}"))
    return {
        given.name: np.array(said.get(given.name, np.zeros(given.shape[1:])), "float32")
        for given in session.get_inputs()
        if given.name + NEXT in outputs
    }
