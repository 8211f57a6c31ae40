"""CSV: what a cell becomes is said by the model, not by how the cell looks."""

from schemas.bail import BreachReported
from schemas.case import CaseOpened
from schemas.event import Event, Identifier
from schemas.fix import Fix
from schemas.order import OrderMade
from schemas.place import Address
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import Imported, import_file

FEED = Settings(source="force/demo")


def read(text: str, settings: Settings = FEED) -> list[Imported | Refusal]:
    return list(import_file(text.encode(), "csv", settings))


def event(text: str, settings: Settings = FEED) -> Event:
    (found,) = read(text, settings)
    assert isinstance(found, Imported), found
    return found.event


def refusals(text: str) -> list[Refusal]:
    return [found for found in read(text) if isinstance(found, Refusal)]


FIX_HEADINGS = "type,occurred_at,person.NOMS,data.device_id,data.latitude,data.longitude,data.mechanism"
FIX_ROW = "tagging.position,2026-11-22T20:13:17Z,A1234AA,0012,51,-2.6,gps"


def test_a_number_where_text_belongs_stays_text_and_a_number_where_one_belongs_becomes_one() -> None:
    found = event(f"{FIX_HEADINGS}\n{FIX_ROW}\n")
    assert Fix(device_id="0012", latitude=51.0, longitude=-2.6, mechanism="gps") == found.data
    assert ("force/demo", (Identifier("NOMS", "A1234AA"),)) == (found.source, found.identifiers)


def test_the_same_row_is_the_same_event_and_an_id_column_is_kept() -> None:
    first, second = read(f"{FIX_HEADINGS}\n{FIX_ROW}\n{FIX_ROW}\n")
    assert first == second
    assert "row-9" == event(f"id,{FIX_HEADINGS}\nrow-9,{FIX_ROW}\n").id


def test_lists_flags_and_long_identifiers_have_their_ways() -> None:
    found = event(
        "type;occurred_at;person.identifiers.0.type;person.identifiers.0.value;data.case_ref;data.risk_level;data.areas.0;data.areas.1;data.restricted\n"
        "case.opened;2026-11-22T20:13:17Z;CRN;X000001;demo:1/26;high;north;south;TRUE\n"
    )
    assert isinstance(found.data, CaseOpened)
    assert (("north", "south"), True, (Identifier("CRN", "X000001"),)) == (found.data.areas, found.data.restricted, found.identifiers)


def test_an_order_fits_in_a_row_with_dotted_paths_or_with_json() -> None:
    dotted = event(
        "type,occurred_at,person.NOMS,data.order_id,data.kind,data.starts_at,data.conditions.0.condition_id,data.conditions.0.kind,"
        "data.conditions.0.zone.latitude,data.conditions.0.zone.longitude,data.conditions.0.zone.radius_m,data.conditions.1.condition_id,"
        "data.conditions.1.kind,data.conditions.1.modes\n"
        "order.made,2026-11-22T20:13:17Z,A1234AA,o-1,dapo,2026-11-22T20:00:00Z,c-1,exclusion_zone,51,-2,100,c-2,tag,gps;alcohol\n"
    )
    as_json = event(
        "type,occurred_at,person.NOMS,data.order_id,data.kind,data.starts_at,data.conditions\n"
        'order.made,2026-11-22T20:13:17Z,A1234AA,o-1,dapo,2026-11-22T20:00:00Z,"[{""condition_id"":""c-1"",""kind"":""no_contact""}]"\n'
    )
    assert isinstance(dotted.data, OrderMade)
    assert isinstance(as_json.data, OrderMade)
    assert [Address(latitude=51.0, longitude=-2.0, radius_m=100.0), None] == [one.zone for one in dotted.data.conditions]
    assert ("gps", "alcohol") == dotted.data.conditions[1].modes
    assert "no_contact" == as_json.data.conditions[0].kind


def test_a_cell_over_several_lines_and_a_file_with_a_byte_order_mark_are_read() -> None:
    found = event(
        "\ufefftype,occurred_at,person.NOMS,data.breach_id,data.order_id,data.reported_by\n"
        'breach.reported,2026-11-22T20:13:17Z,A1234AA,b-1,o-1,"PC 1,\nnight shift"\n'
    )
    assert isinstance(found.data, BreachReported)
    assert "PC 1,\nnight shift" == found.data.reported_by


def test_a_wrong_cell_spoils_only_its_row_and_is_named() -> None:
    text = f"{FIX_HEADINGS}\n{FIX_ROW}\n{FIX_ROW.replace('51,', 'north,')}\n{FIX_ROW},more\n{FIX_ROW}\n"
    assert [("record 2", "/data/latitude"), ("line 4", "")] == [(one.where, one.errors[0].pointer) for one in refusals(text)]
    assert 4 == len(read(text))


def test_headings_that_name_nothing_of_the_envelope_are_refused_once() -> None:
    (found,) = refusals("id,timestamp,latitude\n1,2026-01-26 15:57:02,53.4\n2,2026-01-26 15:58:02,53.4\n")
    assert ("line 1", "/type") == (found.where, found.errors[0].pointer)


def test_a_heading_twice_or_above_another_is_refused() -> None:
    assert ["/data"] == [one.errors[0].pointer for one in refusals("type,occurred_at,data,data.device_id\na,b,c,d\n")]
    assert ["/type"] == [one.errors[0].pointer for one in refusals("type,occurred_at,type\na,b,c\n")]


def test_answers_keep_their_question_numbers_as_names() -> None:
    headings = "type,occurred_at,person.NOMS,data.assessment_id,data.tool,data.level,data.occasion,data.answers.1,data.answers.2"
    found = event(f"{headings}\nrisk.assessed,2026-11-22T20:13:17Z,A1234AA,a-1,dash,high,incident,YES,NO\n")
    assert {"1": "YES", "2": "NO"} == getattr(found.data, "answers", None)
