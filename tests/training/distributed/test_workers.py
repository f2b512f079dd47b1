"""What workers report at their ends, whatever they print."""

import time

import pytest

from zoo.training.distributed import workers

MODULE = "tests.training.distributed.practice"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Workers that end so, the first of which shows what it prints."""
    monkeypatch.setattr(workers, "MODULE", MODULE)

    def run(*ends):
        started = []
        for number, end in enumerate(ends):
            folder = tmp_path / str(number)
            folder.mkdir()
            asked = {"name": number, "ends": end}
            started.append(workers.start(asked, folder, {}, shows=number == 0))
        return started

    return run


def test_workers_that_end_well_have_no_failure_and_the_first_is_seen(run, capfd):
    started = run("well", "well")
    assert workers.wait(started) is None
    assert [worker.failure() for worker in started] == [None, None]
    assert capfd.readouterr().out == "Epoch 1 of 0\n"


@pytest.mark.parametrize(
    ("end", "reason", "is_users"),
    [
        ("by a mistake", "No such file: a\nb.", True),
        ("by a failure", "status 1: ArithmeticError: it does not add up", False),
        ("by a signal", "SIGKILL", False),
        ("by a status", "status 2", False),
    ],
)
def test_a_failure_is_what_was_reported_not_what_was_printed(run, end, reason, is_users, capfd):
    number, failure = workers.wait(run("well", end))
    assert (number, failure.reason, failure.is_users) == (1, reason, is_users)
    assert "none of this is one" in failure.errors
    assert ("Traceback" in failure.errors) == (end == "by a failure")
    assert capfd.readouterr().err == ""


def test_when_one_fails_the_others_are_stopped(run):
    began = time.monotonic()
    started = run("never", "by a mistake", "never")
    number, failure = workers.wait(started)
    assert (number, failure.is_users) == (1, True)
    assert time.monotonic() - began < 60
    assert all(worker.process.returncode is not None for worker in started)


def test_the_one_that_reported_is_the_cause(run):
    started = run("by a signal", "by a failure")
    for worker in started:
        worker.process.wait()
    number, failure = workers.wait(started)
    assert (number, failure.reason) == (1, "status 1: ArithmeticError: it does not add up")
