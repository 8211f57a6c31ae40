"""Releases as the rules about them look at them: the plans under way and the release that he is out on, in one form.

One value a release, under one key from its first plan until he is back in custody. Pure; made when a rule asks. Not a
judgement, and not the custody record itself (`streams.engine.custody_facts`).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.event import EvidenceRef
from streams.engine.person import TEMPORARY, Address, Custody, Plan, Release
from streams.engine.verdict import About


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """One release. `at`: planned for, or happened. `known_at`: when its first plan was made, or it happened without one."""

    key: str
    """The subject of findings about it: its `release_id`; without one the case, which has but one under way."""
    release_id: str
    """Of findings about it, and what they are about: as `key`, but a temporary one without an id is the case's too."""
    kind: str
    at: datetime
    known_at: datetime
    ref: EvidenceRef
    address: Address | None
    plan: Plan | None
    release: Release | None = None
    nameless: bool = False
    """Whether its feed gave it no id."""

    @property
    def temporary(self) -> bool:
        """Whether he has to return from it."""
        return self.kind == TEMPORARY

    @property
    def done(self) -> bool:
        """Whether it has happened."""
        return self.release is not None

    @property
    def unconfirmed(self) -> bool:
        """Whether nothing has confirmed that it happened: what rests on that alone is provisional (word 2)."""
        return self.release is not None and not self.release.confirmed

    @property
    def about(self) -> About:
        """What an alert about it is about."""
        return About("release", self.release_id, "release")


def _key(case: str, release_id: str | None, kind: str) -> str:
    if release_id is not None:
        return release_id
    return f"{case}:{TEMPORARY}" if kind == TEMPORARY else case


def leavings(custody: Custody, case: str) -> tuple[Leaving, ...]:
    """The release that he is out on, then the plans under way. `case`: the person's id."""
    found: list[Leaving] = []
    out = custody.out_on
    if out is not None:
        found.append(
            Leaving(
                key=_key(case, out.release_id, out.kind),
                release_id=out.release_id or case,
                kind=out.kind,
                at=out.at,
                known_at=out.plan.planned_at if out.plan else out.at,
                ref=out.ref,
                address=out.address,
                plan=out.plan,
                release=out,
                nameless=out.release_id is None,
            )
        )
    found.extend(
        Leaving(
            key=_key(case, plan.release_id, plan.kind),
            release_id=plan.release_id or case,
            kind=plan.kind,
            at=plan.release_at,
            known_at=plan.planned_at,
            ref=plan.ref,
            address=plan.address,
            plan=plan,
            nameless=plan.release_id is None,
        )
        for plan in custody.under_way
    )
    return tuple({one.key: one for one in reversed(found)}.values())[::-1]
