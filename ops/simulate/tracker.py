"""The fixes of one location tag: one a minute, formatted as lines without a detour.

Five in a hundred arrive up to ten minutes late, one in some hundreds is lost, one in a thousand comes twice, and now and then the
device holds hours of them back until it has signal again. All of it is decided by one random number a fix: this loop is the
simulator's speed. Read by `life`, a quarter of an hour at a time.
"""

from __future__ import annotations

from random import Random

from ops.simulate.battery import Battery, charges, first_fix_at
from ops.simulate.feeds import TAGS, Outages
from ops.simulate.instants import CLOCK, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, date_text, local_date, rfc3339
from ops.simulate.lines import Line
from ops.simulate.movement import Track, outings
from ops.simulate.noise import CALM_AT_HOME, CALM_OUTDOORS, DRIFT_KEPT, TABLE_SIZE, WILD
from ops.simulate.people import Person
from ops.simulate.script import FOR_EVER_MS, Script, Span, Worn

FIRST_FIX_AFTER_MS = 15 * MINUTE_MS
"""From the opening of the case to the first fix of a tag fitted at once."""
_LATEST_MS = 600 * SECOND_MS
_HOLDS_A_DAY = 0.04
_CALM_AFTER_WILD = 3


class Tracker:
    """Follows one tag forward in time."""

    def __init__(self, person: Person, script: Script, chance: tuple[Random, Random], outages: Outages, ends_ms: int) -> None:
        self._person = person
        self._script = script
        self._rng, self._days_rng = chance
        self._outages = outages
        self._ends_ms = ends_ms
        self._track = Track(person.home, outings(person, script, self._days_rng, ends_ms))
        self._battery = Battery(person, charges(person, script, ends_ms))
        self._worn = Worn(0, person.device_id, f"ac-{person.key}-0")
        self._drift_east_m = self._drift_north_m = 0.0
        self._degrees_east, self._degrees_north = person.area.degrees_per_metre_east, person.area.degrees_per_metre_north
        self._calm_fixes_due = 0
        self._held = Span(FOR_EVER_MS, FOR_EVER_MS)
        self._day = -1
        self._written = 0
        self._head = f'{{"id":"fx-{person.key}-'
        self._whose = f'"person":{{"identifiers":[{{"type":"EM_WEARER","value":"{person.wearer}"}}]}},' if person.names_wearer else ""

    def lines(self, from_ms: int, to_ms: int) -> list[Line]:
        """The fixes taken in a span that lies within one day, in no order of arrival."""
        script, getrandbits = self._script, self._rng.getrandbits
        story = local_date(from_ms) in script.story_days
        day, midnight_ms = from_ms // DAY_MS, from_ms // DAY_MS * DAY_MS
        if day != self._day:
            self._day, self._held = day, self._hold(from_ms)
        troubled = self._outages.touch(TAGS, from_ms, to_ms + 2 * _LATEST_MS) or self._held.from_ms < to_ms
        gone = any(span.from_ms < to_ms and from_ms < span.to_ms for span in script.dark)
        date, whose = date_text(day), self._whose + self._wearing(from_ms)
        first_ms = max(from_ms, self._person.opened_ms + FIRST_FIX_AFTER_MS)
        found: list[Line] = []
        for at_ms in range(first_fix_at(self._person, first_ms), to_ms, MINUTE_MS):
            if gone and script.is_dark(at_ms):
                continue
            bits = getrandbits(66)
            if bits & 255 == 0 and not story and not self._calm_fixes_due:
                continue
            received_ms = at_ms + 1_500 + (bits >> 8 & 4_095)
            published = ""
            if bits >> 20 & 255 < 13:  # noqa: PLR2004 -- five in a hundred
                received_ms += (bits >> 28 & 1_023) * _LATEST_MS // 1_024
                published = f'"published_at":"{rfc3339(received_ms)}",'
            if troubled:
                received_ms, published = self._delivered(at_ms, received_ms, published)
                if not received_ms:
                    continue
            second, ms = divmod(received_ms - midnight_ms, SECOND_MS)
            received = f"{date}{CLOCK[second]}.{ms:03}Z" if second < len(CLOCK) else rfc3339(received_ms)
            occurred = f"{date}{CLOCK[(at_ms - midnight_ms) // SECOND_MS]}Z"
            self._written += 1
            place, percent = self._place(at_ms, bits, calm=story), self._battery.percent(at_ms)
            text = (
                f'{self._head}{self._written}","source":"em/allied","type":"tagging.position","occurred_at":"{occurred}",{published}'
                f'"received_at":"{received}",{whose}{place}"battery_percent":{percent}}}}}'
            )
            found.append((received_ms, text.encode()))
            if bits >> 38 & 1_023 == 0 and not troubled:
                again_ms = received_ms + 45 * SECOND_MS
                found.append((again_ms, text.replace(received, rfc3339(again_ms)).encode()))
        return found

    def _wearing(self, at_ms: int) -> str:
        worn = self._script.worn_at(at_ms, self._worn) if self._script.worn else self._worn
        return f'"data":{{"device_id":"{worn.device_id}","activation_id":"{worn.activation_id}",'

    def _delivered(self, at_ms: int, sent_ms: int, published: str) -> tuple[int, str]:
        """The arrival of a fix that the device holds back or the feed does not deliver; 0 where it is lost."""
        held = self._held
        if held.from_ms <= at_ms < held.to_ms:
            sent_ms = held.to_ms + 2_000  # one upload, so one instant
            published = f'"published_at":"{rfc3339(sent_ms)}",'
        outage = self._outages.at(TAGS, sent_ms)
        if outage is not None and outage.loses:
            return 0, published
        return self._outages.delivered(TAGS, sent_ms), published

    def _place(self, at_ms: int, bits: int, *, calm: bool) -> str:
        """Where the device believes it is."""
        east_m, north_m, speed_kmh = self._track.at(at_ms)
        table = CALM_OUTDOORS if speed_kmh else CALM_AT_HOME
        if self._calm_fixes_due:
            self._calm_fixes_due -= 1
        elif bits >> 60 == 0 and not calm:
            self._calm_fixes_due = _CALM_AFTER_WILD
            table = WILD
        error = table[bits >> 48 & TABLE_SIZE - 1]
        self._drift_east_m = self._drift_east_m * DRIFT_KEPT + error.nudge_east_m
        self._drift_north_m = self._drift_north_m * DRIFT_KEPT + error.nudge_north_m
        latitude = self._person.area.latitude + (north_m + error.north_m + self._drift_north_m) * self._degrees_north
        longitude = self._person.area.longitude + (east_m + error.east_m + self._drift_east_m) * self._degrees_east
        if speed_kmh:
            return f'"latitude":{latitude:.6f},"longitude":{longitude:.6f},{error.said},"speed_kmh":{speed_kmh:.0f},'
        return f'"latitude":{latitude:.6f},"longitude":{longitude:.6f},{error.said},'

    def _hold(self, at_ms: int) -> Span:
        """Some hours of this day in which the device has no signal: never on a story's day, near an outage or near the end."""
        rng = self._days_rng
        start_ms, length_ms = at_ms // DAY_MS * DAY_MS + rng.randrange(20 * HOUR_MS), rng.randrange(30, 150) * MINUTE_MS
        span = Span(start_ms, start_ms + length_ms)
        day_ms = at_ms // DAY_MS * DAY_MS
        unwanted = (
            rng.random() > _HOLDS_A_DAY
            or start_ms < self._person.opened_ms + 4 * HOUR_MS
            or span.to_ms > self._ends_ms - 2 * HOUR_MS
            or self._outages.touch(TAGS, day_ms, day_ms + DAY_MS)
            or bool({local_date(day_ms), local_date(day_ms + DAY_MS)} & self._script.story_days)
            or any(dark.from_ms < span.to_ms and span.from_ms < dark.to_ms for dark in self._script.dark)
        )
        return Span(FOR_EVER_MS, FOR_EVER_MS) if unwanted else span
