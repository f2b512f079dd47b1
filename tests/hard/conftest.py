"""The number of attempts, and a table of their outcomes."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

IS_FULL = "HARD" in os.environ
TRIED = "tried"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test in an empty folder, for writes to the current one."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def amount() -> Callable[[int, int], int]:
    """Numbers of a short and of a full run → the one of this run."""
    return lambda part, whole: whole if IS_FULL else part


@pytest.fixture
def tally(record_property: Callable[[str, Any], None]) -> Callable[..., None]:
    """Counts the outcome of one attempt, or of several."""

    def count(what: str, outcome: str, number: float = 1) -> None:
        record_property(TRIED, (what, outcome, number))

    return count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == TRIED and report.when == "call":
                    what, outcome, number = value
                    outcomes[what, outcome] += number
    if outcomes:
        terminalreporter.section("tried")
    for (what, outcome), number in sorted(outcomes.items()):
        terminalreporter.write_line(f"{what:44} {outcome:52} {number:10,.10g}")
