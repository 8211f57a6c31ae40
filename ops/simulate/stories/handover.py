"""A device that goes from one person to the next: no breach, but the nearest thing to a false one.

The first man's order ends and his tag is taken off; a day later another case opens, and the same device goes on. Whoever keys
monitoring to the device and not to its activation sees one man in two places.
"""

from __future__ import annotations

from dataclasses import replace

from ops.simulate.instants import HOUR_MS, MINUTE_MS, rfc3339
from ops.simulate.people import Person
from ops.simulate.stage import Stage

ROOM_MS = 36 * HOUR_MS
"""What the second person needs of the run after the first one's tag is off."""
_PROTECTS = "restraining_order"


def hand_over(stage: Stage, after: Person) -> Person:
    """Ends the tag of the stage's person, and gives the second person as he begins: later, with the device of the first."""
    stage.person = first = replace(stage.person, risk_level="standard", order_kind="community_order", linked_late=False)
    off_ms = stage.moment((10 * 60, 15 * 60), before_ms=HOUR_MS, after_ms=HOUR_MS)
    protecting = {
        "order_id": f"{first.order_id}-r",
        "kind": _PROTECTS,
        "starts_at": rfc3339(first.opened_ms + 4 * MINUTE_MS),
        "made_by": f"{first.area.town} Crown Court",
        "conditions": [
            {"condition_id": f"contact-{n}", "kind": "no_contact", "protected_person_id": protected.person_id}
            for n, protected in enumerate(first.protected)
        ],
    }
    made_ms = first.opened_ms + 4 * MINUTE_MS
    stage.say(made_ms, "order.made", protecting)
    stage.say(made_ms + 30 * MINUTE_MS, "order.conditions_shared", {"order_id": protecting["order_id"], "with": "idva"})
    for protected in first.protected:
        told = {"protected_person_id": protected.person_id, "about": "conditions", "ref": protecting["order_id"]}
        stage.say(made_ms + 2 * HOUR_MS, "case.protected_person_informed", told)
    stage.say(off_ms - 10 * MINUTE_MS, "order.ended", {"order_id": first.order_id, "reason": "completed"})
    removed = {"device_id": first.device_id, "activation_id": f"ac-{first.key}-0", "reason": "end_of_order"}
    stage.say(off_ms, "tagging.removed", removed)
    stage.script.silence(off_ms)
    return replace(after, opened_ms=off_ms + 20 * HOUR_MS, device_id=first.device_id, linked_late=False, area=first.area)
