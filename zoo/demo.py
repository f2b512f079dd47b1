"""The demonstration: one shipped model, by name, in Keras and in ONNX Runtime."""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import recipes
import zoo
from export.onnx_format import run as run_onnx
from zoo.errors import InternalError
from zoo.hub.directory import load

NAME = "blstm-tagger-gum"


def run() -> None:
    """Tags sentences, exports the model, tags them again, and prints both."""
    card, trained = load(NAME)
    recipe = recipes.get(card.recipe)
    print(f"{NAME}: {card.summary}, test accuracy {card.metrics['test']['accuracy']:.4f}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagger.onnx"
        report = zoo.export(NAME, path)
        exported = replace(trained, run=partial(run_onnx, path))
        results = [recipe.raw.pipeline(t)(recipe.raw.EXAMPLES) for t in (trained, exported)]
    for in_keras, in_onnx in zip(*results, strict=True):
        print("Keras       ", *(f"{token}/{tag}" for token, tag in in_keras))
        print("ONNX Runtime", *(f"{token}/{tag}" for token, tag in in_onnx), "\n")
    if results[0] != results[1]:
        raise InternalError("Keras and ONNX Runtime disagree; this is a defect of the export.")
    print(
        f"They agree on every tag. Largest difference of a probability: {report.max_abs_error:.1g} "
        f"({report.tolerance:.0e} allowed); {report.bytes / 1e6:.1f} MB of ONNX."
    )
