"""The way in of an embedded system: what is acknowledged is on the disk, once, and what cannot be kept is not acknowledged."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.refusal import FieldError
from streams.embedded.acceptance import Acceptor, Client, NotDurable, Receipt, Unread
from streams.embedded.backlog import Backlog
from streams.embedded.received import ReceivedReader, ReceivedStore
from tests.integration.embedded import CLIENT, NOON, accepting, fix, outcomes, received


def test_a_bad_line_spoils_only_itself_and_each_line_is_told_what_became_of_it(tmp_path: Path) -> None:
    nonsense = fix(3).replace(b"51.45", b"551.45")
    with accepting(tmp_path) as acceptor:
        receipt = acceptor.accept([fix(1), fix(1), nonsense, b"{", fix(4, source="bt/else"), fix(1, speed_kmh=4.0)], CLIENT, NOON)

    assert [
        "accepted",
        "duplicate",
        "set_aside invalid",
        "set_aside malformed",
        "refused source_not_yours",
        "set_aside id_reused",
    ] == outcomes(receipt)
    wrong = receipt.results[2]
    assert ("em/allied", "p-3", "qn_1") == (wrong.source, wrong.id, wrong.quarantine_id)
    assert (FieldError("/data/latitude", "out of range", "-90 to 90"),) == wrong.errors
    assert [(receipt.received_at, fix(1))] == received(tmp_path)
    with closing(ReceivedReader(tmp_path)) as reader:
        assert {"id_reused": 1, "invalid": 1, "malformed": 1} == reader.set_aside_by_code()


def test_what_is_set_aside_is_kept_whole_also_what_no_adapter_could_read(tmp_path: Path) -> None:
    error = FieldError("/latitude", "missing", "degrees")
    with accepting(tmp_path) as acceptor:
        acceptor.accept([b"\xff\x00 not text", Unread(b"<gpx>", "invalid", (error,))], CLIENT, NOON)

    with closing(ReceivedStore(tmp_path)) as store:
        rows = store._file.execute("SELECT client, code, errors, raw FROM set_aside ORDER BY number").fetchall()
    assert [b"\xff\x00 not text", b"<gpx>"] == [raw for *_, raw in rows]
    assert ("supplier", "invalid", [error._asdict()]) == (*rows[1][:2], json.loads(rows[1][2]))


def test_sent_again_after_a_restart_everything_is_a_duplicate_however_long_ago_it_was(tmp_path: Path) -> None:
    lines = [fix(number, NOON + timedelta(minutes=number)) for number in range(60)]
    for start in range(0, 60, 20):
        with accepting(tmp_path, generation=10) as acceptor:
            assert ["accepted"] * 20 == outcomes(acceptor.accept(lines[start : start + 20], CLIENT, NOON))
    with accepting(tmp_path, generation=10) as acceptor:
        again = acceptor.accept(lines, CLIENT, NOON)
        reused = acceptor.accept([fix(0, battery_percent=9)], CLIENT, NOON)

    assert ["duplicate"] * 60 == outcomes(again)
    assert ["set_aside id_reused"] == outcomes(reused)
    assert lines == [raw for _, raw in received(tmp_path)]


def test_stamps_only_grow_over_a_clock_set_back_a_restart_and_a_promise(tmp_path: Path) -> None:
    stamps = []
    with accepting(tmp_path) as acceptor:
        stamps.append(acceptor.accept([fix(1)], CLIENT, NOON).received_at)
        stamps.append(acceptor.accept([fix(2)], CLIENT, NOON - timedelta(hours=1)).received_at)
        acceptor.promise(NOON + timedelta(seconds=5))
        stamps.append(acceptor.accept([fix(3)], CLIENT, NOON + timedelta(seconds=5)).received_at)
    with accepting(tmp_path) as acceptor:
        stamps.append(acceptor.accept([fix(4)], CLIENT, NOON - timedelta(days=1)).received_at)

    assert NOON == stamps[0]
    assert sorted(set(stamps)) == stamps
    assert stamps[2] > NOON + timedelta(seconds=5)


def test_a_stamp_from_outside_is_overwritten(tmp_path: Path) -> None:
    lying = fix(1).replace(b'"id"', b'"received_at": "2020-01-01T00:00:00Z", "id"')
    with closing(ReceivedStore(tmp_path)) as store:
        backlog = Backlog(0, 0)
        receipt = Acceptor(store, backlog).accept([lying], CLIENT, NOON)
        with closing(ReceivedReader(tmp_path)) as reader:
            (arrival,) = backlog.take(0, reader)
            (again,) = Backlog(1, 1).take(0, reader)

    assert NOON == receipt.received_at == arrival.received_at == arrival.events[0].received_at
    assert arrival == again


def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_of_the_batch_is_kept(tmp_path: Path) -> None:
    first, second = [fix(n) for n in range(100)], [fix(n, accuracy_m=n / 7) for n in range(100, 3000)]
    with closing(ReceivedStore(tmp_path)) as store:
        acceptor = Acceptor(store, Backlog(0, 0))
        acceptor.accept(first, CLIENT, NOON)
        (pages,) = store._file.execute("PRAGMA page_count").fetchone()
        store._file.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(NotDurable):
            acceptor.accept([*second, b"{"], CLIENT, NOON)
        assert first == [raw for _, raw in received(tmp_path)]

        store._file.execute("PRAGMA max_page_count = 100000")
        again = acceptor.accept([*first, *second], CLIENT, NOON)

    assert ["duplicate"] * 100 + ["accepted"] * 2900 == outcomes(again)
    assert 3001 == acceptor.lines["not_durable"] + 100
    assert first + second == [raw for _, raw in received(tmp_path)]


def test_many_clients_at_once_share_commits_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    receipts: dict[int, list[Receipt]] = {client: [] for client in range(8)}

    def send(acceptor: Acceptor, client: int) -> None:
        for batch in range(10):
            lines = [fix(client * 1000 + batch * 10 + line) for line in range(5)] + [fix(batch)]  # the last is everybody's
            receipts[client].append(acceptor.accept(lines, Client(f"client {client}", ("em/*",)), NOON))

    with accepting(tmp_path) as acceptor:
        threads = [threading.Thread(target=send, args=(acceptor, client)) for client in receipts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    kept = received(tmp_path)
    accepted = [one for many in receipts.values() for receipt in many for one in receipt.results if one.result == "accepted"]
    assert len(accepted) == len(kept) == len({raw for _, raw in kept})
    assert 80 == len({receipt.receipt for many in receipts.values() for receipt in many})
    stamps = [at for at, _ in kept]
    assert sorted(stamps) == stamps


def test_check_says_the_form_of_each_line_and_keeps_nothing(tmp_path: Path) -> None:
    with accepting(tmp_path) as acceptor:
        said = acceptor.check([fix(1), b"[]", fix(2, source="bt/else")], CLIENT)

    assert ["accepted", "set_aside", "refused"] == [one.result for one in said]
    assert [] == received(tmp_path)
