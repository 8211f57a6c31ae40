"""What stands beside the audit chain and is spoken of in it: touched, it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert, select, update

from alerting.ledger import proven, readings, roots
from alerting.ledger.readings import Reading
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import HISTORY
from alerting.ledger.tables.books import AUDIT, READING, READING_SUBJECT
from ops.cli.verify_command import command
from tests.integration.console.office import HOUR, Office
from tests.integration.console.scene import OIC, Scene

READ = Reading("reading", "of-1", "oic", "assignment", None, ("pe-1", "pp-1"), ("identifiers",), "GET /people/{person_id}", "rq_1")


def faults(ledger: Ledger) -> tuple[str, ...]:
    with ledger.read() as connection:
        return proven.faults(connection)


@pytest.fixture
def read(tmp_path: Path) -> Scene:
    """An alert with its history, and one reading."""
    office = Office(tmp_path)
    scene = Scene(office)
    scene.alert()
    with office.ledger.write(office.now) as writing:
        readings.write(writing, READ)
    office.__exit__()
    return scene


@pytest.fixture
def spoken(tmp_path: Path) -> Scene:
    """An alert that an officer has opened, and written a note to."""
    office = Office(tmp_path)
    scene = Scene(office)
    path = f"/api/v1/alerts/{scene.alert()}"
    officer = office.sign_in(OIC)
    assert 200 == officer.get(path).status_code
    assert 200 == officer.command(f"{path}/note", {"text": "Unit 21 is on its way, and he has rung off."}).status_code
    office.__exit__()
    return scene


def test_readings_and_history_that_nobody_touched_are_what_the_chain_says(read: Scene) -> None:
    assert () == faults(read.office.ledger)


def test_an_officer_put_in_the_place_of_another_shows_in_the_readings(read: Scene) -> None:
    with read.office.ledger.engine.begin() as connection:
        connection.execute(update(READING).values(officer_id="of-2"))

    assert ("reading 1 is not what was written",) == faults(read.office.ledger)


def test_a_reading_that_can_no_longer_be_found_by_whom_it_was_about_shows(read: Scene) -> None:
    with read.office.ledger.engine.begin() as connection:
        connection.execute(delete(READING_SUBJECT).where(READING_SUBJECT.c.subject_id == "pp-1"))

    assert ("reading 1 is not what was written",) == faults(read.office.ledger)


def test_a_reading_that_was_taken_away_shows(read: Scene) -> None:
    with read.office.ledger.engine.begin() as connection:
        connection.execute(delete(READING))

    assert ("reading 1 is not there", "there are 0 readings, and the chain has 1") == faults(read.office.ledger)


def test_a_line_of_the_history_that_names_somebody_else_is_gone_or_was_put_in_shows(read: Scene) -> None:
    ledger = read.office.ledger
    with ledger.read() as connection:
        lines = connection.execute(select(HISTORY).order_by(HISTORY.c.seq)).all()
    first, last = lines[0].seq, lines[-1].seq
    with ledger.engine.begin() as connection:
        connection.execute(update(HISTORY).where(HISTORY.c.seq == first).values(by_id="of-9"))

    assert (f"line {first} of the history is not what was written",) == faults(ledger)

    with ledger.engine.begin() as connection:
        connection.execute(delete(HISTORY).where(HISTORY.c.seq == last))
        connection.execute(update(HISTORY).where(HISTORY.c.seq == first).values(by_id=lines[0].by_id))

    gone = (f"line {last} of the history is not there", f"there are {len(lines) - 1} lines of the history, and the chain has {len(lines)}")
    assert gone == faults(ledger)

    with ledger.engine.begin() as connection:
        connection.execute(insert(HISTORY), [lines[-1]._asdict(), lines[-1]._asdict() | {"seq": last + 1_000}])

    assert (f"there are {len(lines) + 1} lines of the history, and the chain has {len(lines)}",) == faults(ledger)


def test_words_that_were_altered_taken_away_or_put_in_show(spoken: Scene) -> None:
    """The chain holds no word, and yet none can be changed: neither what an officer wrote nor the sentence of an alert."""
    ledger = spoken.office.ledger
    with ledger.read() as connection:
        lines = connection.execute(select(HISTORY).where(HISTORY.c.body != "{}")).all()
        entries = connection.execute(select(AUDIT.c.entry)).scalars().all()
    noted = next(line for line in lines if "Unit 21" in line.body)
    altered = f"the words in line {noted.seq} of the history are not those that were written"

    assert not [entry for entry in entries if "Unit 21" in entry or "zone" in entry]
    for values in ({"body": noted.body.replace("Unit 21", "Unit 12")}, {"body": "{}"}, {"salt": bytes(16)}, {"salt": None}):
        with ledger.engine.begin() as connection:
            connection.execute(update(HISTORY).where(HISTORY.c.seq == noted.seq).values(**values))
        assert (altered,) == faults(ledger)
        with ledger.engine.begin() as connection:
            connection.execute(update(HISTORY).where(HISTORY.c.seq == noted.seq).values(body=noted.body, salt=noted.salt))

    assert () == faults(ledger)


def test_words_in_a_line_that_had_none_show(spoken: Scene) -> None:
    ledger = spoken.office.ledger
    with ledger.read() as connection:
        empty = connection.execute(select(HISTORY.c.seq).where(HISTORY.c.body == "{}")).scalars().first()
    with ledger.engine.begin() as connection:
        connection.execute(update(HISTORY).where(HISTORY.c.seq == empty).values(body='{"text": "told her"}', salt=bytes(16)))

    assert (f"the words in line {empty} of the history are not those that were written",) == faults(ledger)


def test_a_chain_made_anew_without_the_key_that_signed_it_is_not_in_order(read: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = read.office.ledger
    folder = Path(str(ledger.engine.url.database)).parent
    monkeypatch.delenv("VIGIL_AUDIT_KEY", raising=False)
    with ledger.write(read.office.now + HOUR) as writing:
        assert roots.seal(writing, roots.key(folder, None)) is not None
    with ledger.engine.begin() as connection:
        assert connection.execute(select(AUDIT.c.number)).first() is not None
    (folder / roots.KEY_FILE).unlink()

    said = CliRunner().invoke(command, ["--database", ledger.url.render_as_string(hide_password=False), "--data", str(folder)])

    assert 1 == said.exit_code
    assert "1 signed roots, and there is no key to check them with" in said.output
