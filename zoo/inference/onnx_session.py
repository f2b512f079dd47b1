"""An ONNX file in ONNX Runtime, without TensorFlow."""

import json
from pathlib import Path

import numpy as np
import onnxruntime

from zoo.inference.arrays import INITIAL_STATES, NEXT, OUTPUTS_WITH_TIME, Run, unroll


def open_session(path: str | Path) -> onnxruntime.InferenceSession:
    """Opens a file in ONNX Runtime, on the CPU, and has it send nothing home."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    # Weights that are stored in 8 bits are then widened here, and not in each call.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def runner(session: onnxruntime.InferenceSession) -> Run:
    """The session as a function from arrays by name to arrays by name.

    A graph of one time step is run step by step, so that it takes any number of them.
    """
    names = [output.name for output in session.get_outputs()]
    timed = [info.name for info in session.get_inputs() if info.shape[1:2] == [1]]
    states = any(name.endswith(NEXT) for name in names)
    stored = session.get_modelmeta().custom_metadata_map.get(OUTPUTS_WITH_TIME)
    has_time = [info.name for info in session.get_outputs() if info.shape[1:2] == [1]]
    return unroll(
        lambda batch: dict(zip(names, session.run(names, dict(batch)), strict=True)),
        timed if states else (),
        has_time if stored is None else json.loads(stored),
    )


def initial_states(session: onnxruntime.InferenceSession) -> dict[str, np.ndarray]:
    """The initial states of a stream by name, without the batch axis; {} for a stateless graph."""
    outputs = {output.name for output in session.get_outputs()}
    stored = json.loads(session.get_modelmeta().custom_metadata_map.get(INITIAL_STATES, "{}"))
    return {
        info.name: np.array(stored.get(info.name, np.zeros(info.shape[1:])), "float32")
        for info in session.get_inputs()
        if info.name + NEXT in outputs
    }
