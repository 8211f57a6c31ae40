"""The words in which evenings are told: each line of `given` to envelopes of the contract.

A line without a time sets the scene; `HH:MM [+Nd] ...` is an event, London winter time from Monday 2 March 2026.
See CONTRIBUTING.md for the list; a line that means nothing is an error, never passed over.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import cast

DAY = datetime(2026, 3, 2, tzinfo=UTC)
HOME = (51.4501, -2.6002)
AWAY = (51.4301, -2.6402)
ZONE = (51.4701, -2.6002)
METRES_NORTH = 111_250.0
PERSON: dict[str, object] = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}
SOURCES = {
    "tagging": "em/allied",
    "custody": "custody/hmpps",
    "comms": "comms/bt",
    "bail": "bail/avon-and-somerset",
    "breach": "bail/avon-and-somerset",
}
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CASE_REF = "avon-and-somerset:c-1"
TEAM = ("oic", "offender_manager", "idva", "prison_offender_manager", "supervisor")
Json = dict[str, object]
TIME = r"(\d\d):(\d\d)(?::(\d\d))?(?: \+(\d+)d)?"


class Unreadable(ValueError):
    """A line of an evening that means nothing."""


def at(text: str) -> datetime:
    """`21:04`, `21:04:30`, `07:00 +1d`."""
    found = re.fullmatch(TIME, text.strip())
    if found is None:
        raise Unreadable(f"{text!r} is no time: HH:MM, or HH:MM +1d")
    hours, minutes, seconds, days = (int(part or 0) for part in found.groups())
    return DAY + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def instant(when: datetime) -> str:
    """RFC 3339."""
    return when.isoformat().replace("+00:00", "Z")


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


class Evening:
    """Collects the envelopes of one evening, in the order of the telling."""

    def __init__(self) -> None:
        self.lines: list[tuple[datetime, Json]] = []
        self.until: datetime | None = None
        self.risk = "medium"
        self.team = True
        self.order: Json = {"order_id": "or-1", "kind": "court_bail", "starts_at": instant(DAY + timedelta(minutes=5))}
        self.conditions: list[Json] = []
        self.fitted: list[str] = []
        self.beats: list[tuple[str, int, datetime | None, datetime | None]] = []
        self._count = 0

    def add(
        self, kind: str, when: datetime, data: Json, *, source: str = "", arrives: datetime | None = None, about_him: bool = True
    ) -> None:
        self._count += 1
        source = source or SOURCES.get(kind.split(".", 1)[0], f"{kind.split('.', 1)[0]}/avon-and-somerset")
        envelope: Json = {"id": f"e-{self._count}", "source": source, "type": kind, "occurred_at": instant(when), "data": data}
        if about_him:
            envelope["person"] = PERSON
        self.lines.append((arrives or when, {**envelope, "received_at": instant(arrives or when)}))

    def read(self, given: list[str]) -> list[bytes]:
        """All lines, in order of arrival."""
        told = [line for line in given if not self._scene(line)]
        self._setting()
        for line in told:
            self._event(line)
        last = max((arrives for arrives, _ in self.lines), default=DAY)
        self.until = self.until or last
        for source, every, begins, ends in self.beats:
            self._heartbeats(source, every, begins or DAY, ends or self.until)
        ordered = sorted(enumerate(self.lines), key=lambda one: (one[1][0], one[0]))
        return [json.dumps(envelope).encode() for _, (_, envelope) in ordered]

    def _heartbeats(self, source: str, every: int, begins: datetime, ends: datetime) -> None:
        when = begins
        while when <= ends:
            self.add("feed.heartbeat", when, {"complete_to": instant(when)}, source=source, about_him=False)
            when += timedelta(minutes=every)

    # The scene

    def _scene(self, line: str) -> bool:
        for pattern, method in SCENE:
            found = re.fullmatch(pattern, line.strip())
            if found is not None:
                getattr(self, method)(*found.groups())
                return True
        if not re.match(r"\d\d:\d\d", line):
            raise Unreadable(f"{line!r} sets no scene that is known and has no time")
        return False

    def _bail(self, kind: str, mode: str) -> None:
        self.order["kind"] = {"bail": "court_bail", "police bail": "police_bail", "licence": "licence"}[kind]
        self.conditions.append(
            {"condition_id": "tag-1", "kind": "tag", "modes": [{"GPS": "gps", "radio": "rf_curfew", "alcohol": "alcohol"}[mode]]}
        )
        self.fitted.append({"GPS": "gps", "radio": "rf_curfew", "alcohol": "alcohol"}[mode])

    def _kind(self, kind: str) -> None:
        self.order["kind"] = kind.replace(" ", "_").replace("bail", "court_bail") if kind == "bail" else kind.replace(" ", "_")

    def _unfitted(self) -> None:
        self.fitted.clear()

    def _zone(self, radius: str, whom: str | None) -> None:
        zone = {"latitude": ZONE[0], "longitude": ZONE[1], "radius_m": float(radius)}
        self._condition("exclusion_zone", whom, zone=zone)

    def _curfew(self, begins: str, ends: str) -> None:
        home = {"latitude": HOME[0], "longitude": HOME[1], "radius_m": 50}
        self._condition("curfew", None, address=home, timetable=[{"days": WEEK, "from": begins, "to": ends}])

    def _no_contact(self, whom: str | None) -> None:
        self._condition("no_contact", whom)

    def _reporting(self, days: str, begins: str, ends: str) -> None:
        named = WEEK if days == "daily" else days.split()
        self._condition("report_to_police", None, station="Bridewell", timetable=[{"days": named, "from": begins, "to": ends}])

    def _condition(self, kind: str, whom: str | None, **fields: object) -> None:
        number = sum(1 for one in self.conditions if one["kind"] == kind) + 1
        condition: Json = {"condition_id": f"{kind.split('_', maxsplit=1)[0]}-{number}", "kind": kind, **fields}
        self.conditions.append({**condition, "protected_person_id": whom} if whom else condition)

    def _prison(self, since: str) -> None:
        self.add("custody.received", at(since), {"prison": "BRI", "status": "sentenced"})

    def _risk(self, level: str) -> None:
        self.risk = level

    def _no_team(self) -> None:
        self.team = False

    def _now(self, when: str) -> None:
        self.until = at(when)

    def _order_ends(self, when: str) -> None:
        self.order["ends_at"] = instant(at(when))

    def _order_starts(self, when: str) -> None:
        self.order["starts_at"] = instant(at(when))

    def _beat(self, source: str, every: str | None, begins: str | None, ends: str | None) -> None:
        name = {"em": "em/allied", "custody": "custody/hmpps", "comms": "comms/bt", "bail": "bail/avon-and-somerset"}.get(source, source)
        self.beats.append((name, int(every or 1), at(begins) if begins else None, at(ends) if ends else None))

    def _setting(self) -> None:
        for role in ("control_room", "duty_inspector", "duty_idva", "duty_probation"):
            shift: Json = {"role": role, "area": "avon-and-somerset", "officer_id": f"of-{role}", "shift_id": f"sh-{role}"}
            span: Json = {"from": instant(DAY - timedelta(days=1)), "to": instant(DAY + timedelta(days=400))}
            self.add("directory.on_call", DAY - timedelta(hours=1), {**shift, **span}, about_him=False)
        opened: Json = {"case_ref": CASE_REF, "risk_level": self.risk, "areas": ["avon-and-somerset"], "name": "Sam Field"}
        self.add("case.opened", DAY, opened)
        pp: Json = {
            "protected_person_id": "pp-77",
            "relationship": "ex_partner",
            "addresses": [{"address_id": "ad-1", "latitude": ZONE[0], "longitude": ZONE[1], "radius_m": 30}],
            "phones": ["+447700900077"],
            "contact_ids": ["co-77"],
        }
        self.add("case.protected_person_linked", DAY + timedelta(minutes=1), pp)
        for role in TEAM if self.team else ():
            self.add("case.assigned", DAY + timedelta(minutes=2), {"role": role, "officer_id": f"of-{role}"})
        if self.conditions:
            self.add("order.made", DAY + timedelta(minutes=5), {**self.order, "conditions": self.conditions})
        if self.fitted:
            fitted: Json = {"device_id": "de-1", "activation_id": "ac-1", "modes": self.fitted}
            self.add("tagging.fitted", DAY + timedelta(minutes=10), fitted)

    # The events

    def _event(self, line: str) -> None:
        found = re.match(rf"{TIME}(?: to {TIME})? ", line)
        if found is None:
            raise Unreadable(f"{line!r} does not begin with a time")
        parts = line[: found.end()].strip().split(" to ")
        rest = line[found.end() :]
        arrives: datetime | None = None
        late = re.search(rf" @({TIME})$", rest)
        if late is not None:
            arrives, rest = at(late.group(1)), rest[: late.start()]
        source = ""
        named = re.search(r" from (\S+/\S+)$", rest)
        if named is not None:
            source, rest = named.group(1), rest[: named.start()]
        when, end = at(parts[0]), at(parts[-1])
        fixes = re.fullmatch(r"fix(?:es)?(?: at)? (home|away|zone|near (-?\d+)m)(?: (\d+)m)?(?: lbs)?(?: battery (\d+(?:\.\d+)?))?", rest)
        if fixes is not None:
            while when <= end:
                self._fix(when, fixes, lbs=" lbs" in rest, source=source, arrives=arrives)
                when += timedelta(minutes=1)
            return
        kind, _, fields = rest.partition(" ")
        if "." not in kind:
            raise Unreadable(f"{line!r}: {kind!r} is neither a fix nor a type of the contract")
        self.add(kind, when, self._fields(fields), source=source, arrives=arrives, about_him=not kind.startswith(("feed.", "directory.")))

    def _fields(self, text: str) -> Json:
        data: Json = {}
        for key, value in re.findall(r"(\S+?)=(\[.*?\](?= \S+=|$)|\{.*?\}(?= \S+=|$)|\"[^\"]*\"|\S+)", text):
            node = data
            *path, last = key.split(".")
            for part in path:
                node = cast("Json", node.setdefault(part, {}))
            timed = re.fullmatch(r"(\d\d:\d\d)(?:\+(\d+)d)?", value)
            node[last] = instant(at(f"{timed.group(1)} +{timed.group(2) or 0}d")) if timed and _is_instant(last) else _value(value)
        return data

    def _fix(self, when: datetime, found: re.Match[str], *, lbs: bool, source: str, arrives: datetime | None) -> None:
        place, near, accuracy, battery = found.groups()
        latitude, longitude = {"home": HOME, "away": AWAY, "zone": ZONE}.get(place, ZONE)
        if near is not None:
            radius = next((one["zone"]["radius_m"] for one in self.conditions if one["kind"] == "exclusion_zone"), 0.0)  # type: ignore[index]
            latitude += (float(radius) + float(near)) / METRES_NORTH
        data: Json = {
            "device_id": "de-1",
            "activation_id": "ac-1",
            "latitude": latitude,
            "longitude": longitude,
            "mechanism": "lbs" if lbs else "gps",
        }
        data["accuracy_m"] = float(accuracy or 10)
        if battery is not None:
            data["battery_percent"] = float(battery)
        self.add("tagging.position", when, data, source=source, arrives=arrives)


def _is_instant(name: str) -> bool:
    return name.endswith("_at") or name in {"from", "to", "complete_to"}


SCENE: tuple[tuple[str, str], ...] = (
    (r"on (bail|police bail|licence) with an? (GPS|radio|alcohol) tag", "_bail"),
    (r"on (bail|police bail|licence|hdc|restraining order|non molestation order|community order)", "_kind"),
    (r"the tag is not fitted", "_unfitted"),
    (r"exclusion zone (\d+) m(?: for (\S+))?", "_zone"),
    (r"curfew (\d\d:\d\d) to (\d\d:\d\d) at home", "_curfew"),
    (r"no contact(?: with (\S+))?", "_no_contact"),
    (r"reporting (daily|[a-z ]+) (\d\d:\d\d) to (\d\d:\d\d)", "_reporting"),
    (rf"in prison since ({TIME.replace('(', '(?:').replace('(?:?:', '(?:')})", "_prison"),
    (r"risk (standard|medium|high)", "_risk"),
    (r"no team", "_no_team"),
    (r"now (\d\d:\d\d(?: \+\d+d)?)", "_now"),
    (r"the order ends (\d\d:\d\d(?: \+\d+d)?)", "_order_ends"),
    (r"the order starts (\d\d:\d\d(?: \+\d+d)?)", "_order_starts"),
    (r"heartbeats of (\S+?)(?: every (\d+) min)?(?: from (\d\d:\d\d(?: \+\d+d)?))?(?: until (\d\d:\d\d(?: \+\d+d)?))?", "_beat"),
)
