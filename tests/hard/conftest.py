"""How much is tried, and the table of what came of it."""

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
    """What writes where nothing is said writes into a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def amount() -> Callable[[int, int], int]:
    """A slice and a full number → the one that is to be tried."""
    return lambda part, whole: whole if IS_FULL else part


@pytest.fixture
def tally(record_property: Callable[[str, Any], None]) -> Callable[..., None]:
    """Counts what came of one attempt, or of several, or notes a figure."""

    def count(what: str, outcome: str, number: float = 1) -> None:
        record_property(TRIED, (what, outcome, number))

    return count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == TRIED and report.when == "call":
                    what, outcome, number = value
                    found[what, outcome] += number
    if found:
        terminalreporter.section("tried")
    for (what, outcome), number in sorted(found.items()):
        terminalreporter.write_line(f"{what:44} {outcome:52} {number:10,.10g}")
