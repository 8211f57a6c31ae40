"""The live stream: what it begins with, what it says and to whom, how it resumes, and when it ends."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from sqlalchemy import insert, update

from alerting.console.stream import last_event_id
from alerting.ledger.tables.told import FEED
from tests.integration.console.listening import Listener, names
from tests.integration.console.office import NOON, Browser, problem
from tests.integration.console.scene import ELSEWHERE, IDVA, OIC, ROOM, SUPERVISOR, Scene

ALERTS = "/api/v1/alerts"


def test_it_opens_at_once_says_hello_and_beats_with_what_is_unanswered(scene: Scene) -> None:
    scene.alert(severity="critical")

    with Listener(scene.office.sign_in(ROOM)) as listener:
        events = listener.until(lambda events: "stream.beat" in names(events))

        assert (": open", 200, "no") == (listener.first, listener.status, listener.headers["x-accel-buffering"])
        assert "text/event-stream; charset=utf-8" == listener.headers["content-type"]
        assert "no-store" == listener.headers["cache-control"]
        hello = events[0]
        assert ("stream.hello", None) == (hello.name, hello.seq)
        assert {
            "seq": 1,
            "server_at": "2026-03-02T12:00:00Z",
            "session_ends_at": "2026-03-03T02:00:00Z",
            "beat_s": 5,
        }.items() <= hello.data.items()
        beat = next(event for event in events if event.name == "stream.beat")
        assert {"critical": 1, "high": 0, "medium": 0, "low": 0} == beat.data["unanswered"]


def test_a_change_is_said_within_a_second_and_never_what_it_says(scene: Scene) -> None:
    with Listener(scene.office.sign_in(ROOM)) as listener:
        listener.until(lambda events: "stream.hello" in names(events))
        began_s = time.monotonic()
        alert_id = scene.alert(severity="critical")

        events = listener.until(lambda events: "alert.changed" in names(events))

        assert time.monotonic() - began_s < 5
        changed = next(event for event in events if event.name == "alert.changed")
        assert {
            "alert_id": alert_id,
            "version": 1,
            "change": "matter.raised",
            "severity": "critical",
            "state": "unanswered",
            "areas": ["avon"],
            "alarm": "critical",
            "at": "2026-03-02T12:00:00Z",
        }.items() <= changed.data.items()
        assert not {"because", "person_id", "protected_person_ids"} & changed.data.keys()


def test_only_what_is_theirs_is_said(scene: Scene) -> None:
    kent, room = scene.office.sign_in(ELSEWHERE), scene.office.sign_in(ROOM)
    with Listener(kent) as elsewhere, Listener(room) as here:
        for listener in (elsewhere, here):
            listener.until(lambda events: "stream.hello" in names(events))
        scene.alert()
        here.until(lambda events: "alert.changed" in names(events))
        elsewhere.until(lambda events: names(events).count("stream.beat") == 2)

        assert [] == elsewhere.named("alert.changed")


def test_what_is_no_longer_theirs_is_gone_and_whoever_never_could_see_it_learns_nothing(scene: Scene) -> None:
    alert_id = scene.alert(told=("control_room",))
    officer, kent = scene.office.sign_in(OIC), scene.office.sign_in(ELSEWHERE)
    with Listener(officer) as theirs, Listener(kent) as elsewhere:
        for listener in (theirs, elsewhere):
            listener.until(lambda events: "stream.hello" in names(events))

        scene.person(team=(("idva", IDVA),))

        events = theirs.until(lambda events: "alert.gone" in names(events))
        assert {"alert_id": alert_id} == events[-1].data
        elsewhere.until(lambda events: names(events).count("stream.beat") == 2)
        assert [] == elsewhere.named("alert.gone")


def test_it_resumes_after_the_last_event_or_the_number_asked_for_and_misses_nothing(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)
    first = scene.another(1)
    as_of_seq = room.get(ALERTS).json()["as_of_seq"]
    second, third = scene.another(2), scene.another(3)

    with Listener(room, f"?after={as_of_seq}") as by_number:
        events = by_number.until(lambda events: names(events).count("alert.changed") == 2)
        changed = [event for event in events if event.name == "alert.changed"]
        assert [second, third] == [event.data["alert_id"] for event in changed]
    with Listener(room, "?after=0", last_event_id=changed[0].seq) as by_event:
        events = by_event.until(lambda events: "stream.beat" in names(events))
        assert [third] == [event.data["alert_id"] for event in events if event.name == "alert.changed"]
    with Listener(room, "?after=0") as from_the_start:
        events = from_the_start.until(lambda events: "stream.beat" in names(events))
        assert [first, second, third] == [event.data["alert_id"] for event in events if event.name == "alert.changed"]


def test_list_then_stream_misses_nothing_that_is_written_meanwhile(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)
    raised: list[str] = []

    def raise_many() -> None:
        raised.extend(scene.another(number, "medium") for number in range(40))

    writer = threading.Thread(target=raise_many)
    writer.start()
    said = room.get(f"{ALERTS}?limit=200").json()
    listed = {item["alert_id"] for item in said["items"]}
    with Listener(room, f"?after={said['as_of_seq']}") as listener:
        writer.join()
        listener.until(lambda events: any(event.data.get("alert_id") == raised[-1] for event in events))
        heard = [event for event in listener.named("alert.changed") if event.data["change"] == "matter.raised"]

    assert set(raised) == listed | {event.data["alert_id"] for event in heard}
    assert len(raised) == len(listed) + len(heard)
    assert sorted(event.seq or 0 for event in heard) == [event.seq for event in heard]


def test_too_far_behind_or_from_a_future_the_list_is_to_be_fetched_again(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)
    scene.alert()
    with scene.office.ledger.write(scene.office.now) as writing:
        for _ in range(5_001):
            writing.next_seq()
        last = writing.seq

    for query in ("?after=0", "?after=999999999"):
        with Listener(room, query) as listener:
            events = listener.until(lambda events: "stream.reset" in names(events))
            reset = next(event for event in events if event.name == "stream.reset")
            assert (last, {"reason": "behind"}) == (reset.seq, reset.data)


def test_a_feed_and_a_part_are_said_as_they_stand_and_when_they_change(scene: Scene) -> None:
    row = {"source": "em/allied", "as_of_at": NOON, "view": '{"source": "em/allied", "state": "live"}'}
    with scene.office.ledger.write(scene.office.now) as writing:
        writing.connection.execute(insert(FEED).values(row))
    with Listener(scene.office.sign_in(ROOM), "?topics=feeds") as listener:
        listener.until(lambda events: "feed.changed" in names(events))
        with scene.office.ledger.write(scene.office.now) as writing:
            writing.connection.execute(update(FEED).values(view='{"source": "em/allied", "state": "silent"}'))
        scene.alert()

        listener.until(lambda events: names(events).count("feed.changed") == 2)
        states = [event.data for event in listener.named("feed.changed")]
        assert [{"source": "em/allied", "state": "live"}, {"source": "em/allied", "state": "silent"}] == states
        assert [] == listener.named("alert.changed")


def ends(listener: Listener, within_s: float = 5.5) -> str:
    """The reason it ends for, in time."""
    assert listener.ended.wait(within_s)
    return str(listener.events[-1].data["reason"])


def opened(browser: Browser, query: str = "") -> Listener:
    listener = Listener(browser, query)
    listener.until(lambda events: "stream.beat" in names(events))
    return listener


def test_it_ends_within_five_seconds_of_signing_out(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)
    with opened(room) as listener:
        assert 200 == room.command("/api/v1/session", method="DELETE").status_code
        assert "signed_out" == ends(listener)


def test_it_ends_when_the_officer_has_another_role(scene: Scene) -> None:
    with opened(scene.office.sign_in(SUPERVISOR)) as listener:
        scene.office.officer(SUPERVISOR, "oic", name="Sgt Ash")
        assert "access_changed" == ends(listener)


def test_it_ends_with_the_shift_on_the_rota(scene: Scene) -> None:
    scene.office.on_call("control_room", "of-3", hours=(-11, 0))
    scene.office.officer("of-3", "control_room")
    room = scene.office.sign_in("of-3")
    with opened(room) as listener:
        scene.later(timedelta(minutes=29))
        room.get("/api/v1/alerts/VG-00000-00000")
        scene.later(timedelta(minutes=2))
        assert ends(listener) in {"access_changed", "signed_out"}


def test_it_says_goodbye_when_the_server_ends(scene: Scene) -> None:
    with opened(scene.office.sign_in(ROOM)) as listener:
        scene.office.desk.live.close()
        assert "restart" == ends(listener)
        assert 0 < int(str(listener.events[-1].data["retry_ms"]))


def test_five_streams_a_session_and_a_closed_one_makes_room(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)
    listeners = [opened(room) for _ in range(5)]

    problem(room.get("/api/v1/stream"), 429, "too_many")
    with opened(scene.office.sign_in(SUPERVISOR)):
        listeners.pop().close()
    deadline_s = time.monotonic() + 6
    while len(scene.office.desk.live.viewers(scene.office.now)) > 4 and time.monotonic() < deadline_s:
        time.sleep(0.1)
    with opened(room):
        assert {ROOM} == {viewer.officer_id for viewer in scene.office.desk.live.viewers(scene.office.now)}
    for listener in listeners:
        listener.close()


def test_what_is_asked_wrongly_is_refused(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)

    for query in ("after=-1", "after=x", "after=99999999999999999999", "topics=everything", "purpose=idle", "name=Sam"):
        problem(room.get(f"/api/v1/stream?{query}"), 422, "invalid")
    for said in ("x", "-1", "1.5", "99999999999999999999", "9" * 5_000):
        problem(room.get("/api/v1/stream", last_event_id=said), 400, "malformed")
    assert 7 == last_event_id("7")
    problem(scene.office.browser().get("/api/v1/stream"), 401, "not_signed_in")


def test_commands_are_served_while_streams_are_open(scene: Scene) -> None:
    alert_id = scene.alert()
    officer = scene.office.sign_in(OIC)
    with opened(scene.office.sign_in(ROOM)), opened(scene.office.sign_in(SUPERVISOR)) as listener:
        scene.acknowledge(officer, alert_id, 1)
        listener.until(lambda events: any(event.data.get("change") == "people.acknowledged" for event in events))
