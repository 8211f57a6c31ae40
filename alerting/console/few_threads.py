"""A few threads for one kind of work: however much of it there is, whatever else the console does never waits behind it.

For what may take long: looks of the live streams, and words with the identity provider.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

Done = TypeVar("Done")


class FewThreads:
    """So many at once; who comes later waits in line and holds no thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter: CapacityLimiter | None = None  # made within the loop that it belongs to

    async def __call__(self, work: Callable[[], Done]) -> Done:
        """One piece of it, in a thread."""
        self._limiter = self._limiter or CapacityLimiter(self._most)
        return await to_thread.run_sync(work, limiter=self._limiter)
