"""What holds for every test: no outside world, no help from the machine's own time zone, the same examples on every run.

Fixtures that only some tests share stand beside those tests, not here.
"""

from __future__ import annotations

import os
import sys
import time

from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.parts.absent", "tests.parts.kafka", "tests.parts.postgresql", "tests.parts.redis", "tests.parts.smtp")
"""Real servers, started only by the tests that ask for them."""

LOOPBACK = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104 - names to allow, nothing is bound


class OutsideWorld(RuntimeError):
    """A test tried to leave the machine: pass a fake in, or start what it needs on the loopback address."""


def _stay_inside(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse names and addresses beyond the loopback; an audit hook sees what every library does."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a path: a socket of this machine
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name not in LOOPBACK:
        raise OutsideWorld(f"a test tried to reach {name!r}; expected the loopback address only")


sys.addaudithook(_stay_inside)

# 12 h 45 min ahead of UTC, a zone that nobody here lives in: whatever leans on the machine's own zone shows at once.
# The POSIX form needs no zone files on the machine.
os.environ["TZ"] = "VIGIL-12:45"
time.tzset()

# The same examples every time, so that a red build is red for everybody. `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
