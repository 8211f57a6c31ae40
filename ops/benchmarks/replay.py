"""How fast `vigil replay` judges, beside pydantic alone decoding the same bytes: all rules, one core, one run.

    python ops/benchmarks/replay.py [--people 200] [--fixes 500] [--profile]

Prints ratios. The two are measured alternately, by CPU time, so that a busy machine disturbs both alike. Targets: a
third of pydantic's rate in order, a quarter with 5 % of the fixes up to 10 min late; a two-hour upload is one rewind.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
import random
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from schemas.envelope import Envelope
from schemas.tagging import TaggingPosition
from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.embedded.playback import Line, Playback
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook

START = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Position(Envelope):
    """What a consumer with pydantic alone would decode."""

    data: TaggingPosition  # type: ignore[assignment]  # of one type what the envelope leaves open


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(
    who: int, name: str, kind: str, at: datetime, data: Mapping[str, object], arrives: datetime | None = None
) -> tuple[datetime, bytes]:
    source = "em/allied" if kind.startswith("tagging") else "case/avon"
    person = {"identifiers": [{"type": "NOMS", "value": f"A{who:04d}AA"}]}
    envelope = {"id": f"{who}-{name}", "source": source, "type": kind, "occurred_at": _instant(at), "person": person, "data": data}
    return arrives or at, json.dumps({**envelope, "received_at": _instant(arrives or at)}).encode()


def workload(people: int, fixes: int, late_share: float, *, seed: int = 1) -> list[bytes]:
    """People on bail with tag, curfew, no-contact, reporting and three zones each; a fix a minute at home, in order of arrival."""
    chance = random.Random(seed)
    lines: list[tuple[datetime, bytes]] = []
    for who in range(people):
        latitude, longitude = 51 + chance.random(), -2 - chance.random()
        opened = {"case_ref": f"avon-and-somerset:c-{who}", "risk_level": "medium", "areas": ["avon-and-somerset"]}
        lines.append(_line(who, "case", "case.opened", START, opened))
        hers = {"protected_person_id": f"pp-{who}", "relationship": "ex_partner", "addresses": [], "phones": [], "contact_ids": []}
        lines.append(_line(who, "pp", "case.protected_person_linked", START, hers))
        owners = ("oic", "offender_manager", "idva", "supervisor")
        lines.extend(_line(who, role, "case.assigned", START, {"role": role, "officer_id": f"of-{role}"}) for role in owners)
        home = {"latitude": latitude, "longitude": longitude, "radius_m": 50}
        zones = [
            {
                "condition_id": f"zone-{number}",
                "kind": "exclusion_zone",
                "protected_person_id": f"pp-{who}",
                "zone": {"latitude": latitude + 0.05 * number, "longitude": longitude, "radius_m": 300},
            }
            for number in range(1, 4)
        ]
        conditions = [
            {"condition_id": "tag", "kind": "tag", "modes": ["gps"]},
            {"condition_id": "curfew", "kind": "curfew", "address": home, "timetable": [{"days": WEEK, "from": "19:00", "to": "07:00"}]},
            {"condition_id": "contact", "kind": "no_contact", "protected_person_id": f"pp-{who}"},
            *zones,
        ]
        order = {"order_id": f"or-{who}", "kind": "court_bail", "starts_at": _instant(START), "conditions": conditions}
        lines.append(_line(who, "order", "order.made", START, order))
        fitted = {"device_id": f"d{who}", "activation_id": f"a{who}", "modes": ["gps"]}
        lines.append(_line(who, "fitted", "tagging.fitted", START, fitted))
        for number in range(fixes):
            at = START + timedelta(seconds=60 * number + 60 + who % 60)
            arrives = at + timedelta(seconds=chance.randint(1, 600)) if chance.random() < late_share else at
            fix = {
                "device_id": f"d{who}",
                "activation_id": f"a{who}",
                "latitude": round(latitude + chance.gauss(0, 1e-4), 6),
                "longitude": round(longitude + chance.gauss(0, 1e-4), 6),
                "accuracy_m": 10.0,
                "mechanism": "gps",
                "battery_percent": round(95 - 0.05 * (number % 1200), 1),
            }
            lines.append(_line(who, f"f{number}", "tagging.position", at, fix, arrives))
    lines.sort(key=lambda line: line[0])
    return [raw for _, raw in lines]


def pydantic_rate(lines: Iterable[bytes]) -> float:
    """Lines a CPU second that pydantic alone decodes."""
    decode = TypeAdapter(_Position).validate_json
    fixes = [line for line in lines if b"tagging.position" in line][:40_000]
    began = time.process_time()
    for line in fixes:
        decode(line)
    return len(fixes) / (time.process_time() - began)


def replay(lines: list[bytes]) -> Playback:
    """Everything that `vigil replay` does but reading the file and writing alerts."""
    playback = Playback(Judge(Rulebook(CATALOGUE), MemoryJournal()))
    for _ in playback.play(Line("benchmark", number, raw) for number, raw in enumerate(lines, 1)):
        pass
    return playback


def replay_rate(lines: list[bytes]) -> float:
    """Lines a CPU second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # as the command does
    began = time.process_time()
    replay(lines)
    return len(lines) / (time.process_time() - began)


def compare(name: str, lines: list[bytes], target: float, *, rounds: int = 3) -> None:
    """One row: both rates, alternately, best of the rounds."""
    beside, rate = [], []
    for _ in range(rounds):
        beside.append(pydantic_rate(lines))
        rate.append(replay_rate(lines))
    ratio = max(rate) / max(beside)
    print(f"{name:34} {max(beside):10,.0f}/s pydantic {max(rate):10,.0f}/s replay   ratio {ratio:.2f} (target {target:.2f})")


def upload(fixes: int = 120) -> None:
    """A two-hour upload judged at once, beside the same fixes each in its own arrival, late."""
    lines = workload(1, 1000, 0.0)
    held, rest = lines[-fixes - 200 : -200], lines[: -fixes - 200] + lines[-200:]
    last = START + timedelta(days=1)
    together = [line[:-2].rsplit(b'"received_at"', 1)[0] + f'"received_at": "{_instant(last)}"}}'.encode() for line in held]
    singly = [
        line[:-2].rsplit(b'"received_at"', 1)[0] + f'"received_at": "{_instant(last + timedelta(seconds=number))}"}}'.encode()
        for number, line in enumerate(held)
    ]
    costs = []
    for late in ([], together, singly):
        gc.collect()
        began = time.process_time()
        replay(rest + late)
        costs.append(time.process_time() - began)
    print(f"two-hour upload of {fixes} fixes: {1000 * (costs[1] - costs[0]):.1f} ms together, {1000 * (costs[2] - costs[0]):.1f} ms singly")


def main() -> None:
    """Run it."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--people", type=int, default=40)
    said.add_argument("--fixes", type=int, default=1440)
    said.add_argument("--profile", action="store_true")
    given = said.parse_args()
    ordered = workload(given.people, given.fixes, 0.0)
    if given.profile:
        profile = cProfile.Profile()
        profile.runcall(replay, ordered)
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        return
    compare("in order", ordered, 1 / 3)
    compare("5 % up to 10 min late", workload(given.people, given.fixes, 0.05), 1 / 4)
    upload()


if __name__ == "__main__":
    main()
