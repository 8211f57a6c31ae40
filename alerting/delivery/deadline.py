"""The time of one whole try: when it is over, its sockets are shut, and whoever reads from them reads their end.

A time limit of a socket is of each read: a relay that says a byte a minute would never come to it, would keep its place in the
lane, and beyond the sender's lease another would send the same message. A channel opens a `within` around its try, and what
connects there says so (`hold`). A webhook has no need of it: it runs under the time limit of its event loop.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Event, Thread

WHOLE_TRY_S = 45.0
"""Well under the sender's lease, in the second half of which it begins with no further browser of an officer's."""
_AGAIN_AFTER_S = 0.5
"""What connects when the time is over already, or was between two sockets, is shut at the next look."""

Held = Callable[[], socket.socket | None]
_held: ContextVar[list[Held] | None] = ContextVar("held", default=None)


@contextmanager
def within(time_s: float) -> Iterator[None]:
    """Whatever is held in this block, by this thread, is shut when the time is over."""
    held: list[Held] = []
    done = Event()
    before = _held.set(held)
    Thread(target=_shut, args=(held, done, time_s), name="deadline", daemon=True).start()
    try:
        yield
    finally:
        done.set()
        _held.reset(before)


def hold(of: Held) -> None:
    """This socket belongs to the try; asked for when its time is over, for TLS puts another in its place."""
    held = _held.get()
    if held is not None:
        held.append(of)


def _shut(held: list[Held], done: Event, time_s: float) -> None:
    while not done.wait(time_s):
        for of in tuple(held):
            one = of()
            if one is not None:
                with suppress(OSError):  # closed, or not connected yet: the limit of connecting is a socket's own
                    socket.socket.shutdown(one, socket.SHUT_RDWR)  # of TLS too: its own would take the state from who reads
        time_s = _AGAIN_AFTER_S
