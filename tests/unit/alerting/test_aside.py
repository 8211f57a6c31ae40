"""Work in a thread of its own is done once, or never: also where the machine has none to give."""

from __future__ import annotations

import threading

import pytest

from alerting.delivery.aside import begun


def test_where_no_thread_is_to_be_had_that_is_said_and_the_work_is_never_done() -> None:
    made: list[threading.Thread] = []
    done: list[str] = []

    class Late(threading.Thread):
        """It is refused, and runs all the same, afterwards."""

        def start(self) -> None:
            made.append(self)
            raise RuntimeError("can't start new thread")

    with pytest.raises(RuntimeError):
        begun(lambda: done.append("done"), Late)
    made[0].run()
    assert [] == done


def test_where_the_thread_runs_all_the_same_its_answer_is_waited_for() -> None:
    class Both(threading.Thread):
        """It runs, and its start fails afterwards."""

        def start(self) -> None:
            super().start()
            self.join()
            raise MemoryError

    assert "done" == begun(lambda: "done", Both).result(5)
