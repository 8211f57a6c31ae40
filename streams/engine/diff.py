"""What a judgement changed among a person's findings, against what was known before it (design 4.4).

Pure. A finding that vanishes was disproved and is withdrawn; when one of the same rule and subject appears over the
same time, that one supersedes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from streams.engine.take import forgotten
from streams.engine.verdict import Finding

_FAR = datetime.max.replace(tzinfo=UTC)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One finding raised, amended or withdrawn. `supersedes`: ids of what it replaces.

    `out_of_order`: by evidence from before other evidence about the person that was judged already.
    """

    what: Literal["raised", "amended", "withdrawn"]
    finding: Finding
    before: Finding | None = None
    supersedes: tuple[str, ...] = ()
    out_of_order: bool = False


def _overlap(one: Finding, other: Finding) -> bool:
    return one.began_at <= (other.ended_at or _FAR) and other.began_at <= (one.ended_at or _FAR)


def _renamed(subject: str, renamed: Mapping[str, str] | None) -> str:
    for old, new in (renamed or {}).items():
        subject = subject.replace(old, new)
    return subject


def diff(
    before: Mapping[str, Finding], after: Mapping[str, Finding], at: datetime, renamed: Mapping[str, str] | None = None
) -> tuple[Change, ...]:
    """Changes in the order: withdrawn, then raised and amended by beginning. `at`: the instant judged to.

    `renamed`: person ids that a merge or an earlier case has replaced, so that what was about them is superseded.
    """
    if before is after:
        return ()
    # What opened and was withdrawn within one judgement was never told, and is no news; what stands again is told as new.
    appeared = [one for key, one in after.items() if not one.withdrawn and (key not in before or before[key].withdrawn)]
    vanished = [one for key, one in before.items() if key not in after and not forgotten(one, at) and not one.withdrawn]
    changes = [Change(what="withdrawn", finding=msgspec.structs.replace(one, withdrawn=True), before=one) for one in vanished]
    fresh: list[Change] = []
    heirs: dict[str, str] = {}
    # What is about another finding has that one's id as its subject, so it is looked at after those that stand before it.
    for one in sorted(appeared, key=lambda found: found.about.kind == "finding"):
        replaced = tuple(
            gone.id
            for gone in vanished
            if gone.rule == one.rule and one.subject in {_renamed(gone.subject, renamed), heirs.get(gone.subject)} and _overlap(gone, one)
        )
        heirs.update(dict.fromkeys(replaced, one.id))
        fresh.append(Change(what="raised", finding=one, supersedes=replaced))
    for key, one in after.items():
        old = before.get(key)
        if old is not None and not old.withdrawn and old is not one and old != one:
            fresh.append(Change(what="withdrawn" if one.withdrawn else "amended", finding=one, before=old))
    fresh.sort(key=lambda change: (change.finding.began_at, change.finding.id))
    return (*changes, *fresh)
