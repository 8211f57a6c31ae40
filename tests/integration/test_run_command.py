"""`vigil run` as a whole: events in over HTTP, an alert on the page, stopped and killed and started again, nothing lost or told twice."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.integration.running import an_evening, now, run, vigil

SENTENCE = "the strap of tag a-1 was tampered with"


def a_key(folder: Path, *sources: str) -> str:
    made = vigil("keys", "add", "supplier", *(f"--source={source}" for source in sources or ("*",)), "--data", "data", cwd=folder)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_an_event_posted_becomes_an_alert_on_the_page_with_who_was_told_and_stays_through_stop_and_kill(tmp_path: Path) -> None:
    evening = an_evening(now())
    with run(tmp_path / "data") as first:
        assert re.fullmatch(r"Vigil is at http://127\.0\.0\.1:\d+/\n", first.line)
        key = a_key(tmp_path)  # beside the running process
        assert 200 == first.http.get("/health/ready").status_code
        assert 6 == first.post(key, evening).json()["counts"]["accepted"]
        board = first.page_with("VG-")
        first.sign_in()
        page = first.page_with(SENTENCE)
        reference = re.findall(r"VG-[0-9A-Z]{5}-[0-9A-Z]{5}", page)[0]
        whole = first.page_with(SENTENCE, f"/alerts/{reference}")
        assert 0 == first.end()

    assert (True, False) == (reference in board, "Field" in board)
    assert "<strong>PC Rowan</strong>, Control room" in page
    assert "Nobody assigned: Officer in the case, IDVA" in page
    assert "Sam &lt;b&gt;Field&lt;/b&gt;" in page
    assert "<td>em/allied</td><td>e-4</td>" in whole

    with run(tmp_path / "data") as second:
        second.sign_in()
        assert reference in second.page_with(SENTENCE)
        assert {"accepted": 0, "duplicate": 6, "set_aside": 0, "refused": 0} == second.post(key, evening).json()["counts"]
        second.end(signal.SIGKILL)

    with run(tmp_path / "data") as third:
        third.sign_in()
        again = third.page_with(SENTENCE)
        assert 1 == again.count('<li class="alert')
        assert "PC Rowan" in again
        assert 0 == third.end(signal.SIGINT)


def test_every_202_is_found_again_after_a_kill_at_any_instant(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    key = a_key(tmp_path)
    at = now().isoformat()
    batches = [
        b"".join(
            f'{{"id":"h-{batch}-{line}","source":"em/x","type":"feed.heartbeat","occurred_at":"{at}","data":{{"complete_to":"{at}"}}}}\n'.encode()
            for line in range(20)
        )
        for batch in range(40)
    ]
    with run(tmp_path / "data") as first:
        kept = [first.post(key, batch).status_code for batch in batches[:30]]
        first.end(signal.SIGKILL)
    with run(tmp_path / "data") as second:
        counts = [second.post(key, batch).json()["counts"] for batch in batches]

    assert [202] * 30 == kept
    assert [20] * 30 == [count["duplicate"] for count in counts[:30]]
    assert [20] * 10 == [count["accepted"] for count in counts[30:]]


def test_a_body_cut_off_in_the_middle_leaves_nothing_and_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    key = a_key(tmp_path)
    evening = an_evening(now())
    with run(tmp_path / "data") as running:
        host, port = running.http.base_url.host, running.http.base_url.port or 0
        with socket.create_connection((host, port)) as cut:
            head = f"POST /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-ndjson\r\n"
            cut.sendall(f"{head}Content-Length: {len(evening)}\r\n\r\n".encode() + evening[: len(evening) // 2])
            time.sleep(0.2)
        answer = running.post(key, evening)

    assert {"accepted": 6, "duplicate": 0, "set_aside": 0, "refused": 0} == answer.json()["counts"]
    assert "Traceback" not in (tmp_path / "errors.log").read_text()


def test_a_second_run_on_the_same_folder_is_told_in_one_line_and_disturbs_nothing(tmp_path: Path) -> None:
    with run(tmp_path / "data") as running:
        second = vigil("run", "--data", "data", "--listen", "127.0.0.1:0", cwd=tmp_path)
        assert 200 == running.http.get("/health/ready").status_code

    assert (1, "") == (second.returncode, second.stdout)
    assert 1 == len(second.stderr.strip().splitlines())
    assert "still running" in second.stderr


@pytest.mark.parametrize(
    ("listen", "status", "said"),
    [
        ("0.0.0.0:8080", 1, "loopback"),
        ("192.0.2.1:8080", 1, "loopback"),
        ("vigil.example.org:8080", 2, "no IPv4 address"),
        ("8080", 2, "no address with a port"),
        ("127.0.0.1:99999", 2, "no address with a port"),
    ],
)
def test_it_listens_on_the_loopback_address_alone(tmp_path: Path, listen: str, status: int, said: str) -> None:
    refused = vigil("run", "--data", "data", "--listen", listen, cwd=tmp_path)

    assert (status, True) == (refused.returncode, said in refused.stderr)
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with run(tmp_path / "data") as running:
        port = running.http.base_url.port
        refused = vigil("run", "--data", "other", "--listen", f"127.0.0.1:{port}", cwd=tmp_path)

    assert (1, f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n") == (refused.returncode, refused.stderr)


def test_the_demonstration_shows_a_critical_alert_with_named_people_and_then_keeps_real_time(tmp_path: Path) -> None:
    with run(tmp_path / "demo", "--demo", "--speed", "600") as running:
        running.page_with("and is real now")
        running.page_with("Critical")
        running.sign_in("of-avon-and-somerset-control-room-0")  # the link of the start: it lives by the machine's clock
        assert 0 == running.end()
    alerts = [json.loads(line) for line in vigil("alerts", "--data", "demo", cwd=tmp_path).stdout.splitlines()]

    assert any(alert["severity"] == "critical" and alert["recipients"] for alert in alerts)


def test_a_demonstration_never_touches_a_folder_that_holds_anything_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    a_key(tmp_path)
    refused = vigil("run", "--demo", "--data", "data", "--listen", "127.0.0.1:0", cwd=tmp_path)

    assert (1, 1) == (refused.returncode, len(refused.stderr.strip().splitlines()))
    assert "no demonstration" in refused.stderr
    assert (tmp_path / "data" / "keys.sqlite3").exists()


def test_a_damaged_store_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_bytes(b"no database " * 1_000)
    done = vigil("run", "--listen", "127.0.0.1:0", "--data", str(tmp_path), cwd=tmp_path)

    assert (1, [f"Error: data folder {tmp_path}: file is not a database"]) == (done.returncode, done.stderr.splitlines())
