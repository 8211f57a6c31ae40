"""The clock jumps, an hour back or forward: each clock fires once, no later than it would have; nothing is lost or sent twice."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import insert, select

from alerting.console import one_time, sessions
from alerting.console.local import Link
from alerting.ledger import clock_jumps, outbox, proven
from alerting.ledger.roots import verify
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.access import GRANT, PULSE
from alerting.lifecycle.commands import PutOnShelf
from alerting.service.loops import Loop, Work
from alerting.service.seen import Seen
from tests.integration.faults.outage import Outage
from tests.integration.ledger.station import TERMS, promise
from tests.unit.alerting.handled import ROWAN, SUPERVISOR, a_team
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_finding

TOKEN, LINK = "token-of-rowan", "link-of-rowan"
SECOND = timedelta(seconds=1)
PAUSE = 3 * SECOND
"""From the last look of a process to the jump, or to its end."""


class Begun(NamedTuple):
    """What runs. `unanswered` has 2 min, `shelved` 4, `promised` 6; evidence of `waiting` settles in 60 s.

    `left`: a message whose sender has just died, with a lease of 2 min; `again`: one that is tried again in 30 s.
    """

    promised: str
    unanswered: str
    shelved: str
    waiting: str
    left: str
    again: str

    def words(self) -> dict[str, tuple[str, timedelta]]:
        """The word with which each clock runs out, and after how long."""
        return {
            self.unanswered: ("people.escalated", 2 * MINUTE),
            self.waiting: ("people.told", MINUTE),
            self.shelved: ("people.shelf_ended", 4 * MINUTE),
            self.promised: ("people.lease_ended", 6 * MINUTE),
        }


def begun(outage: Outage) -> Begun:
    """Four alerts of four people, two messages under way; Rowan is signed in."""
    station = outage.station
    for name in ("pe-2", "pe-3", "pe-4"):
        station.knows(a_team().model_copy(update={"person_id": name}))
    promised = station.tells(a_finding(subject="zone-1", severity="critical"))
    shelved = station.tells(a_finding(person_id="pe-3", subject="zone-3", severity="high"))
    drips = a_finding(person_id="pe-4", subject="zone-4", severity="medium")
    waiting = station.tells(drips)
    outage.work()
    station.says(ROWAN, promise(station.now, minutes=6), promised)
    station.says(SUPERVISOR, PutOnShelf(until_at=station.now + 4 * MINUTE, reason="He is in court until then."), shelved)
    station.says(ROWAN, promise(station.now, minutes=60), waiting)
    station.tells(drips.model_copy(update={"status": "closed", "ended_at": station.now}), change="closed", out_of_order=True)
    unanswered = station.tells(a_finding(person_id="pe-2", subject="zone-2", severity="critical", told=("control_room", "oic")))
    with station.ledger.write(station.now) as writing:
        left, again = outbox.claim(writing, 2 * MINUTE)
        outbox.retry(writing, again, station.now + 30 * SECOND, "busy")
        sessions.begin(writing, TOKEN, ROWAN, csrf="csrf", strong_at=station.now, provider=None)
        one_time.make(writing, LINK, Link(next_path="/", officer_id=None), station.now)
        grant = {"grant_id": "gr-1", "officer_id": ROWAN, "kind": "break_glass", "subject": "pe-2", "reason": "Nobody else is there."}
        writing.connection.execute(insert(GRANT).values(**grant, at=station.now, until_at=station.now + HOUR))
    return Begun(promised, unanswered, shelved, waiting, left.message_id, again.message_id)


def sent_of(outage: Outage, message_id: str) -> int:
    """How often that message came."""
    return [*outage.letters(), *outage.texted()].count(message_id)


def said_of(outage: Outage, message_id: str) -> list[str]:
    """Each text of that message that Notify was sent: whether it said that it is a repeat."""
    texts = [str(request.json["personalisation"]) for request in outage.notify.sends if request.json["reference"] == message_id]
    return ["(repeat)" if "(repeat)" in text else "" for text in texts]


def signed_in(outage: Outage) -> bool:
    with outage.station.ledger.read() as connection:
        return sessions.find(connection, TOKEN, outage.station.now) is not None


def open_to(outage: Outage) -> tuple[bool, bool, bool, bool]:
    """Whether Rowan is signed in, by a fresh sign-in, has emergency access, and has a link that is good."""
    at = outage.station.now
    with outage.station.ledger.read() as connection:
        session = sessions.find(connection, TOKEN, at)
        grant = connection.execute(select(GRANT.c.grant_id).where(GRANT.c.at <= at, GRANT.c.until_at > at)).first()
        link = one_time.look(connection, LINK, at, Link)
    return session is not None, session is not None and session.fresh(at), grant is not None, link is not None


def fired_at(outage: Outage, alert_id: str, word: str) -> list[datetime]:
    """When that word was written."""
    return [at for row in outage.station.history(alert_id) if row.what == word and isinstance(at := row.at, datetime)]


def jumps(outage: Outage, by: timedelta, *, down: bool) -> timedelta:
    """The clock jumps `PAUSE` after a process has looked: before it looks again, or while it is `down`. How far that went back."""
    outage.seen.look(outage.station.now)
    outage.station.now += PAUSE + by
    if down:
        outage.seen = Seen(outage.station.ledger, TERMS)
    return outage.seen.look(outage.station.now)


@pytest.mark.parametrize("down", [False, True], ids=["between two looks", "across a restart"])
def test_an_hour_back_all_that_runs_goes_on_as_if_nothing_had_been(outage: Outage, *, down: bool) -> None:
    runs, began_at = begun(outage), outage.station.now

    assert HOUR - PAUSE == jumps(outage, -HOUR, down=down)
    assert timedelta() == Seen(outage.station.ledger, TERMS).look(outage.station.now)  # another process finds nothing to do
    outage.passes(7 * MINUTE)

    for alert_id, (word, span) in runs.words().items():
        after = [at + HOUR - began_at for at in fired_at(outage, alert_id, word)]  # in real time
        assert (word, span + PAUSE) == (word, after[0])
        assert len(after) == 1 or word == "people.escalated"
        assert 1 == outage.station.words(alert_id).count(clock_jumps.WENT_BACK)
    assert (1, 1) == (sent_of(outage, runs.left), sent_of(outage, runs.again))
    with outage.station.ledger.read() as connection:
        assert () == (*verify(connection, None), *proven.faults(connection))


@pytest.mark.parametrize("down", [False, True], ids=["between two looks", "across a restart"])
def test_an_hour_forward_each_clock_fires_once_and_what_was_under_way_goes_out_and_says_so(outage: Outage, *, down: bool) -> None:
    runs = begun(outage)
    assert timedelta() == jumps(outage, HOUR, down=down)
    first = sweep(outage.station.ledger, outage.station.now, TERMS)
    second = sweep(outage.station.ledger, outage.station.now, TERMS)
    outage.work()

    assert ((), 0) == (first.broken, second.fired)
    assert [1] * 4 == [outage.station.words(alert_id).count(word) for alert_id, (word, _) in runs.words().items()]
    assert (["(repeat)"], 1) == (said_of(outage, runs.left), sent_of(outage, runs.again))
    assert not signed_in(outage)
    assert () == outage.station.books().faults


def test_what_is_begun_between_the_jump_and_the_next_look_is_not_moved(outage: Outage) -> None:
    station = outage.station
    outage.seen.look(station.now)
    known = station.tells(a_finding(subject="zone-1", severity="critical"))
    station.now -= HOUR
    station.knows(a_team().model_copy(update={"person_id": "pe-2"}))
    new = station.tells(a_finding(person_id="pe-2", subject="zone-2", severity="critical", began=station.now))
    station.says(ROWAN, promise(station.now, minutes=20), known)
    with station.ledger.write(station.now) as writing:
        claimed = {one.message_id for one in outbox.claim(writing, 2 * MINUTE)}
        sessions.begin(writing, TOKEN, ROWAN, csrf="csrf", strong_at=station.now, provider=None)
    station.now += SECOND

    assert HOUR - SECOND == outage.seen.look(station.now)
    assert signed_in(outage)
    assert station.now - SECOND + 2 * MINUTE == station.clocks(new)["answer"].at
    assert station.now - SECOND + 20 * MINUTE == station.clocks(known)["lease_ends"].at
    assert station.now + 4 * HOUR == station.clocks(known)["close"].at  # which began before, at an instant that has not come
    with station.ledger.write(station.now) as writing:
        assert claimed.isdisjoint({one.message_id for one in outbox.claim(writing, 2 * MINUTE)})
    assert () == station.books().faults


@pytest.mark.parametrize("down", [False, True], ids=["between two looks", "across a restart"])
def test_an_hour_back_nothing_lasts_longer_than_it_was_given_and_nothing_ends_early(outage: Outage, *, down: bool) -> None:
    begun(outage)
    began_at = outage.station.now - HOUR
    jumps(outage, -HOUR, down=down)

    found = []
    for after in (9 * MINUTE, 11 * MINUTE, 29 * MINUTE, 31 * MINUTE, 59 * MINUTE, 61 * MINUTE):
        outage.station.now = began_at + after
        found.append(open_to(outage))

    both, signed = (True, True, True, True), (True, False, True, False)
    assert [both, signed, signed, (False, False, True, False), (False, False, True, False), (False,) * 4] == found


def test_a_mark_ahead_of_now_that_another_machine_leaves_moves_nothing(outage: Outage) -> None:
    station = outage.station
    alert_id = station.tells(a_finding(severity="critical"))
    outage.seen.look(station.now)
    for _ in range(3):
        clock_jumps.mark(station.ledger, station.now + HOUR)
        station.now += SECOND
        assert timedelta() == outage.seen.look(station.now)

    assert clock_jumps.WENT_BACK not in station.words(alert_id)


def test_an_alert_that_cannot_be_read_holds_up_no_other(outage: Outage) -> None:
    station, runs = outage.station, begun(outage)
    with station.ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alert SET finding = '{{}}' WHERE alert_id = '{runs.shelved}'")  # noqa: S608  our own id

    assert HOUR - PAUSE == jumps(outage, -HOUR, down=False)
    moved = [alert_id for alert_id in runs.words() if clock_jumps.WENT_BACK in station.words(alert_id)]
    assert [runs.unanswered, runs.waiting, runs.promised] == moved


def test_a_part_that_works_says_so_also_after_the_clock_has_gone_back(ledger: Ledger) -> None:
    now, back = NOON, NOON - HOUR
    loop = Loop(Work("facts", lambda: False, SECOND / 100), ledger, lambda: now)
    loop.start()
    assert NOON == said_at(ledger, NOON)
    now = back
    assert back == said_at(ledger, back)
    loop.stop()
    assert loop.join(MINUTE)


def said_at(ledger: Ledger, expected: datetime) -> datetime | None:
    """When the part last said that it is at work; waits a while for that to be so."""
    for _ in range(500):
        with ledger.read() as connection:
            said: datetime | None = connection.execute(select(PULSE.c.at).where(PULSE.c.part == "facts")).scalar()
        if said == expected:
            break
        time.sleep(0.01)
    return said
