"""A real `vigil run` whose files may not grow, as on a full disk: it says so, keeps what it acknowledged, goes on when there is room."""

from __future__ import annotations

import json
import resource
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from ops.faults.subject import Subject, post, vigil
from tests.integration.embedded import fix, received

ROOM_BYTES = 400_000


def test_on_a_full_disk_intake_answers_503_acknowledges_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    data, random, at = tmp_path / "data", Random(1), datetime.now(UTC) - timedelta(hours=1)
    key = vigil("keys", "add", "supplier", "--source", "em/*", "--data", str(data)).strip()
    batches = [
        [fix(batch * 1000 + line, at, person=f"A{line:04d}AA", accuracy_m=random.random()) for line in range(500)] for batch in range(40)
    ]
    subject = Subject(data, tmp_path / "run.log")
    acknowledged: list[bytes] = []
    try:
        subject.start()
        subject.wait_ready()
        room = resource.prlimit(subject.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, resource.RLIM_INFINITY))
        waiting = iter(batches)
        refused = next(waiting)
        status, body = post(subject.port, key, refused)
        while status == 202:
            acknowledged += refused
            refused = next(waiting)
            status, body = post(subject.port, key, refused)
        kept_when_full = [raw for _, raw in received(data)]
        resource.prlimit(subject.pid, resource.RLIMIT_FSIZE, room)
        again, counts = post(subject.port, key, refused)
        until = time.monotonic() + 30
        while subject.backlog_events() and time.monotonic() < until:
            time.sleep(0.1)
        subject.stop()
    finally:
        subject.close()

    assert (503, "not_durable") == (status, json.loads(body)["code"])
    assert len(acknowledged) >= 500
    assert acknowledged == kept_when_full
    assert (202, 500) == (again, json.loads(counts)["counts"]["accepted"])
    assert acknowledged + refused == [raw for _, raw in received(data)]
    assert "The books are in order." in vigil("verify", "--data", str(data))
