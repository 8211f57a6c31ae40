"""What somebody with a stale version is told: who changed the alert, to what, when, and from which version to which (console 1.2).

Called where a command meets another version than the one it saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerting.lifecycle.working_days import LONDON
from alerting.wording import CHANGES

DID: Mapping[str, str] = {
    "people.acknowledged": "acknowledged it",
    "people.acted": "recorded what was done",
    "people.awaiting_second_key": "closed it, and it waits for a second officer",
    "people.closed": "closed it",
    "people.not_confirmed": "did not agree to its closing",
    "people.challenged": "challenged it",
    "people.challenge_upheld": "upheld a challenge",
    "people.challenge_rejected": "rejected a challenge",
    "people.shelved": "shelved it",
    "people.unshelved": "brought it back",
    "people.reassigned": "gave it to somebody else",
    "people.handover_offered": "offered it to somebody else",
    "people.handover_accepted": "took it over",
    "people.handover_refused": "refused to take it over",
    "people.released": "said they cannot do it",
    "people.escalated": "escalated it",
    "people.noted": "added a note",
}
"""What a person did, after their name."""
WENT: Mapping[str, str] = {
    "people.lease_ended": "Its promise ran out",
    "people.shelf_ended": "Its shelf ended",
    "people.passed_on": "It was passed on",
    "people.unowned": "It has no owner any more",
    "people.ended_itself": "It ended by itself",
    "people.superseded": "It goes on as another alert",
    "people.answered_with_incident": "It was answered with its incident",
    "people.told": "Somebody was told",
}
"""What came of itself."""


def sentence(changes: Sequence[Mapping[str, object]], version_seen: int, version: int) -> str:
    """What made the last version in words, and the two versions. `changes`: as `alerting.console.trail.changes_since` gives them.

    Of the lines of one step the first is what happened; the others came of it.
    """
    versions = f"You saw version {version_seen}, it is now {version}."
    if not changes:
        return versions
    last = next(one for one in changes if one["version"] == changes[-1]["version"])
    what, at = str(last["change"]), last["at"]
    when = f" at {at.astimezone(LONDON):%H:%M:%S}" if isinstance(at, datetime) else ""
    who = last["by_name"] or last["by"]
    if who is not None:
        return f"{who} {DID.get(what, 'changed it')}{when}. {versions}"
    revision = CHANGES.get(what.removeprefix("matter."), "It changed")
    return f"{WENT.get(what, revision)}{when}. {versions}"
