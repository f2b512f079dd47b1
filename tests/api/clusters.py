"""Runs a function of docs/clusters.md with two workers: `python clusters.py DOCUMENT ENGINE TEXTS`.

TEXTS is a JSON list; printed is a JSON object of text → tags. Run in an environment of the engine
and the zoo alone, without TensorFlow.
"""

import json
import re
import sys
from pathlib import Path


def function(document, section):
    """The function of a section of the document."""
    text = Path(document).read_text(encoding="utf-8").partition(f"## {section}")[2]
    [code] = re.findall(r"```python\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    made = {}
    exec(compile(code, document, "exec"), made)
    return made["tagged"]


def by_ray(tagged, texts):
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    rows = tagged(ray.data.from_items([{"text": text} for text in texts])).take_all()
    return [(row["text"], row["tags"]) for row in rows]


def by_beam(tagged, texts):
    import tempfile

    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    options = PipelineOptions(
        runner="DirectRunner", direct_num_workers=2, direct_running_mode="multi_processing"
    )
    with tempfile.TemporaryDirectory() as folder:
        with beam.Pipeline(options=options) as pipeline:
            outputs = tagged(pipeline | beam.Create(texts)) | beam.Map(json.dumps)
            outputs | beam.io.WriteToText(f"{folder}/x")
        files = sorted(Path(folder).iterdir())
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


if __name__ == "__main__":
    document, engine, texts = sys.argv[1:]
    run = {"Ray Data": by_ray, "Apache Beam": by_beam}[engine]
    outputs = run(function(document, engine), json.loads(Path(texts).read_text()))
    Path(texts).with_suffix(".out").write_text(json.dumps(outputs))
