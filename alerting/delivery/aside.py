"""Work in a thread of its own: a daemon, so that what hangs keeps no process from ending, and nobody need wait for it for ever.

For tries (`alerting.delivery.under_way`), and for the machine's resolver of names, which has no time limit of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

_Answer = TypeVar("_Answer")


def begun(work: Callable[[], _Answer], thread: type[Thread] = Thread) -> Future[_Answer]:
    """Begin it in a thread of its own. What is raised where the machine has none to give: the work will never be done."""
    answer: Future[_Answer] = Future()

    def run() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(work())
        except BaseException as wrong:  # noqa: BLE001  raised where the answer is asked for
            answer.set_exception(wrong)

    try:
        thread(target=run, name="send", daemon=True).start()
    except Exception:
        if answer.cancel():  # else it was begun all the same
            raise
    return answer


def resolved(look_up: Callable[[], _Answer], time_s: float) -> _Answer:
    """What the resolver of names says, where it says it in that time; whatever it raises. What hangs is left. OSError: it said nothing."""
    try:
        return begun(look_up).result(time_s)
    except TimeoutError:
        raise OSError("no name server has answered in time") from None
