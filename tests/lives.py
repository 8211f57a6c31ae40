"""Random lives: a few days of one or two people with everything that the rules read, dense enough that they fire.

Not believable (that is `ops.simulate`): made to find the histories in which the order of arrival, a restart or an
outage changes the judgement. A life is a list of envelopes with their arrival; same seed, same life.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2026, 3, 27, 6, 0, tzinfo=UTC)
"""Two days before the clocks go forward."""
HOME = (51.4501, -2.6002)
ZONE = (51.4601, -2.6002)
EM, CASE, CUSTODY, COMMS, BAIL, RISK = "em/allied", "case/avon", "custody/hmpps", "comms/bt", "bail/avon", "risk/avon"
MINUTE = timedelta(minutes=1)
Json = dict[str, object]


def instant(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Life:
    """Collects envelopes. `late` is the share of events that arrive up to `latest` after they occurred."""

    def __init__(
        self, seed: int, *, people: int = 1, days: float = 1.5, late: float = 0.15, latest: timedelta = timedelta(hours=3)
    ) -> None:
        self.random = Random(seed)
        self.late, self.latest = late, latest
        self.count = 0
        self.lines: list[tuple[datetime, int, Json]] = []
        self.end = START + timedelta(days=days)
        for number in range(people):
            self._person(number)
        self._heartbeats()
        self.end = max(self.end, *(arrival for arrival, _, _ in self.lines))

    def add(self, source: str, kind: str, at: datetime, data: Json, person: int | None = 0, *, late: bool = True) -> None:
        self.count += 1
        envelope: Json = {"id": f"e{self.count}", "source": source, "type": kind, "occurred_at": instant(at), "data": data}
        if person is not None:
            envelope["person"] = {"identifiers": [{"type": "NOMS", "value": f"A{1000 + person}AA"}]}
        arrival = at
        if late and self.random.random() < self.late:
            arrival = at + timedelta(seconds=self.random.randrange(int(self.latest.total_seconds())))
        self.lines.append((arrival, self.count, envelope))

    def stamped(self) -> list[bytes]:
        """The lines in order of arrival, with `received_at`."""
        ordered = sorted(self.lines, key=lambda line: (line[0], line[1]))
        return [json.dumps({**envelope, "received_at": instant(arrival)}).encode() for arrival, _, envelope in ordered]

    def shuffled(self, seed: int) -> list[bytes]:
        """All of it arriving at once at the end, in any order."""
        lines = [json.dumps({**envelope, "received_at": instant(self.end)}).encode() for _, _, envelope in self.lines]
        Random(seed).shuffle(lines)
        return lines

    def _some(self, hours: float) -> datetime:
        return START + timedelta(minutes=self.random.randrange(int(hours * 60)))

    def _heartbeats(self) -> None:
        hours = (self.end - START).total_seconds() / 3600
        for source, every in ((EM, 1), (COMMS, 20), (BAIL, 20), (CASE, 30)):
            if self.random.random() < 0.2:
                continue  # a feed without heartbeats falls to the clock
            outages = [(self._some(hours), timedelta(minutes=self.random.randrange(4, 90))) for _ in range(self.random.randrange(3))]
            at = START
            while at < self.end:
                at += every * MINUTE
                if any(start <= at < start + span for start, span in outages):
                    continue
                lag = timedelta(seconds=self.random.randrange(40))
                self.add(source, "feed.heartbeat", at, {"complete_to": instant(at - lag)}, None)

    def _person(self, who: int) -> None:
        rnd, hours = self.random, (self.end - START).total_seconds() / 3600
        pp, order = f"pp-{who}", f"or-{who}"
        self.add(
            CASE,
            "case.opened",
            START,
            {"case_ref": f"avon-and-somerset:c-{who}", "risk_level": rnd.choice(["medium", "high"]), "areas": ["avon-and-somerset"]},
            who,
        )
        self.add(
            CASE,
            "case.protected_person_linked",
            START + MINUTE,
            {
                "protected_person_id": pp,
                "relationship": "ex_partner",
                "addresses": [{"address_id": f"ad-{who}", "latitude": ZONE[0], "longitude": ZONE[1], "radius_m": 30}],
                "phones": [f"+4477009000{who:02d}"],
                "contact_ids": [f"co-{who}"],
            },
            who,
        )
        for role in ("oic", "offender_manager", "idva", "supervisor"):
            if rnd.random() < 0.7:
                self.add(CASE, "case.assigned", START + 2 * MINUTE, {"role": role, "officer_id": f"of-{role}"}, who)
        self._order(who, order, pp)
        if rnd.random() < 0.85:
            at = START + 10 * MINUTE
            self.add(EM, "tagging.fitted", at, {"device_id": f"d{who}", "activation_id": f"a{who}", "modes": ["gps"]}, who)
            self._fixes(who, at)
        for _ in range(rnd.randrange(4, 14)):
            self._incidental(who, pp, order, self._some(hours))

    def _order(self, who: int, order: str, pp: str) -> None:
        rnd = self.random
        every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        home = {"latitude": HOME[0], "longitude": HOME[1], "radius_m": 60}
        conditions: list[Json] = [
            {"condition_id": "tag", "kind": "tag", "modes": ["gps"]},
            {"condition_id": "cur", "kind": "curfew", "address": home, "timetable": [{"days": every_day, "from": "19:00", "to": "07:00"}]},
            {"condition_id": "nc", "kind": "no_contact", "protected_person_id": pp},
            {
                "condition_id": "zone",
                "kind": "exclusion_zone",
                "protected_person_id": pp,
                "zone": {"latitude": ZONE[0], "longitude": ZONE[1], "radius_m": 250},
            },
            {
                "condition_id": "rep",
                "kind": "report_to_police",
                "station": "s",
                "timetable": [{"days": every_day, "from": "09:00", "to": "17:00"}],
            },
        ]
        chosen = [one for one in conditions if rnd.random() < 0.85]
        starts_at = START + rnd.choice([-600, 3, 180]) * MINUTE
        ends_at = {"ends_at": instant(self._some(60))} if rnd.random() < 0.4 else {}
        made: Json = {"order_id": order, "kind": rnd.choice(["court_bail", "licence"]), "starts_at": instant(starts_at), **ends_at}
        self.add(CASE, "order.made", START + 3 * MINUTE, {**made, "conditions": chosen}, who)

    def _fixes(self, who: int, at: datetime) -> None:
        rnd = self.random
        place, battery, quiet_until = HOME, 95.0, at
        while at < self.end:
            at += timedelta(seconds=rnd.randrange(50, 200))
            if rnd.random() < 0.01:
                place = rnd.choice([HOME, HOME, (51.4551, -2.6002), ZONE, (51.4801, -2.65)])
            if rnd.random() < 0.003:
                quiet_until = at + timedelta(minutes=rnd.randrange(5, 200))
            battery = 95.0 if battery < 3 else battery - rnd.random()
            if at < quiet_until:
                continue
            data: Json = {
                "device_id": f"d{who}",
                "activation_id": f"a{who}",
                "latitude": place[0] + rnd.gauss(0, 0.0003),
                "longitude": place[1] + rnd.gauss(0, 0.0003),
                "mechanism": "gps" if rnd.random() < 0.95 else "lbs",
                "battery_percent": round(battery, 1),
            }
            if rnd.random() < 0.95:
                data["accuracy_m"] = rnd.choice([5, 10, 30, 120])
            self.add(EM, "tagging.position", at, data, who)

    def _incidental(self, who: int, pp: str, order: str, at: datetime) -> None:
        rnd, device = self.random, f"d{who}"
        plan: Json = {"release_at": instant(at + timedelta(hours=rnd.randrange(1, 90))), "release_kind": "end_of_custody"}
        answers = {str(number): rnd.choice(["yes", "no"]) for number in range(3)}
        kinds: list[tuple[str, str, Json]] = [
            (EM, "tagging.strap", {"device_id": device, "state": "tampered"}),
            (EM, "tagging.strap", {"device_id": device, "state": "restored"}),
            (EM, "tagging.shutdown", {"device_id": device, "reason": rnd.choice(["battery_flat", "unknown"])}),
            (EM, "tagging.status", {"device_id": device, "battery_percent": rnd.randrange(100), "charging": rnd.random() < 0.5}),
            (EM, "tagging.home_unit", {"device_id": device, "present": rnd.random() < 0.5}),
            (
                EM,
                "tagging.removed",
                {"device_id": device, "activation_id": f"a{who}", "reason": rnd.choice(["custody", "replaced", "other"])},
            ),
            (EM, "tagging.fitted", {"device_id": device, "activation_id": f"a{who}", "modes": ["gps"]}),
            (EM, "tagging.fit_failed", {"reason": "nobody at home", "attempt": 1}),
            (CUSTODY, "custody.received", {"prison": "BRI", "status": "remand"}),
            (CUSTODY, "custody.received", {"prison": "BRI", "status": "recall"}),
            (CUSTODY, "custody.release_planned", plan),
            (CUSTODY, "custody.release_changed", plan),
            (CUSTODY, "custody.release_cancelled", {}),
            (CUSTODY, "custody.released", {"release_kind": "bail", "confirmed": rnd.random() < 0.5}),
            (COMMS, "comms.call", self._call(who)),
            (COMMS, "comms.call", self._call(who)),
            (COMMS, "comms.message", {"message_id": f"m{self.count}", "channel": "letter", "address_id": f"ad-{who}", "outcome": "sent"}),
            (BAIL, "bail.reported", {"order_id": order, "station": "s"}),
            (BAIL, "breach.reported", {"breach_id": f"b{self.count}", "order_id": order, "reported_by": "of-oic"}),
            (
                BAIL,
                "breach.decided",
                {"order_id": order, "decision": rnd.choice(["enforced", "no_breach"]), "rationale": "r", "decided_by": "of-1"},
            ),
            (
                RISK,
                "risk.assessed",
                {"assessment_id": f"as{self.count}", "tool": "dash", "level": "high", "occasion": "review", "answers": answers},
            ),
            (RISK, "risk.level_set", {"level": rnd.choice(["standard", "medium", "high"]), "set_by": "of-1"}),
            (RISK, "incident.reported", {"incident_id": f"i{self.count}", "kind": "threat", "severity": 3, "protected_person_id": pp}),
            (RISK, "life.trigger", {"kind": "separation", "protected_person_id": pp}),
            (CASE, "order.ended", {"order_id": order, "reason": "r"}),
            (CASE, "order.extended", {"order_id": order, "ends_at": instant(at + timedelta(days=3))}),
            (CASE, "case.assigned", {"role": "oic", "officer_id": "of-2"}),
            (CASE, "case.unassigned", {"role": "oic", "officer_id": "of-oic", "reason": "r"}),
            (CASE, "case.closed", {"case_ref": f"avon-and-somerset:c-{who}", "reason": "r"}),
            (
                CASE,
                "order.absence_authorised",
                {"order_id": order, "condition_id": "cur", "from": instant(at), "to": instant(at + 90 * MINUTE), "by": "of-1"},
            ),
        ]
        source, kind, data = kinds[rnd.randrange(len(kinds))]
        if kind == "case.closed" and rnd.random() < 0.8:
            return
        self.add(source, kind, at, data, who)

    def _call(self, who: int) -> Json:
        outcome = self.random.choice(["connected", "no_answer", "barred"])
        return {
            "call_id": f"c{self.count}",
            "number": f"+4477009000{who:02d}",
            "duration_s": 60,
            "outcome": outcome,
            "legal": self.random.random() < 0.2,
        }
