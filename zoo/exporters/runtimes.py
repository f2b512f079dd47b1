"""What runs an ONNX file: each runtime as a function from a path to a `Run`."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from zoo.inference import onnx_session
from zoo.inference.arrays import Run


def onnxruntime(path: Path) -> Run:
    return onnx_session.runner(onnx_session.open_session(path))


def reference(path: Path) -> Run:
    """ONNX's own evaluator, written for clarity in NumPy."""
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(str(path))

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        with np.errstate(over="ignore"):
            outputs: Any = evaluator.run(None, dict(batch))
        return dict(zip(evaluator.output_names, outputs, strict=True))

    return run


def openvino(path: Path) -> Run:
    import onnx
    import openvino as ov

    core = ov.Core()
    # The default may compute in bfloat16 where the processor has it.
    core.set_property("CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    model = core.compile_model(core.read_model(path), "CPU")
    # OpenVINO keeps their order and, for a tensor of several names, any one of them.
    names = [output.name for output in onnx.load(path, load_external_data=False).graph.output]

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        outputs = model(dict(batch))
        arrays = (np.array(outputs[port]) for port in model.outputs)
        return dict(zip(names, arrays, strict=True))

    return run


OTHERS: dict[str, Callable[[Path], Run]] = {"onnx.reference": reference}
if find_spec("openvino"):
    OTHERS["openvino"] = openvino
"""Runtimes beside ONNX Runtime that are installed; the extra `runtimes` has them all."""
