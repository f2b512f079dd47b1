"""Processes that train for this one: how they are started and watched, and what they report.

A worker that fails writes the reason into a file named by its caller, so that nothing is guessed
from what it prints.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo import atomic
from zoo.errors import UserError

MODULE = "zoo.api.worker"
PATIENCE = 10
"""Seconds that workers have to end after one of them failed."""


@dataclass(frozen=True)
class Failure:
    """Why a worker ended before its time."""

    reason: str
    """What it reported, or how it ended where it could not report."""

    is_users: bool
    """Whether it is a mistake that a user can mend."""

    errors: str
    """What it wrote to standard error."""


@dataclass(frozen=True)
class Worker:
    """A worker that was started."""

    process: "subprocess.Popen[bytes]"
    report: Path
    errors: Path

    def failure(self) -> Failure | None:
        """Why it failed, once it ended; None where it did not fail."""
        status = self.process.returncode
        if not status:
            return None
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        report = json.loads(self.report.read_text(encoding="utf-8")) if self.report.exists() else {}
        errors = self.errors.read_text(encoding="utf-8", errors="replace")
        if not report:
            return Failure(how, False, errors)
        reason, is_users = report["reason"], report["is_users"]
        return Failure(reason if is_users else f"{how}: {reason}", is_users, errors)


def start(
    arguments: Mapping[str, Any], folder: Path, environment: Mapping[str, str], *, shows: bool
) -> Worker:
    """Starts a worker.

    Args:
        arguments: of `zoo.api.worker`.
        folder: an empty one of the worker's own, for what it reports.
        environment: variables that differ from those of this process.
        shows: whether its standard output is ours, so that its progress is seen.
    """
    report, errors = folder / "report.json", folder / "errors.txt"
    # What is imported here, such as a module beside the user's script, is found there too.
    arguments = {**arguments, "path": sys.path}
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, json.dumps(arguments, default=str), str(report)],
            env={**os.environ, **environment},
            stdout=None if shows else subprocess.DEVNULL,
            stderr=file,
        )
    return Worker(process, report, errors)


def wait(workers: Sequence[Worker]) -> tuple[int, Failure] | None:
    """Waits for the end of all; when one fails the others are stopped.

    Returns:
        The number of the one that failed, and why; None where all did what they were asked.
    """
    try:
        failed = _first_to_fail(workers)
    finally:
        _stop(workers)
    if not failed:
        return None
    # Where one fails, another may fail of it first and cannot report: the one that can is the
    # cause.
    reported = [number for number, worker in enumerate(workers) if worker.report.exists()]
    for number in [*reported, *failed]:
        failure = workers[number].failure()
        if failure is not None:
            return number, failure
    return None


@contextmanager
def reporting(report: Path) -> Iterator[None]:
    """Writes into a file why what is done in it fails, for the process that started this one."""
    try:
        yield
    except UserError as error:
        _write(report, str(error), True)
        sys.exit(2)
    except Exception as error:
        _write(report, f"{type(error).__name__}: {error}", False)
        raise


def _write(report: Path, reason: str, is_users: bool) -> None:
    atomic.write_text(report, json.dumps({"reason": reason, "is_users": is_users}))


def _first_to_fail(workers: Sequence[Worker]) -> list[int]:
    """The workers that failed, as soon as one did; none when all have ended well."""
    while True:
        states = [worker.process.poll() for worker in workers]
        failed = [number for number, state in enumerate(states) if state]
        if failed or all(state == 0 for state in states):
            return failed
        time.sleep(0.2)


def _stop(workers: Sequence[Worker]) -> None:
    for worker in workers:
        if worker.process.poll() is None:
            worker.process.terminate()
    for worker in workers:
        try:
            worker.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
