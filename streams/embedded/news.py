"""What is new about whom since the shell last looked: events for timelines, people whose history is another one's now.

Filled by `streams.embedded.people`, emptied by `streams.embedded.publishing`. A replay has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.event import Event


class News:
    """Keys are of people, as `streams.embedded.people` has them; `gone` are their public ids."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Event]] = []
        """Events about people, but for positions and battery readings."""
        self.anew: dict[str, None] = {}
        """Who has another history now: opened, joined, split."""
        self.gone: dict[str, str | None] = {}
        """A person's id that is no more, and whose it is now; None: nobody's."""

    def moved(self, live: Iterable[str], renamed: Mapping[str, Mapping[str, str]], ended: Iterable[str]) -> None:
        """Identity has changed for these people. `renamed`: by whom they are now, old id to new."""
        self.anew.update(dict.fromkeys(live))
        for ids in renamed.values():
            self.gone.update(ids)
        self.gone.update(dict.fromkeys(ended))

    def clear(self) -> None:
        """Everything of it is published."""
        self.events.clear()
        self.anew.clear()
        self.gone.clear()
