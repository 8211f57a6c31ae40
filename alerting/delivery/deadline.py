"""The time of one whole try: when it is over, its sockets are shut, and whoever reads from them reads their end.

A time limit of a socket is of each read: a relay that says a byte a minute would never come to it, would keep its place in the
lane, and beyond the sender's lease another would send the same message. A channel opens a `within` around its try, connects there by
`connected`, and says what it connected (`hold`). The machine's resolver of names hears of no time limit: it is asked aside, and left
where it hangs. A webhook has no need of this: it runs under the time limit of its event loop.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple

from alerting.delivery.aside import resolved

WHOLE_TRY_S = 45.0
"""Well under the sender's lease, in the second half of which it begins with no further browser of an officer's."""
_AGAIN_AFTER_S = 0.5
"""What connects when the time is over already, or was between two sockets, is shut at the next look."""

Held = Callable[[], socket.socket | None]


class _Try(NamedTuple):
    held: list[Held]
    until_s: float


_try: ContextVar[_Try | None] = ContextVar("try", default=None)


@contextmanager
def within(time_s: float) -> Iterator[None]:
    """Whatever is held in this block, by this thread, is shut when the time is over."""
    held: list[Held] = []
    done = Event()
    before = _try.set(_Try(held, monotonic() + time_s))
    Thread(target=_shut, args=(held, done, time_s), name="deadline", daemon=True).start()
    try:
        yield
    finally:
        done.set()
        _try.reset(before)


def hold(of: Held) -> None:
    """This socket belongs to the try; asked for when its time is over, for TLS puts another in its place."""
    ours = _try.get()
    if ours is not None:
        ours.held.append(of)


def connected(host: str, port: int, timeout_s: float) -> socket.socket:
    """A connection to the first address of the name that takes one: none is begun with when the time is over. Raises OSError.

    `timeout_s`: of the name, of each address, and then of each read; where less of the try is left, so long.
    """
    ours = _try.get()

    def left() -> float:
        return timeout_s if ours is None else min(timeout_s, ours.until_s - monotonic())

    try:
        addresses = resolved(partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM), left())
    except UnicodeError:
        raise OSError("no name has such a form") from None
    wrong = OSError("the name has no address")
    for family, kind, protocol, _, address in addresses:
        left_s = left()
        if left_s <= 0:
            raise TimeoutError("no time is left to connect")
        one: socket.socket | None = None
        try:
            one = socket.socket(family, kind, protocol)
            one.settimeout(left_s)
            one.connect(address)
        except OSError as this:
            wrong = this
            if one is not None:  # else a family of addresses that this machine has not
                one.close()
        else:
            return one
    raise wrong


def _shut(held: list[Held], done: Event, time_s: float) -> None:
    while not done.wait(time_s):
        for of in tuple(held):
            one = of()
            if one is not None:
                with suppress(OSError):  # closed, or not connected yet: the limit of connecting is a socket's own
                    socket.socket.shutdown(one, socket.SHUT_RDWR)  # of TLS too: its own would take the state from who reads
        time_s = _AGAIN_AFTER_S
