"""Files of any size: every line once and in order, whatever stops the run."""

import gzip
import json

import pytest

import zoo
from tests.cli.test_terminal import zoo_command
from zoo.cli import batch_predict
from zoo.errors import Refusal

MADE = {"model": "upper"}


def upper(texts):
    if "bad" in texts:
        raise zoo.UserError("'bad' is no text.")
    return [text.upper() for text in texts]


def texts(count):
    return [f"text {number}" for number in range(count)]


def rows_of(path):
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    return [json.loads(line) for line in content.decode().splitlines()]


@pytest.mark.parametrize("source", ["x.txt", "x.txt.gz", "x.jsonl", "x.jsonl.gz"])
@pytest.mark.parametrize("target", ["y.jsonl", "y.jsonl.gz"])
def test_every_line_comes_out_once_and_in_order(source, target, tmp_path):
    lines = texts(1234)
    written = lines
    if ".jsonl" in source:
        written = [
            json.dumps(t) if n % 2 else json.dumps({"input": t}) for n, t in enumerate(lines)
        ]
    content = "".join(line + "\n" for line in written).encode()
    (tmp_path / source).write_bytes(gzip.compress(content) if "gz" in source else content)
    assert batch_predict.predict_lines(upper, tmp_path / source, tmp_path / target, MADE) == 1234
    expected = [{"input": text, "output": text.upper()} for text in lines]
    assert rows_of(tmp_path / target) == expected
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([source, target])


@pytest.mark.parametrize(("name", "line"), [("x.txt", "text"), ("x.jsonl", '"text"')])
def test_a_mark_of_byte_order_is_no_part_of_the_first_line(name, line, tmp_path):
    (tmp_path / name).write_bytes(f"{line}\r\n{line}\r\n".encode("utf-8-sig"))
    batch_predict.predict_lines(upper, tmp_path / name, tmp_path / "y.jsonl", MADE)
    assert rows_of(tmp_path / "y.jsonl") == [{"input": "text", "output": "TEXT"}] * 2


@pytest.mark.parametrize("stop", [0, 1, 2])
@pytest.mark.parametrize("target", ["y.jsonl", "y.jsonl.gz"])
def test_a_run_that_was_stopped_goes_on_and_loses_no_line(stop, target, tmp_path):
    source, target = tmp_path / "x.txt", tmp_path / target
    source.write_text("\n".join(texts(1300)))
    batches = []

    def stopped(batch):
        if len(batches) == stop:
            raise KeyboardInterrupt
        batches.append(batch)
        return upper(batch)

    with pytest.raises(KeyboardInterrupt):
        batch_predict.predict_lines(stopped, source, target, MADE)
    part = target.with_name(target.name + ".part")
    with part.open("ab") as file:
        file.write(b"half a line")
    again = []
    batch_predict.predict_lines(
        lambda batch: again.append(batch) or upper(batch), source, target, MADE
    )
    assert sum(map(len, again)) == 1300 - stop * batch_predict.BATCH_SIZE
    assert [each["input"] for each in rows_of(target)] == texts(1300)


def test_a_prediction_with_other_settings_does_not_resume_a_partial_output(tmp_path):
    source, target = tmp_path / "x.txt", tmp_path / "y.jsonl"
    source.write_text("\n".join([*texts(600), "bad"]))
    with pytest.raises(zoo.UserError, match="Line 601: 'bad' is no text"):
        batch_predict.predict_lines(upper, source, target, MADE)
    with pytest.raises(zoo.UserError, match="was made with {'model': 'upper'}"):
        batch_predict.predict_lines(upper, source, target, {"model": "lower"})
    source.write_text("\n".join(texts(700)))
    assert batch_predict.predict_lines(upper, source, target, MADE) == 700
    with pytest.raises(zoo.UserError, match="exists"):
        batch_predict.predict_lines(upper, source, target, MADE)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.txt", b"ok\n\xff\n", "line 2: .*takes UTF-8"),
        ("x.jsonl", b'"ok"\n{"text": 1}\n', "line 2: .*a JSON string or"),
        ("x.jsonl", b'"ok"\n{\n', "line 2: .*a JSON string or"),
        ("x.txt.gz", b"no gzip", "line 1: .*no whole gzip file"),
        ("x.txt.gz", gzip.compress(b"a\nb\n", mtime=0)[:-9], "no whole gzip file"),
    ],
)
def test_a_line_that_is_no_input_is_named(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(zoo.UserError, match=message):
        batch_predict.predict_lines(upper, tmp_path / name, tmp_path / "y.jsonl", MADE)


def test_what_could_not_be_made_is_an_error_in_its_line(tmp_path):
    (tmp_path / "x.txt").write_text("a\n")
    batch_predict.predict_lines(
        lambda batch: [Refusal("why")], tmp_path / "x.txt", tmp_path / "y.jsonl", MADE
    )
    assert rows_of(tmp_path / "y.jsonl") == [{"input": "a", "output": {"error": "why"}}]


@pytest.mark.slow
def test_the_command_takes_a_file(tmp_path):
    (tmp_path / "x.txt").write_text("110\n000\n")
    options = ["--input", str(tmp_path / "x.txt"), "--output", str(tmp_path / "y.jsonl")]
    done = zoo_command("predict", "elman-xor", *options)
    assert done.returncode == 0
    rows = rows_of(tmp_path / "y.jsonl")
    assert [each["input"] for each in rows] == ["110", "000"]
    assert [bit for bit, _ in rows[0]["output"]] == [
        bit for bit, _ in zoo.pipeline("elman-xor")("110")
    ]
    assert zoo_command("predict", "elman-xor", "110", *options).returncode == 2
