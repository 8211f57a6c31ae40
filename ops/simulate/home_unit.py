"""What the home unit of a radio curfew tag says: he is heard every half hour, he is gone, he is back.

Read by `life`. A unit that is switched off (a `dark` span) says nothing. A tag that is out of its range is not heard, so ordinary
errands stay well under the four hours after which silence would be an untagged window.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ops.simulate.feeds import TAGS
from ops.simulate.instants import HOUR_MS, MINUTE_MS
from ops.simulate.lines import Fact
from ops.simulate.movement import outings
from ops.simulate.people import Person
from ops.simulate.script import Script, Worn
from ops.simulate.tracker import FIRST_FIX_AFTER_MS

HEARD_EVERY_MS = 30 * MINUTE_MS


def heard(person: Person, script: Script, rng: Random, ends_ms: int) -> Iterator[Fact]:
    """The facts of the home unit and of the tag's battery, in order."""
    device_id = script.worn_at(person.opened_ms, Worn(0, person.device_id, "")).device_id
    absences = outings(person, script, rng, ends_ms)
    absence = next(absences, None)
    at_ms = first_heard_after(person, person.opened_ms + FIRST_FIX_AFTER_MS)
    while at_ms < ends_ms:
        if absence is not None and absence.leaves_ms < at_ms:
            if not script.is_dark(absence.leaves_ms):
                yield _present(absence.leaves_ms, device_id, present=False)
                yield _present(absence.returns_ms, device_id, present=True)
            at_ms = first_heard_after(person, absence.returns_ms)
            absence = next(absences, None)
            continue
        if not script.is_dark(at_ms):
            yield _present(at_ms, device_id, present=True)
            if at_ms // HEARD_EVERY_MS % 12 == 0:
                percent = 100 - (at_ms // HOUR_MS % 240) // 5
                yield Fact(at_ms, TAGS, "tagging.status", {"device_id": device_id, "battery_percent": percent})
        at_ms += HEARD_EVERY_MS


def first_heard_after(person: Person, at_ms: int) -> int:
    """The first half-hourly word of the unit after an instant."""
    first_ms = person.opened_ms + FIRST_FIX_AFTER_MS + person.fix_offset_ms
    return at_ms + HEARD_EVERY_MS - (at_ms - first_ms) % HEARD_EVERY_MS


def _present(at_ms: int, device_id: str, *, present: bool) -> Fact:
    return Fact(at_ms, TAGS, "tagging.home_unit", {"device_id": device_id, "present": present})
