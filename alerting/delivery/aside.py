"""Work in a thread of its own: a daemon, so that what hangs keeps no process from ending, and nobody need wait for it for ever.

For tries (`alerting.delivery.under_way`), and for the machine's resolver of names, which has no time limit of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

_Answer = TypeVar("_Answer")


def begun(work: Callable[[], _Answer]) -> Future[_Answer]:
    """Begin it in a thread of its own."""
    answer: Future[_Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as wrong:  # noqa: BLE001  raised where the answer is asked for
            answer.set_exception(wrong)

    Thread(target=run, name="send", daemon=True).start()
    return answer


def resolved(look_up: Callable[[], _Answer], time_s: float) -> _Answer:
    """What the resolver of names says, where it says it in that time; whatever it raises. What hangs is left. OSError: it said nothing."""
    try:
        return begun(look_up).result(time_s)
    except TimeoutError:
        raise OSError("no name server has answered in time") from None
