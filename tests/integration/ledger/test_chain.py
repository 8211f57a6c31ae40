"""The audit chain in the ledger: whole when nothing was done to it, and every way of touching it shows."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, update

from alerting.ledger import readings, roots
from alerting.ledger.merkle import proves
from alerting.ledger.store import Ledger
from alerting.ledger.tables.books import AUDIT, AUDIT_ROOT
from ops.cli.verify_command import command
from tests.integration.ledger.ledgers import HOUR, NOON, SECOND

KEY = roots.key(None, base64.b64encode(bytes(range(32))).decode())


def filled(ledger: Ledger, entries: int = 10) -> None:
    """Some entries, and a signed root over all of them."""
    for number in range(entries):
        with ledger.write(NOON + number * SECOND) as writing:
            writing.audit("command", {"alert": f"al_{number}", "roles": ["oic"]})
    with ledger.write(NOON + HOUR) as writing:
        assert roots.seal(writing, KEY) is not None


def faults(ledger: Ledger) -> tuple[str, ...]:
    with ledger.read() as connection:
        return roots.verify(connection, KEY.public)


def test_a_chain_that_nobody_touched_is_whole_and_its_root_is_signed_once_an_hour(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.write(NOON + HOUR + SECOND) as writing:
        writing.audit("command", {"alert": "al_10"})
    with ledger.write(NOON + HOUR + 2 * SECOND) as writing:
        assert None is roots.seal(writing, KEY)
    with ledger.write(NOON + 2 * HOUR) as writing:
        sealed = roots.seal(writing, KEY)

    assert sealed is not None
    assert 11 == sealed.size
    assert () == faults(ledger)


def test_after_a_clock_that_went_back_an_hour_still_has_its_root(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.write(NOON) as writing:
        writing.audit("command", {"alert": "al_10"})
    sealed = []
    for at in (NOON, NOON + HOUR - SECOND):
        with ledger.write(at) as writing:
            sealed.append(roots.seal(writing, KEY) is not None)
            writing.audit("command", {"alert": "al_11"})

    assert [True, False] == sealed
    assert () == faults(ledger)


def test_an_altered_entry_shows(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 4).values(entry='{"alert":"al_99"}'))

    assert ("entry 4 is not what was written, or does not follow the one before",) == faults(ledger)


def test_a_removed_entry_shows(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number == 4))

    assert "entry 4 is not there: the next one is 5" == faults(ledger)[0]


def test_two_entries_that_changed_places_show(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.engine.begin() as connection:
        for before, after in ((4, -1), (5, 4), (-1, 5)):
            connection.execute(update(AUDIT).where(AUDIT.c.number == before).values(number=after))

    assert "entry 4 is not what was written, or does not follow the one before" == faults(ledger)[0]


def test_an_end_that_was_cut_off_shows(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number > 7))

    assert ("10 entries were signed at 2026-03-02T13:00:00Z, and there are 7: the end is cut off",) == faults(ledger)


def test_a_chain_made_anew_with_its_roots_is_betrayed_by_a_root_that_somebody_holds_outside(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.read() as connection:
        outside = roots.roots(connection)
    with ledger.engine.begin() as connection:
        connection.execute(delete(AUDIT))
        connection.execute(delete(AUDIT_ROOT))
    for number in range(12):
        with ledger.write(NOON) as writing:
            writing.audit("command", {"alert": f"al_{number + 100}"})

    assert () == faults(ledger)
    with ledger.read() as connection:
        found = roots.verify(connection, KEY.public, outside)
    assert ("the first 10 entries are not those that were signed at 2026-03-02T13:00:00Z",) == found


def verified(ledger: Ledger, *held: object) -> tuple[int, str]:
    url = ledger.url.render_as_string(hide_password=False)
    named = [part for one in held for part in ("--root", one if isinstance(one, str) else json.dumps(one))]
    said = CliRunner().invoke(command, ["--database", url, *named], env={"VIGIL_AUDIT_KEY": base64.b64encode(bytes(range(32))).decode()})
    return said.exit_code, said.output


def test_verify_proves_that_todays_chain_extends_a_root_that_was_kept_elsewhere(ledger: Ledger, tmp_path: Path) -> None:
    filled(ledger)
    with ledger.read() as connection:
        (root,) = roots.roots(connection)
        proof = {"seq": 1, "root": root.shown()}
    with ledger.write(NOON + HOUR + SECOND) as writing:
        writing.audit("command", {"alert": "al_10"})
    file = tmp_path / "root.json"
    file.write_text(json.dumps(root.shown()), encoding="utf-8")
    printed = {name: value for name, value in root.shown().items() if name != "signature"}

    for held in (root.shown(), proof, str(file), printed):
        code, said = verified(ledger, held)
        assert (0, "The audit chain of 11 entries extends the 10 that were signed at 2026-03-02T13:00:00Z.") == (code, said.splitlines()[1])


def test_verify_betrays_a_chain_that_does_not_extend_a_root_that_was_kept_elsewhere(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.read() as connection:
        (root,) = roots.roots(connection)
    other = roots.key(None, base64.b64encode(bytes(32)).decode())

    for held, wrong in (
        (
            root.shown() | {"root": "00" * 32, "signature": ""},
            "the first 10 entries are not those that were signed at 2026-03-02T13:00:00Z",
        ),
        (
            root.shown() | {"size": 12, "signature": ""},
            "12 entries were signed at 2026-03-02T13:00:00Z, and there are 10: the end is cut off",
        ),
        (
            root._replace(signature=other.private.sign(root.said())).shown(),
            f"the root over 10 entries is not signed by the key {KEY.name}",
        ),
    ):
        code, said = verified(ledger, held)
        assert (1, f"Error: {wrong}") == (code, said.splitlines()[-1])


@pytest.mark.parametrize("held", ["{", "{}", '{"size": 0}', '{"root": {"size": 1}}', "no-such-file", '{"size": 1, "size": 2}'])
def test_what_is_no_root_is_said_in_one_line(tmp_path: Path, held: str) -> None:
    said = CliRunner().invoke(command, ["--data", str(tmp_path), "--root", held])

    assert (1, 1) == (said.exit_code, len(said.output.splitlines()))
    assert said.output.startswith("Error: --root")


def test_a_root_signed_by_somebody_else_shows(ledger: Ledger) -> None:
    filled(ledger)
    other = roots.key(None, base64.b64encode(bytes(32)).decode())
    with ledger.read() as connection:
        assert ("the root over 10 entries is not signed by the key " + other.name,) == roots.verify(connection, other.public)


def test_any_entry_can_be_proven_to_be_under_a_signed_root(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.read() as connection:
        for number in range(1, 11):
            proof = roots.proof_of(connection, number)
            assert proof is not None
            assert proof.root.signed_by(KEY.public)
            assert proves(proof.entry_hash, number - 1, proof.root.size, proof.path, proof.root.root)
        assert None is roots.proof_of(connection, 11)


def test_a_reading_stands_in_its_log_and_only_its_salted_hash_in_the_chain(ledger: Ledger) -> None:
    reading = readings.Reading(
        kind="reading",
        officer_id="of-1",
        role="oic",
        purpose="alert",
        reason=None,
        subject_ids=("pe-1", "pp-1"),
        fields=("identifiers",),
        route="alert.read",
        request_id="rq_1",
    )
    with ledger.write(NOON) as writing:
        readings.write(writing, reading)
        readings.write(writing, reading._replace(officer_id="of-2", subject_ids=("pe-1",)))

    with ledger.read() as connection:
        seen = list(readings.about(connection, "pe-1"))
        assert ["of-2", "of-1"] == [one.reading.officer_id for one in seen]
        assert [reading] == [one.reading for one in readings.about(connection, "pp-1")]
        assert [reading] == [one.reading for one in readings.by(connection, "of-1")]
        assert seen == list(readings.between(connection, NOON, NOON + HOUR))
        assert seen[1:] == list(readings.about(connection, "pe-1", before=seen[0].number))
        chained = [row.entry for row in connection.execute(AUDIT.select().order_by(AUDIT.c.number))]
    assert [f'{{"hash":"{one.hash}","reading":{one.number}}}' for one in reversed(seen)] == chained


def test_the_key_of_a_folder_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    made = roots.key(tmp_path, None)

    assert made.name == roots.key(tmp_path, None).name
    assert 0o600 == (tmp_path / roots.KEY_FILE).stat().st_mode & 0o777
    with pytest.raises(roots.WrongKey, match="expected 32 bytes in base64"):
        roots.key(None, "no key")
