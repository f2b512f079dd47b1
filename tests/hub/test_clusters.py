"""The functions of docs/clusters.md, with two workers each: every row as one process has it."""

import re
from pathlib import Path

import pytest

import zoo
from zoo.recipes.blstm_tagger import raw

pytestmark = [
    pytest.mark.slow,
    # Ray Data sets up names of its own that it deprecates.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context"),
]

DOCUMENT = Path(__file__).parents[2] / "docs" / "clusters.md"
COUNT = 5000


def function(section):
    """The function of a section of the document."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"## {section}")[2]
    [code] = re.findall(r"```python\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    made = {}
    exec(compile(code, str(DOCUMENT), "exec"), made)
    return made["tagged"]


@pytest.fixture(scope="module")
def sentences():
    return [f"{raw.EXAMPLES[n % len(raw.EXAMPLES)]} {n}" for n in range(COUNT)]


@pytest.fixture(scope="module")
def expected(sentences):
    tagged = zoo.runtime.pipeline("blstm-tagger-gum")(sentences)
    return {
        text: " ".join(tag for _, tag in words)
        for text, words in zip(sentences, tagged, strict=True)
    }


def test_ray_tags_every_row(sentences, expected):
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        rows = ray.data.from_items([{"text": text} for text in sentences])
        found = function("Ray Data")(rows).take_all()
    finally:
        ray.shutdown()
    assert len(found) == COUNT
    assert {row["text"]: row["tags"] for row in found} == expected


def test_beam_tags_every_row(sentences, expected):
    beam = pytest.importorskip("apache_beam")
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.testing.util import assert_that, equal_to

    options = PipelineOptions(
        runner="DirectRunner", direct_num_workers=2, direct_running_mode="multi_processing"
    )
    with beam.Pipeline(options=options) as pipeline:
        found = function("Apache Beam")(pipeline | beam.Create(sentences))
        assert_that(found, equal_to(list(expected.items())))
