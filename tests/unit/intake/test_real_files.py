"""The real files beside the project: every record goes through, or is refused by name. None of them is in the project.

Found by `VIGIL_REAL_DATA`, else in `shared/data` beside the repository. The counts of records are made here, without the
adapters, so that nothing can vanish between the two.
"""

import csv
import gzip
import io
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path

import pytest

from schemas.codec import decode
from schemas.event import Identifier
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import Imported, import_file

DATA = Path(os.environ.get("VIGIL_REAL_DATA") or Path(__file__).parents[3].parent / "shared" / "data")
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real files are not here: {DATA} (set VIGIL_REAL_DATA)")

WORN = Settings(source="em/demo", identifiers=(Identifier("NOMS", "A1234AA"),), device_id="dv-1")
SENTENCE = re.compile(rb"\$([A-Z]{2}(?:RMC|GGA|GNS|GLL|ZDA),[^$\r\n*]*)(?:\*([0-9A-F]{2}))?")


MOST_LINES = 20_000
"""Of the two long files of positions the tests read so many; the whole of each by hand, see `counts`."""


def files(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in DATA.glob(pattern))


def one(_: bytes) -> int:
    return 1


def track_points(raw: bytes) -> int:
    return raw.count(b"<trkpt ")


def rows(raw: bytes) -> int:
    return sum(1 for line in gzip.decompress(raw).split(b"\n") if line.strip()) - 1


def beginning(path: Path) -> bytes:
    """The file, or what it begins with if it is a long one."""
    if path.suffix != ".gz":
        return path.read_bytes()
    with gzip.open(path) as long:
        return gzip.compress(b"".join(itertools.islice(long, MOST_LINES)), compresslevel=1)


def instants(raw: bytes) -> int:
    """Sentences that are broken, and runs of those that name one time of day."""
    said = [(found[1], found[2]) for found in SENTENCE.finditer(raw)]
    whole = [body for body, check in said if check and reduce(lambda sum_, byte: sum_ ^ byte, body, 0) == int(check, 16)]
    clocks = [fields[5 if b"GLL" in fields[0] else 1] for fields in (body.split(b",") for body in whole)]
    seconds = [float(clock) if clock else None for clock in clocks]
    return len(said) - len(whole) + sum(1 for _ in itertools.groupby(seconds))


def judged(path: Path, format_name: str, settings: Settings) -> list[Imported | Refusal]:
    return list(import_file(path.read_bytes(), format_name, settings))


def unnamed(refusals: list[Refusal]) -> list[Refusal]:
    """Those that name no field although there was a record to name one in."""
    return [one for one in refusals if not all(error.pointer and error.reason and error.expected for error in one.errors)]


FORMATS: list[tuple[str, list[Path], Callable[[bytes], int], Settings]] = [
    ("hmpps-domain-events", files("hmpps-domain-events/examples/*.json", "probation-integration-messages/*.json"), one, Settings()),
    ("em-order", files("em-orders-and-court-hearings/**/expected_fms_*.json", "em-orders-and-court-hearings/*.json"), one, Settings()),
    ("gpx", files("gpx-samples/*.gpx"), track_points, WORN),
    ("nmea", files("gpsd-receiver-logs/nmea/*.log"), instants, WORN),
    ("geolife", files("geolife/*.gz"), rows, Settings()),
]


@pytest.mark.parametrize(("format_name", "paths", "count", "settings"), FORMATS, ids=[name for name, *_ in FORMATS])
def test_as_many_records_come_out_or_are_refused_as_go_in(
    format_name: str, paths: list[Path], count: Callable[[bytes], int], settings: Settings
) -> None:
    assert paths, f"no file for {format_name} in {DATA}"
    for path in paths:
        raw = beginning(path)
        carried, refusals = 0, []
        for found in import_file(raw, format_name, settings):
            if isinstance(found, Refusal):
                refusals.append(found)
            else:
                carried += 1
        assert (path.name, count(raw)) == (path.name, carried + len(refusals))
        assert [] == unnamed(refusals)


