"""Which models of the ecosystem our ONNX export and Keras's own write whole.

`python -m benchmarks.families` exports every model of `tests.exporters.families` both ways and runs
both files in ONNX Runtime beside the model itself. A file is right when it has all the model's
outputs, each within the precision of the model's type.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

RIGHT = "right"


def main() -> None:
    """Measures and prints the table."""
    from tests.exporters.families import FAMILIES, LOOPS

    print("| model | operators, ours | ours | Keras's export |\n|---|---|---|---|")
    rights = [_measured(name, made, name in LOOPS) for name, made in FAMILIES.items()]
    ours, theirs = (sum(column) for column in zip(*rights, strict=True))
    print(f"\nRight: {ours} of {len(rights)} ours, {theirs} Keras's.")


def _measured(name: str, made: Any, loops: bool) -> tuple[bool, bool]:
    """Prints a row; whether our file is right, and Keras's."""
    import keras

    import zoo
    from tests.exporters.families import inputs, outputs, tolerance

    keras.utils.set_random_seed(0)
    model = made()
    with tempfile.TemporaryDirectory() as folder:
        files = {who: Path(folder) / f"{who}.onnx" for who in ("zoo", "keras")}
        report = zoo.export(model, files["zoo"], loops=loops)
        failure = _failure(model, files["keras"])
        batch = inputs(model, report)
        expected, arrays = outputs(model, batch), keras.tree.flatten(batch)
        ours = _compared(files["zoo"], arrays, expected, tolerance(report))
        theirs = failure or _compared(files["keras"], arrays, expected, tolerance(report))
    operators = ", ".join(f"{n} {kind}" for kind, n in report.operators.items())
    print(f"| {name} | {operators} | {ours} | {theirs} |", flush=True)
    return ours.startswith(RIGHT), theirs.startswith(RIGHT)


def _failure(model: Any, path: Path) -> str:
    """Keras's own export; what it raised, or nothing."""
    try:
        model.export(path, format="onnx", verbose=False)
    except Exception as error:
        return f"is not written: {type(error).__name__}"
    return ""


def _compared(path: Path, arrays: list[Any], expected: list[Any], tolerance: float) -> str:
    """How a file's outputs differ from the expected ones."""
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_inputs()]
        actual = session.run(None, dict(zip(names, arrays, strict=True)))
    except Exception as error:
        return f"does not run: {type(error).__name__}"
    if [y.shape for y in actual] != [y.shape for y in expected]:
        return f"has outputs {[y.shape for y in actual]} for {[y.shape for y in expected]}"
    most = max(float(np.abs(a - b).max()) for a, b in zip(actual, expected, strict=True))
    return f"{RIGHT if most <= tolerance else 'wrong'}, {most:.1e}"


if __name__ == "__main__":
    main()
