"""What a long-running command writes for whoever runs the machine: one JSON object a line on standard error.

Nothing personal is ever written: an entry has only the fields listed here, and any other is replaced by a mark, so that a
careless line tells nobody's name. What happened to a person stands in the ledger, behind its own rights. Called once, by
`vigil run`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TextIO

import structlog

MAY_SAY = frozenset(
    {
        "event",
        "level",
        "at",
        "logger",
        "request_id",
        "route",
        "error",
        "where",
        "part",
        "address",
        "seconds",
        "events",
        "alerts",
        "people",
        "speed",
    }
)
"""Fields that hold no person: counts, names of our own parts, the address that the service listens on."""
WITHHELD = "[withheld]"


def begin(out: TextIO | None = None) -> None:
    """Log from now on, to standard error unless told otherwise."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            withhold,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out or sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = [_Passed("web_server")]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    everything = logging.getLogger()
    everything.handlers = [*(kept for kept in everything.handlers if not isinstance(kept, _Passed)), _Passed("library")]


def withhold(_logger: object, _method: str, entry: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Every field that is not one of `MAY_SAY` loses its value."""
    for name in entry:
        if name not in MAY_SAY:
            entry[name] = WITHHELD
    return entry


def where(wrong: BaseException) -> str:
    """The place in our code where something went wrong; its message may hold what an event said, and is never written."""
    frame = wrong.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "nowhere" if frame is None else f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"


class _Passed(logging.Handler):
    """Warnings of libraries. Their texts hold what a request said or a provider answered, so only whose and where is kept."""

    def __init__(self, event: str) -> None:
        super().__init__(logging.WARNING)
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        where = f"{record.filename}:{record.lineno}"
        structlog.get_logger().log(record.levelno, self._event, logger=record.name, where=where)
