"""How long the test sentences take to translate: `python -m benchmarks.translation [--json]`.

Beam search and greedy decoding of the shipped translator, by TensorFlow and as exported, by ONNX
Runtime; each once, after a warm-up on some of the sentences.
"""

import argparse
import datetime
import json
import tempfile
import time
from pathlib import Path

import zoo
from benchmarks import host
from zoo.api import runtime
from zoo.recipes.data import multi30k

NAME = "translator-multi30k-de-en"
WIDTHS = {"greedy": 1, "beam 5": 5}


def measure() -> dict[str, float]:
    """Seconds for all sentences of test, by runtime and width."""
    texts = [source for source, _ in multi30k.pairs("test", "de", "en")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "translator.onnx"
        zoo.export(NAME, path)
        seconds = {}
        for how, width in WIDTHS.items():
            for where, translate in {
                "TensorFlow": zoo.pipeline(NAME, width=width),
                "ONNX Runtime": runtime.pipeline(path, width=width),
            }.items():
                translate(texts[:20])
                began = time.perf_counter()
                translate(texts)
                seconds[f"{where}, {how}"] = time.perf_counter() - began
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    seconds = measure()
    where = {
        "date": datetime.date.today().isoformat(),
        "processor": host.processor(),
        "cores": host.processors(),
        "sentences": len(multi30k.pairs("test", "de", "en")),
    }
    if as_json:
        print(json.dumps({**where, "seconds": seconds}, indent=2))
        return
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    for name, value in seconds.items():
        ratio = value / seconds[f"{name.partition(',')[0]}, greedy"]
        print(f"{name:24} {value:6.1f} s   {ratio:5.2f} of greedy")


if __name__ == "__main__":
    main()
