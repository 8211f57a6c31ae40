"""`quarantine-rising`: a feed of which much is set aside, as a finding (rules.md F). Stated by the shell, not by a rule.

When it rises is `streams.intake.rise`'s; here are its words and whom it is told. Called by `streams.embedded.judge`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.finding import finding_id
from streams.engine.verdict import About, Finding
from streams.engine.wording import when
from streams.intake.rise import Rise

SLUG = "quarantine-rising"
VERSION = 1
TELLS = ("control_room",)


def finding(rise: Rise) -> Finding:
    """One rise as a finding about the feed. It rests on no event that was taken, so it names no evidence."""
    if rise.ended_at is None:
        because = (
            f"Feed {rise.source}: {rise.set_aside_events} of the {rise.sent_events} events that it sent in the hour to "
            f"{when(rise.seen_at)} cannot be taken and are set aside: what they say is not being judged."
        )
    else:
        because = f"Feed {rise.source} sent many events that could not be taken, {when(rise.began_at)} to {when(rise.ended_at)}."
    return Finding(
        subject=rise.source,
        about=About("feed", rise.source, rise.source),
        began_at=rise.began_at,
        decidable_at=rise.seen_at,
        ended_at=rise.ended_at,
        severity="high",
        because=because,
        evidence=(),
        rule=SLUG,
        version=VERSION,
        id=finding_id(SLUG, rise.source, rise.began_at),
        told=TELLS,
    )


def held_before(rise: Rise) -> datetime:
    """While it goes on the feed counts as complete to here and no further: just before the first event set aside in it."""
    return rise.first_at - timedelta(microseconds=1)
