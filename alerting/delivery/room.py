"""How many tries a lane has under way, and how many of them at one receiver: one that hangs keeps none of the others' places.

A receiver is a webhook, the host of a push service, or the one relay or provider of a channel. A message all of whose receivers
are at their most is held back: it is not claimed, costs no attempt, and is next in its order as soon as one of them has answered.
Kept in memory by `alerting.delivery.sending`; no I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from schemas.delivery import Channel

AT_ONCE = 8
"""Tries under way at one receiver."""
IN_LANE: Mapping[Channel, int] = {"push": 4 * AT_ONCE, "webhook": 4 * AT_ONCE}
"""Of a lane with many receivers: three of them may hang, and a fourth has all its places. The others have one receiver each."""


class Room:
    """One lane's. `taken`: the receivers of what is under way, each as often as it is tried."""

    def __init__(self, channels: Collection[Channel]) -> None:
        self._most = min(IN_LANE.get(channel, AT_ONCE) for channel in channels)
        self._taken: Counter[str] = Counter()
        self._receivers: dict[str, frozenset[str]] = {}

    def count(self, taken: Iterable[str]) -> None:
        """What is under way now."""
        self._taken = Counter(taken)

    @property
    def left(self) -> int:
        """How many tries more may be begun."""
        return max(0, self._most - self._taken.total())

    def held(self) -> frozenset[str]:
        """To whom nothing is begun now: officers and webhooks, as far as it is known where they are reached."""
        full = {receiver for receiver, tries in self._taken.items() if tries >= AT_ONCE}
        return frozenset(who for who, receivers in self._receivers.items() if receivers and receivers <= full)

    def take(self, who: str, receivers: Collection[str]) -> bool:
        """Begin with a message to them, if there is room; whether there was. One with several places may go over the edge."""
        self._receivers[who] = frozenset(receivers)
        if not self.left or who in self.held():
            return False
        self._taken.update(receivers)
        return True
