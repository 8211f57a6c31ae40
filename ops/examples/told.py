"""`python -m ops.examples.told < alerts.jsonl`: alerts, one JSON object a line, as a few lines each that one can read.

An example of a reader, with nothing but the standard library: what any other system does with our alerts. Not the console.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

SHORT = {"oic": "OIC", "idva": "IDVA"}
LONDON = ZoneInfo("Europe/London")


def clock(instant: str) -> str:
    """The time of day in London."""
    return datetime.fromisoformat(instant).astimezone(LONDON).strftime("%H:%M")


def names(roles: Iterable[str]) -> str:
    """Roles as people call them."""
    return ", ".join(SHORT.get(role, role.replace("_", " ")) for role in roles)


def story(line: str) -> Iterator[str]:
    """One alert: how grave, what, how it stands; why; who was told; and what became of it."""
    alert = json.loads(line)
    matter = alert["rule"] + (", provisional" if alert["provisional"] else "")
    minutes_late = alert["late_by_s"] // 60
    late = f", known {minutes_late} min late" if minutes_late else ""
    yield f"{alert['severity'].upper()} {matter}: {alert['status']}{late}"
    yield f"  {alert['because']}"
    unfilled = f"; unfilled: {names(alert['unfilled_roles'])}" if alert["unfilled_roles"] else ""
    yield f"  told: {names(one['role'] for one in alert['recipients'])}{unfilled}"
    yield "  " + ", ".join(f"{clock(one['at'])} {one['change']}" for one in alert["revisions"])
    yield ""


def stories(lines: Iterable[str]) -> str:
    """All of them."""
    return "\n".join(said for line in lines for said in story(line))


if __name__ == "__main__":
    sys.stdout.write(stories(sys.stdin))
