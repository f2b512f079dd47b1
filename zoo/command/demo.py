"""The demonstration: one shipped model, by name, in Keras and in ONNX Runtime."""

import tempfile
from pathlib import Path

import zoo
from zoo import recipes
from zoo.errors import InternalError
from zoo.hub import runtime
from zoo.hub.registry import verified

NAME = "blstm-tagger-gum"


def run() -> None:
    """Tags sentences, exports the model, tags them again, and prints both."""
    _, card = verified(NAME)
    texts = recipes.raw(card.recipe).EXAMPLES
    print(f"{NAME}: {card.summary}, test accuracy {card.metrics['test']['accuracy']:.4f}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagger.onnx"
        report = zoo.export(NAME, path)
        results = [make(texts) for make in (zoo.pipeline(NAME), runtime.pipeline(path))]
    for in_keras, in_onnx in zip(*results, strict=True):
        print("Keras       ", *(f"{token}/{tag}" for token, tag in in_keras))
        print("ONNX Runtime", *(f"{token}/{tag}" for token, tag in in_onnx), "\n")
    if results[0] != results[1]:
        raise InternalError("Keras and ONNX Runtime disagree; this is a defect of the export.")
    print(
        f"They agree on every tag. Largest difference of a probability: {report.max_abs_error:.1g} "
        f"({report.tolerance:.0e} allowed); {report.bytes / 1e6:.1f} MB of ONNX."
    )
