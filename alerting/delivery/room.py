"""How many tries a lane has under way, and how many of them at one receiver: one that hangs keeps none of the others' places.

A receiver is a webhook, the host of a push service, or the one relay or provider of a channel. A message all of whose receivers
are at their most is held back: it is not claimed and costs no attempt. Where they are quick the lane waits for it, in its order; where
they hang, those behind it pass it. Kept in memory by `alerting.delivery.sending`; no I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from schemas.delivery import Channel

AT_ONCE = 8
"""Tries under way at one receiver."""
IN_LANE: Mapping[Channel, int] = {"push": 4 * AT_ONCE, "webhook": 4 * AT_ONCE}
"""Of a lane with many receivers: three of them may hang, and a fourth has all its places. The others have one receiver each."""


MOST = 16 * AT_ONCE
"""Tries under way in a lane, whatever their receivers."""


class Room:
    """One lane's."""

    def __init__(self, channels: Collection[Channel]) -> None:
        self._most = min(IN_LANE.get(channel, AT_ONCE) for channel in channels)
        self._taken: Counter[str] = Counter()
        self._hanging: frozenset[str] = frozenset()
        self._receivers: dict[str, frozenset[str]] = {}
        self._next: str | None = None

    def count(self, taken: Iterable[str], hanging: Collection[str]) -> None:
        """What is under way now: its receivers, each as often as it is tried; and those that have said nothing for a while."""
        self._taken = Counter(taken)
        self._hanging = frozenset(hanging)
        if self._next is not None and (self._passed_over(self._next) or not self._full(self._next)):
            self._next = None

    @property
    def left(self) -> int:
        """How many tries more may be begun; none while whoever is next waits for a receiver that is quick.

        A receiver takes no more of the lane than its own places: whoever has a second browser elsewhere is tried at both, and one
        service that hangs would else fill the lane with the first ones.
        """
        places = sum(min(tries, AT_ONCE) for tries in self._taken.values())
        return 0 if self._next is not None else max(0, min(self._most - places, MOST - self._taken.total()))

    def held(self) -> frozenset[str]:
        """Officers and webhooks that are passed over, as far as it is known where they are reached."""
        return frozenset(who for who in self._receivers if self._passed_over(who)) if self._hanging else frozenset()

    def take(self, who: str, receivers: Callable[[], Collection[str]]) -> bool:
        """Begin with a message to them, if there is room; whether there was. One with several places may go over the edge."""
        if not self.left or self._passed_over(who):
            return False
        found = receivers()
        self._receivers[who] = frozenset(found)
        if self._full(who):
            self._next = None if self._passed_over(who) else who
            return False
        self._taken.update(found)
        return True

    def _full(self, who: str) -> bool:
        receivers = self._receivers.get(who, frozenset())
        return bool(receivers) and all(self._taken[receiver] >= AT_ONCE for receiver in receivers)

    def _passed_over(self, who: str) -> bool:
        return self._full(who) and self._receivers[who] <= self._hanging
