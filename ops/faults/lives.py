"""The lives of one process: started, killed at a random instant, started again, so many times. On a thread of its own."""

from __future__ import annotations

import threading
import time
from random import Random

from ops.faults.subject import LOOKS_EVERY_S, NotInTime, Process

LOADS_S = 1.5
"""Every other life ends within so long of its beginning, many while the process still begins."""
READY_WITHIN_S = 180.0
STARTS_AGAIN_AFTER_S = 0.3


class Lives:
    """`kills` of SIGKILL; `ended`: how often it ended by itself, as it does where it finds no database when it begins."""

    def __init__(self, process: Process, times: int, rng: Random, life_s: float) -> None:
        self.kills = 0
        self.ended = 0
        self._process, self._times, self._rng, self._life_s = process, times, rng, life_s
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=process.name, daemon=True)

    @property
    def name(self) -> str:
        """Of the process."""
        return self._process.name

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it was killed so often; it lives, and is at work."""
        if self._failed is not None:
            raise self._failed
        return not self._thread.is_alive()

    def close(self) -> None:
        """End the process; wait for the thread, which sees that at its next look."""
        self._times = 0
        self._thread.join(READY_WITHIN_S)
        self._process.close()

    def _run(self) -> None:
        try:
            while self.kills < self._times:
                self._process.start()
                if self.kills % 2:
                    self._ready()
                    time.sleep(self._rng.uniform(0, self._life_s))
                else:
                    time.sleep(self._rng.uniform(0.1, LOADS_S))
                self._process.kill()
                self.kills += 1
            self._process.start()
            self._ready()
        except BaseException as wrong:  # noqa: BLE001  said by `over`
            self._failed = wrong

    def _ready(self) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while not self._process.ready():
            if self._process.ended:
                self.ended += 1
                time.sleep(STARTS_AGAIN_AFTER_S)
                self._process.start()
            if time.monotonic() > until:
                raise NotInTime(f"{self.name} is not ready after {READY_WITHIN_S:.0f} s")
            time.sleep(LOOKS_EVERY_S)
