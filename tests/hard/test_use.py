"""Pipelines in long use: no memory is lost, threads get their own answers, writers do not clash."""

import gc
import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import zoo
from tests.hard import tasks
from tests.hard.stopped import run_in_process
from zoo import recipes
from zoo.hub.card import Card
from zoo.hub.registry import MODELS, examples, shipped
from zoo.recipes import pipeline as pipelines

pytestmark = pytest.mark.slow

PAGE = resource.getpagesize()
THREADS = 8
ONE_EACH = {Card.read(MODELS / name).recipe: name for name in shipped()}.values()
"""A model of each recipe: those of one recipe run the same code."""
TOLD = ("Another training", "finished model", "exists", "another export")
"""The error message of the later of two writers."""


def resident():
    """Megabytes of memory that the process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def opened(name, runtime):
    """A pipeline and inputs to it; a language model writes a few letters, not pages."""
    processing = recipes.processing(Card.read(MODELS / name).recipe)
    short = {"length": "5"} if "length" in pipelines.describe_settings(processing) else {}
    pipeline = zoo.pipeline if runtime == "keras" else zoo.runtime.pipeline
    return pipeline(name, **short), list(examples(name))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
@pytest.mark.parametrize("runtime", ["onnx", "keras"])
@pytest.mark.parametrize("name", sorted(ONE_EACH))
@pytest.mark.usefixtures("elsewhere")
def test_calls_leave_no_memory_behind(name, runtime, amount, tally):
    predict, inputs = opened(name, runtime)

    def calls(number):
        for count in range(number):
            predict(inputs[count % len(inputs)])

    calls(amount(20, 100))
    before = resident()
    calls(amount(80, 1900))
    grown = resident() - before
    tally(f"MB grown by calls of {name} ({runtime})", "up to 20 are allowed", round(grown, 1))
    assert grown <= 20


@pytest.mark.parametrize("runtime", ["onnx", "keras"])
@pytest.mark.parametrize("name", sorted(ONE_EACH))
@pytest.mark.usefixtures("elsewhere")
def test_threads_get_the_answers_to_their_own_inputs(name, runtime, amount, tally):
    predict, inputs = opened(name, runtime)
    expected = [predict(each) for each in inputs]
    turns = amount(1, 10)

    def ask(thread):
        order = [(thread + turn) % len(inputs) for turn in range(turns)]
        return all(predict(inputs[each]) == expected[each] for each in order)

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(ask, range(THREADS)))
    tally("calls of one pipeline from eight threads", "equal to calls of one", THREADS * turns)


def at_once(*calls):
    """Outcomes of tasks that run in processes of their own at one time."""
    outcomes = [None] * len(calls)

    def one(place):
        outcomes[place] = calls[place]()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_writers_to_one_place_one_succeeds_and_the_others_are_told(
    small_xor, amount, tally, tmp_path
):
    for number in range(amount(1, 5)):
        out, path = tmp_path / str(number), tmp_path / f"{number}.onnx"
        trainings = at_once(*[partial(run_in_process, tasks.train, out, seed) for seed in (1, 2)])
        exports = at_once(*[partial(run_in_process, tasks.export, small_xor, path, "onnx")] * 2)
        for what, outcomes in (("trainings", trainings), ("exports", exports)):
            assert [outcome.is_whole for outcome in outcomes].count(True) >= 1
            refused = [outcome.refused for outcome in outcomes if not outcome.is_whole]
            assert all(any(word in say for word in TOLD) for say in refused)
            tally(f"two {what} to one place", "one written, the other refused", len(refused))
        zoo.load(out)
        zoo.runtime.pipeline(path)
