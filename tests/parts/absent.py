"""What happens where a real part is missing: the test skips and says so loudly; on a build machine (CI=true) it fails.

A part is a server that tests run against for real: Kafka, PostgreSQL, Redis. `make test` installs them (ops/parts.sh).
A plugin of pytest too: it counts the skips at the end of the run, part by part, so that nobody takes a thin run for a whole one.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import NoReturn

import pytest

MARK = "real part missing: "


def absent(part: str, lacking: str) -> NoReturn:
    """This test cannot run here: `part` could not be started because of what is `lacking`."""
    reason = f"{MARK}{part} ({lacking}; `make test` installs it where it can)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason=reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The count of tests that did not run, and why."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    why = [report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)]
    counts = Counter(reason.partition(MARK)[2] for reason in why if MARK in reason)
    if counts:
        terminalreporter.section(f"{counts.total()} tests did NOT run: real parts are missing", red=True, bold=True)
        for reason, count in counts.most_common():
            terminalreporter.line(f"{count:5d} need {reason}", red=True)