def test_every_defendant_of_every_hearing_has_an_event_or_a_refusal() -> None:
    paths = files("em-orders-and-court-hearings/*/cp_payload.json", "common-platform/*.json")
    assert paths
    for path in paths:
        body = json.loads(path.read_bytes())
        hearing = (json.loads(body["Message"]) if "Message" in body else body)["hearing"]
        parties = sum(len(case["defendants"]) for case in hearing.get("prosecutionCases", [])) + len(hearing.get("courtApplications", []))
        found = judged(path, "common-platform", Settings())
        refusals = [one for one in found if isinstance(one, Refusal)]
        people = {one.event.identifiers for one in found if isinstance(one, Imported)}
        assert (path.name, parties) == (path.name, len(people) + len(refusals))
        assert [] == unnamed(refusals)


def test_importing_a_real_file_again_gives_the_same_lines() -> None:
    for path in files("em-orders-and-court-hearings/*/cp_payload.json"):
        assert judged(path, "common-platform", Settings()) == judged(path, "common-platform", Settings())


def test_the_bus_goes_through_as_csv_once_its_headings_are_ours() -> None:
    (path,) = files("liverpool-bus/route14_outbound.csv")
    (refused,) = judged(path, "csv", WORN)
    assert isinstance(refused, Refusal)
    assert "/type" == refused.errors[0].pointer
    text = io.StringIO()
    writer = csv.writer(text)
    data = ("device_id", "latitude", "longitude", "direction_deg", "mechanism")
    writer.writerow(["id", "type", "occurred_at", *(f"data.{name}" for name in data)])
    told = list(csv.DictReader(io.StringIO(path.read_text())))
    for row in told:
        at = row["timestamp"].replace(" ", "T") + "Z"
        writer.writerow([row["id"], "tagging.position", at, row["vehicle_id"], row["latitude"], row["longitude"], row["bearing"], "gps"])
    found = list(import_file(text.getvalue().encode(), "csv", WORN))
    assert len(told) == len(found)
    assert all(isinstance(one, Imported) and one.event == decode(one.line) for one in found)


def test_receivers_whose_weeks_rolled_over_go_through_as_csv_or_are_refused_for_their_date() -> None:
    (path,) = files("gpsd-receiver-logs/gpsd-tpv-fixes.csv")
    told = list(csv.DictReader(io.StringIO(path.read_text())))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["type", "occurred_at", "data.device_id", "data.latitude", "data.longitude", "data.accuracy_m", "data.mechanism"])
    for row in told:
        writer.writerow(["tagging.position", row["time_utc"], row["log"], row["lat"], row["lon"], row["eph_m"], "gps"])
    found = list(import_file(text.getvalue().encode(), "csv", WORN))
    refused = Counter(error.pointer for one in found if isinstance(one, Refusal) for error in one.errors)
    assert len(told) == len(found)
    assert {"/occurred_at", "/data/latitude", "/data/longitude"} >= set(refused)


def counts() -> Iterator[str]:
    """For a person to read: `python tests/unit/intake/test_real_files.py`."""
    hearings = files("em-orders-and-court-hearings/*/cp_payload.json", "common-platform/*.json")
    for name, paths, _, settings in [*FORMATS, ("common-platform", hearings, one, Settings())]:
        carried: Counter[str] = Counter()
        refused: Counter[str] = Counter()
        for path in paths:
            for found in import_file(path.read_bytes(), name, settings):
                if isinstance(found, Imported):
                    carried[found.event.type] += 1
                else:
                    refused[f"{found.errors[0].pointer} {found.errors[0].reason}"] += 1
        yield f"{name}: {len(paths)} files, {carried.total()} events {dict(carried)}, {refused.total()} refused {dict(refused)}"


if __name__ == "__main__":
    print("\n".join(counts()))  # noqa: T201
