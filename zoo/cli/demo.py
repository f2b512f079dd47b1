"""The command `zoo demo`: one shipped model in ONNX Runtime and in Keras."""

import time

import zoo
from zoo import recipes
from zoo.api import runtime
from zoo.errors import InternalError, has_tensorflow
from zoo.hub.card import Card
from zoo.hub.registry import MODELS

NAME = "blstm-tagger-gum"


def tag_examples() -> None:
    """Tags the example sentences in ONNX Runtime and, where TensorFlow is installed, in Keras."""
    card = Card.read(MODELS / NAME)
    texts = recipes.processing(card.recipe).EXAMPLES
    print(f"{NAME}: {card.summary}, test accuracy {card.metrics['test']['accuracy']:.4f}\n")
    makers = {"ONNX Runtime": runtime.pipeline}
    if has_tensorflow():
        makers["Keras"] = zoo.pipeline
    results, seconds = {}, {}
    for name, make in makers.items():
        began = time.monotonic()
        results[name] = make(NAME)(texts)
        seconds[name] = time.monotonic() - began
    for number in range(len(texts)):
        for name, tagged in results.items():
            print(f"{name:12}", *(f"{token}/{tag}" for token, tag in tagged[number]))
        print()
    print(", ".join(f"{name} loaded and ran in {s:.1f} s" for name, s in seconds.items()) + ".")
    if len(results) == 1:
        print("TensorFlow is not installed; with it the same model runs in Keras too.")
    elif results["ONNX Runtime"] != results["Keras"]:
        raise InternalError("Keras and ONNX Runtime disagree; this is a defect of the export.")
    else:
        print("They agree on every tag.")
