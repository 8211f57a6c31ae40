"""While evidence about a matter comes out of order, people are not told each turn of it (design 8).

An upload that drips in moves a beginning, closes, withdraws and reopens. The alert shows each of them at once; whoever was told
hears what it came to, 60 s after the last, 5 min at most. A first raising, another severity and whatever is critical never wait.
Called by `alerting.lifecycle.door`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerting.lifecycle.handling import Handling, LateEvidence
from schemas.alert import Alert, Revision
from schemas.finding import Change, MatterStatus

SETTLES_AFTER = timedelta(seconds=60)
AT_MOST = timedelta(minutes=5)
_TURNS: Mapping[Change, MatterStatus] = {"closed": "closed", "reopened": "open", "withdrawn": "withdrawn"}


def waiting(before: Alert, handling: Handling, at: datetime, *, further: bool, out_of_order: bool) -> LateEvidence | None:
    """What waits after a change, and until when; None where nothing does."""
    now = handling.late_evidence
    if now is None:
        if not out_of_order:
            return None
        now = LateEvidence(since_at=at, until_at=at + SETTLES_AFTER, revisions=len(before.revisions), status=before.status)
    elif at >= now.until_at:
        return None
    until_at = min(at + SETTLES_AFTER, now.since_at + AT_MOST) if out_of_order else now.until_at
    return replace(now, until_at=until_at, further=now.further or further)


def as_known(before: Alert, waited: LateEvidence | None) -> Alert:
    """The alert as people know it: before this change, and before all that waited."""
    if waited is None:
        return before
    return before.model_copy(update={"status": waited.status, "revisions": before.revisions[: waited.revisions]})


def came_to(fresh: tuple[Revision, ...], after: Alert, waited: LateEvidence | None) -> tuple[Revision, ...]:
    """The revisions without the turns that came to nothing: closed, reopened and closed is closed."""
    if waited is None:
        return fresh
    nothing = {word for word, status in _TURNS.items() if status != after.status or status == waited.status}
    return tuple(one for one in fresh if one.change not in nothing)
