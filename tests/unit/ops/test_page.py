"""The plain page: what is open in the words of the house, what it rests on, and three states that never look alike."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import Request
from httpx2 import Response
from starlette.testclient import TestClient

from alerting.book import AlertBook
from alerting.directory import Directory
from ops.web import site
from ops.web.application import application
from ops.web.picture import FeedSeen, Picture, feed_seen
from schemas.alert import Alert
from schemas.envelope import MessageStatus
from schemas.finding import Severity
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_change, a_directory, a_finding, a_person, assigned, officer, on_call

DIRECTORY = a_directory(officer("of-1"), on_call("control_room", "of-2"))
NOW = NOON + HOUR
LIVE = FeedSeen("em/allied", "Live", NOW - MINUTE)


def an_alert(
    subject: str = "pp-1",
    *,
    severity: Severity = "critical",
    late_by: timedelta = timedelta(),
    because: str = "He is inside the zone.",
    message_status: MessageStatus = "actual",
    provisional: bool = False,
) -> Alert:
    finding = a_finding(subject=subject, severity=severity, because=because, message_status=message_status, provisional=provisional)
    (alert,) = AlertBook().apply([a_change(finding, at=NOON + late_by)], a_person(assigned("oic", "of-1")), DIRECTORY)
    return alert


def a_picture(*alerts: Alert, failed: bool = False, feeds: tuple[FeedSeen, ...] = (LIVE,), people: int = 1204) -> Picture:
    return Picture(NOW, alerts, DIRECTORY, feeds, people, NOW - timedelta(seconds=3), 0, failed=failed)


class Everything:
    """Somebody signed in, who may see every alert of a picture."""

    name, csrf = "Sgt Ash", "a-token-of-a-form"

    def __init__(self, picture: Picture | None) -> None:
        self._alerts = () if picture is None else picture.alerts

    def view(self, _request: Request) -> Everything:
        return self

    def board(self) -> None:
        """Nothing is seen signed out."""

    def open_alerts(self) -> tuple[Alert, ...]:
        return self._alerts

    def one(self, name: str) -> Alert | None:
        return next((alert for alert in self._alerts if name in {alert.alert_id, alert.reference}), None)

    def asked(self, _name: str) -> None:
        """Nothing waits for their decision."""


def asked(picture: Picture | None, path: str = "/") -> Response:
    return TestClient(application([site.routes(lambda: picture, Everything(picture))]), base_url="http://localhost").get(path)


def shown(picture: Picture | None, path: str = "/") -> str:
    return str(asked(picture, path).text)


def words(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_an_alert_says_how_grave_it_is_in_word_and_shape_since_when_and_who_was_told() -> None:
    alert = an_alert()
    said = words(shown(a_picture(alert)))

    for expected in (
        "◆ Critical",
        "Ongoing",
        "He is inside the zone.",
        "Since 2 Mar 12:00 (1 h)",
        alert.reference,
        "An Officer , Officer in the case",
        "of-2 , Control room",
    ):
        assert expected in said


def test_a_role_that_nobody_holds_is_said() -> None:
    finding = a_finding(told=("idva", "duty_inspector"))
    (alert,) = AlertBook().apply([a_change(finding)], a_person(), Directory())
    said = words(shown(a_picture(alert)))

    assert "Nobody could be told" in said
    assert "Nobody assigned: IDVA, Duty inspector" in said


@pytest.mark.parametrize(("late_by", "told"), [(timedelta(seconds=60), False), (timedelta(minutes=41), True)])
def test_what_was_told_over_a_minute_late_says_so(late_by: timedelta, told: bool) -> None:
    assert told == ("Told late: evidence took 41 min" in words(shown(a_picture(an_alert(late_by=late_by)))))


def test_what_is_not_confirmed_and_what_is_an_exercise_are_marked() -> None:
    said = words(shown(a_picture(an_alert(provisional=True, message_status="exercise"))))

    assert "EXERCISE" in said
    assert "Not yet confirmed" in said


def test_the_order_is_the_pictures_and_the_counts_are_by_severity() -> None:
    page = shown(a_picture(an_alert("pp-2", severity="low"), an_alert("pp-1"), an_alert("pp-3")))

    assert ["low", "critical", "critical"] == re.findall(r'<li class="alert (\w+)">', page)
    assert "◆ 2 Critical ▲ 0 High ● 0 Medium ○ 1 Low" in words(page)
    assert "<title>(3) Vigil" in page


def test_empty_says_why_it_is_safe_to_believe() -> None:
    page = words(shown(a_picture(feeds=(LIVE, FeedSeen("custody/hmpps", "Never heard", None)))))

    assert "No alert needs an answer. 1 of 2 feeds live, last event 3 s ago, 1,204 people judged." in page
    assert "No alert needs an answer. No feed has ever sent" in words(shown(a_picture(feeds=())))


def test_failed_says_what_failed_and_what_still_works_and_keeps_the_last_rows() -> None:
    page = shown(a_picture(an_alert(), failed=True))

    assert "Not live since 2 Mar 13:00:00" in words(page)
    assert "still being kept" in words(page)
    assert "He is inside the zone." in page
    assert "<title>Not live" in page


def test_a_silent_feed_has_a_bar_of_its_own() -> None:
    silent = FeedSeen("em/serco", "Silent", NOON)

    assert "Silent: em/serco since 2 Mar 12:00." in words(shown(a_picture(feeds=(LIVE, silent))))


def test_starting_says_so_and_tries_again() -> None:
    page = shown(None)

    assert "Vigil is starting" in page
    assert 'http-equiv="refresh"' in page


def test_it_reloads_by_itself_and_can_be_held_still() -> None:
    assert '<meta http-equiv="refresh" content="30">' in shown(a_picture())
    assert "http-equiv" not in shown(a_picture(), "/?still=1")


@pytest.mark.parametrize("by", ["alert_id", "reference"])
def test_one_alert_is_found_by_id_and_by_reference_with_its_evidence_and_its_story(by: str) -> None:
    alert = an_alert()
    page = words(shown(a_picture(alert), f"/alerts/{getattr(alert, by)}"))

    for expected in (
        "He is inside the zone.",
        "Who was told",
        "Assigned",
        "On call",
        "Raised , 2 Mar 12:00:00",
        "It rests on what did not come",
        "exclusion-zone-entry, version 1",
    ):
        assert expected in page


def test_an_alert_that_is_not_there_is_said_to_be_none() -> None:
    assert "There is no such alert" in shown(a_picture(), "/alerts/VG-00000-00000")


def test_what_a_sentence_says_is_text_and_never_markup() -> None:
    page = shown(a_picture(an_alert(because='<script>alert(1)</script> & "Sam"')))

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Sam&#34;" in page


@pytest.mark.parametrize("path", ["/", "/alerts/VG-00000-00000", "/?still=1"])
def test_every_page_forbids_scripts_frames_and_everything_from_elsewhere(path: str) -> None:
    answer = asked(a_picture(an_alert()), path)
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert ("no-referrer", "nosniff", "no-store") == tuple(
        answer.headers[name] for name in ("referrer-policy", "x-content-type-options", "cache-control")
    )
    assert [] == re.findall(r"(?:src|href)=\"(?!/|#|data:,)", answer.text)
    assert [] == re.findall(r"<script|\sstyle=|\son\w+=", answer.text)


def test_no_page_says_a_word_that_the_house_forbids() -> None:
    pages = [shown(a_picture(an_alert(), failed=True)), shown(a_picture()), shown(None), shown(a_picture(), "/alerts/x")]
    said = " ".join(map(words, pages)).lower()

    assert [] == [word for word in ("breach", "offender", "victim", "user error", "false alarm", "please") if word in said]


@pytest.mark.parametrize(
    ("lag", "word"), [(timedelta(minutes=2), "Live"), (timedelta(minutes=3), "Late"), (timedelta(minutes=5), "Silent")]
)
def test_a_feed_is_late_at_half_its_limit_and_silent_at_it(lag: timedelta, word: str) -> None:
    assert word == feed_seen("em/allied", NOON - lag, timedelta(minutes=5), NOON).word


def test_a_name_cannot_turn_the_sentence_round_nor_bring_markup_with_it() -> None:
    because = "Sam \u202e\u2066Field<script>alert(1)</script>\x1b[2J is inside the zone."
    alert = an_alert(because=because)
    for path in ("/", f"/alerts/{alert.reference}"):
        html = shown(a_picture(alert), path)

        assert "Sam \ufffd\ufffdField&lt;script&gt;" in html
        assert not {"\u202e", "\u2066", "\x1b"} & set(html)
        assert "<script" not in html
