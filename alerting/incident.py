"""An incident is answered as one (console 1.5): for which of its other alerts a command holds as well.

Not which alerts are one incident (`alerting.grouping`), and not how one that joins later is answered with the rest: that is a row
of the table. Called by the ledger, which then says the same to each of them.
"""

from __future__ import annotations

from alerting.commands import FOR_THE_INCIDENT, NAMES, Command, Speaker
from alerting.handling import Handling
from alerting.step import Around, Sibling


def also_holds_for(said: Command, by: Speaker, around: Around) -> tuple[Sibling, ...]:
    """The other open alerts that this command is said to as well. Where one of them refuses, it stays as it is."""
    name = NAMES[type(said)]
    if name not in FOR_THE_INCIDENT:
        return ()
    return tuple(one for one in around.siblings if name == "acknowledge" or _owned_by(one.handling, by.officer_id))


def _owned_by(handling: Handling, officer_id: str) -> bool:
    return handling.owner is not None and handling.owner.officer_id == officer_id
