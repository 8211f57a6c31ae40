"""NMEA 0183 logs: what a satellite receiver says, sentence by sentence.

Source: the logs of real receivers in gpsd 3.22 and the sentence layouts that gpsd documents. Sentences of one instant (RMC,
GGA, GNS, GLL) are one `tagging.position` of the device and person that the sender names beside the log; the best of them
speaks, in that order. Only RMC and ZDA bear a date; it holds until the time of day runs backwards over midnight.
* Every checksum is verified. A sentence that fails, or is cut off, is refused; what it said is not guessed.
* No fix, a dead-reckoned, simulated or typed-in one is refused by name: it proves nothing.
* `hdop` is a factor, not metres: there is no accuracy.
* GPS weeks are counted modulo 1,024. A date that jumps by 1,024 weeks within a log is a week rollover and is refused; one
  before 2000 is refused by the codec. A log that is wrong by 1,024 weeks from its first line cannot be told from an old one.
Gaps: sentences about satellites, wind or depth, and binary protocols between the lines, are passed over without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, envelope
from streams.intake.adapters.text_lines import decimal

NAME = "nmea"
SOURCE = "em/nmea"

SENTENCE = re.compile(rb"\$[A-Z]{2}(RMC|GGA|GNS|GLL|ZDA),[^$\r\n*]{0,200}(?:\*([0-9A-Fa-f]{2}))?")

ROLLOVER = timedelta(weeks=1024)
ROLLOVER_SLACK = timedelta(days=2)
HALF_A_DAY = timedelta(hours=12)
KMH_PER_KNOT = 1.852
CENTURY_PIVOT = 80
"""Two-digit years from here on are of the last century: GPS time begins in 1980."""

WHY_NO_FIX = {"V": "the receiver had no fix", "N": "the receiver had no fix", "0": "the receiver had no fix", "": "the receiver had no fix"}
WHY_NO_FIX |= {"E": "dead reckoning", "6": "dead reckoning", "M": "typed in", "7": "typed in", "S": "simulated", "8": "simulated"}
TRUSTED = "a satellite fix: status A, mode A, D, F, P or R, quality 1 to 5 or 9"


class Layout(NamedTuple):
    """Where a kind of sentence has its fields. `fix`: status, mode or quality; all of them must vouch for the fix."""

    time: int
    latitude: int
    fix: tuple[int, ...]


LAYOUTS = {  # in order of preference
    "RMC": Layout(time=1, latitude=3, fix=(2, 12)),
    "GGA": Layout(time=1, latitude=2, fix=(6,)),
    "GNS": Layout(time=1, latitude=2, fix=(6,)),
    "GLL": Layout(time=5, latitude=1, fix=(6, 7)),
    "ZDA": Layout(time=1, latitude=0, fix=()),  # a date and a time, and no position
}
PREFERENCE = tuple(LAYOUTS)
OPTIONAL_FIX_FIELDS = {("RMC", 12), ("GLL", 7)}  # the mode came with NMEA 2.3


class Sentence(NamedTuple):
    """One sentence whose checksum is right."""

    where: str
    kind: str
    fields: tuple[str, ...]

    def field(self, at: int) -> str:
        """What stands there; nothing when the sentence is shorter, as old receivers make it."""
        return self.fields[at] if at < len(self.fields) else ""


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """One position an instant of the log."""
    day = Day()
    together: list[Sentence] = []
    found_any = False
    for found in _sentences(raw):
        found_any = True
        if isinstance(found, Refusal):
            yield found
            continue
        if together and _time(found) != _time(together[0]):
            yield _epoch(together, day, settings)
            together = []
        together.append(found)
    if together:
        yield _epoch(together, day, settings)
    if not found_any:
        yield NotCarried("", "no RMC, GGA, GNS or GLL sentence", "an NMEA 0183 log", "malformed").at("file")


class Day:
    """The date that the log has last named. The one thing that is carried from instant to instant."""

    def __init__(self) -> None:
        self._date: date | None = None
        self._last_at: datetime | None = None

    def at(self, clock: time, named: date | None) -> datetime:
        """The instant at which the clock shows this, on the date named now, else on the one last named."""
        if named is not None:
            if self._date is not None and abs(abs(named - self._date) - ROLLOVER) <= ROLLOVER_SLACK:
                raise NotCarried("/date", "jumps by 1,024 weeks: a GPS week rollover", "a date near that of the sentence before")
            self._date = named
        if self._date is None:
            raise NotCarried("/date", "no sentence has named the date yet", "an RMC or ZDA sentence with the date")
        at = datetime.combine(self._date, clock, UTC)
        if named is None and self._last_at is not None and self._last_at - at > HALF_A_DAY:
            self._date += timedelta(days=1)
            at += timedelta(days=1)
        self._last_at = at
        return at


def _sentences(raw: bytes) -> Iterator[Sentence | Refusal]:
    for number, line in enumerate(raw.split(b"\n"), start=1):
        for found in SENTENCE.finditer(line):
            kind = found[1].decode()
            said = found[0][1:].rpartition(b"*")[0] if found[2] else b""
            checksum = 0
            for byte in said:
                checksum ^= byte
            if found[2] is None:
                wrong = NotCarried("/checksum", f"{kind} without a checksum: cut off", "* and two hex digits", "malformed")
                yield wrong.at(f"line {number}")
            elif checksum != int(found[2], 16):
                wrong = NotCarried("/checksum", f"{kind} says {found[2].decode()}", f"{checksum:02X}", "malformed")
                yield wrong.at(f"line {number}")
            else:
                yield Sentence(f"line {number}", kind, tuple(said.decode("ascii", "replace").split(",")))


def _time(sentence: Sentence) -> str:
    written = sentence.field(LAYOUTS[sentence.kind].time)
    return written.rstrip("0").rstrip(".") if "." in written else written


def _epoch(together: Sequence[Sentence], day: Day, settings: Settings) -> Envelope | Refusal:
    """All that was said of one instant, as one position."""
    best = min(together, key=lambda one: PREFERENCE.index(one.kind))
    try:
        return _position(best, day.at(_clock(best), _date(together)), settings)
    except NotCarried as wrong:
        return wrong.at(best.where)


def _position(best: Sentence, at: datetime, settings: Settings) -> Envelope:
    layout = LAYOUTS[best.kind]
    if not layout.fix:
        raise NotCarried("/latitude", "a date and a time without a position", "an RMC, GGA, GNS or GLL sentence of that instant")
    for place in layout.fix:
        vouches = best.field(place)
        if (best.kind, place) in OPTIONAL_FIX_FIELDS and not vouches:
            continue
        reason = WHY_NO_FIX.get(vouches if best.kind != "GNS" else min(vouches.replace("N", ""), default="N"))
        if reason is not None:
            raise NotCarried("/fix", reason, TRUSTED)
    data: dict[str, object] = {
        "device_id": settings.device_id,
        "latitude": _degrees(best, layout.latitude, "latitude", "NS", whole=2),
        "longitude": _degrees(best, layout.latitude + 2, "longitude", "EW", whole=3),
        "mechanism": "gps",
    }
    if best.kind == "RMC" and best.field(7):
        data["speed_kmh"] = round(decimal(best.field(7), "/speed", "knots") * KMH_PER_KNOT, 3)
    if best.kind == "RMC" and best.field(8):
        data["direction_deg"] = decimal(best.field(8), "/course", "degrees")
    return envelope(
        prefix=NAME,
        source=settings.source or SOURCE,
        type="tagging.position",
        occurred_at=at,
        identifiers=settings.identifiers,
        data=data,
    )


def _degrees(sentence: Sentence, place: int, name: str, sides: str, *, whole: int) -> float:
    """`5251.0094,N` is 52 degrees and 51.0094 minutes."""
    written, side = sentence.field(place), sentence.field(place + 1)
    if not written or side not in (*sides,):
        raise NotCarried(f"/{name}", "missing" if not written else "without its side", f"degrees and minutes, then {' or '.join(sides)}")
    degrees = decimal(written[:whole], f"/{name}", "degrees and minutes") + decimal(written[whole:], f"/{name}", "minutes") / 60
    return round(-degrees if side in "SW" else degrees, 7)


def _clock(sentence: Sentence) -> time:
    written = sentence.field(LAYOUTS[sentence.kind].time)
    if not written:
        raise NotCarried("/time", "missing: the receiver had no time yet", "hhmmss.ss")
    try:
        second, _, fraction = written[4:].partition(".")
        return time(int(written[:2]), int(written[2:4]), int(second), int(fraction.ljust(6, "0")[:6] or 0))
    except ValueError:
        raise NotCarried("/time", "not a time of day", "hhmmss.ss") from None


def _date(together: Sequence[Sentence]) -> date | None:
    """The date that one of these sentences names: RMC as ddmmyy, ZDA in full."""
    for sentence in together:
        try:
            if sentence.kind == "RMC" and (written := sentence.field(9)):
                year = int(written[4:6])
                return date(year + (1900 if year >= CENTURY_PIVOT else 2000), int(written[2:4]), int(written[:2]))
            if sentence.kind == "ZDA" and sentence.field(4):
                return date(int(sentence.field(4)), int(sentence.field(3)), int(sentence.field(2)))
        except ValueError:
            raise NotCarried("/date", "not a date", "ddmmyy") from None
    return None
