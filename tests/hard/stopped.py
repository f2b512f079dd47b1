"""Tasks run in processes of their own, which are killed or run out of disk at a chosen moment."""

import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zoo

WRITING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
"""Of Python's audit events, those that change a folder, beside the opening of a file to write."""


@dataclass(frozen=True)
class Outcome:
    """How a task ended."""

    is_whole: bool = False
    refused: str | None = None
    """The error message, where a task refuses."""

    seconds: float = 0.0
    operations: int = 0
    """Changes that it made in folders and files."""


KILLED = Outcome()


def run_in_process(
    task: Callable[..., None],
    *arguments: Any,
    at: int | None = None,
    after: float | None = None,
    largest: int | None = None,
) -> Outcome:
    """Runs a task in a new process, and returns how it ended.

    Args:
        task: a function of `tests.hard.tasks`.
        at: the change of a folder or file, counted from 1, before which it is killed.
        after: seconds after which it is killed.
        largest: bytes beyond which no file can grow, as on a full disk.
    """
    context = multiprocessing.get_context("forkserver")
    # Slow imports happen once; TensorFlow must not start before the fork.
    context.set_forkserver_preload(["tests.hard.tasks"])
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, task, arguments, at, largest))
    process.start()
    theirs.close()
    try:
        ours.recv()
        if after is not None and not ours.poll(after):
            process.kill()
        outcome = ours.recv()
    except EOFError:
        outcome = KILLED
    process.join()
    if isinstance(outcome, str):
        raise AssertionError(outcome)
    return outcome


def _run(pipe: Any, task: Any, arguments: Any, at: int | None, largest: int | None) -> None:
    # One thread, so that every process computes the same bits.
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = "1"
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    operations = _count(at)
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    began = time.monotonic()
    pipe.send("started")
    try:
        task(*arguments)
    except (zoo.UserError, OSError) as error:
        # The command says either in one sentence.
        pipe.send(Outcome(refused=str(error), operations=len(operations)))
    except Exception:
        pipe.send(traceback.format_exc())
    else:
        seconds = time.monotonic() - began
        pipe.send(Outcome(True, seconds=seconds, operations=len(operations)))


def _count(at: int | None) -> list[str]:
    """A list that grows by every change of a folder or file; the process dies before change `at`.

    Changes that TensorFlow and HDF5 make by themselves are not seen.
    """
    seen: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            is_writing = bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR))
            if not is_writing or str(arguments[0]).startswith("/dev/"):
                return
        elif event not in WRITING:
            return
        seen.append(event)
        if len(seen) == at:
            os.kill(os.getpid(), 9)

    sys.addaudithook(hook)
    return seen
