"""The sender is killed with -9 at any instant, again and again: no message is lost, none comes a third time, and a second one says so."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from alerting.delivery.plan import ANSWER_WITHIN
from alerting.delivery.room import AT_ONCE
from alerting.delivery.sending import LEASE
from alerting.ledger.store import Ledger
from alerting.ledger.tables.messages import OUTBOX
from tests.integration.delivery.outgoing_post import Post
from tests.parts.smtp import Smtp

ROOT = Path(__file__).parents[3]
MESSAGES, KILLS, PATIENCE_S = 120, 3, 60.0


def sending(url: str, smtp: Smtp, ahead_s: float) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.integration.delivery.sender_process", url, str(smtp.port), str(ahead_s)]
    process = subprocess.Popen(program, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "sending\n"
    return process


def waiting(ledger: Ledger, now: datetime) -> int:
    """Messages that are under way, or due."""
    due = (OUTBOX.c.state == "sending") | (OUTBOX.c.next_at <= now)
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).select_from(OUTBOX).where(due)).scalar_one())


def test_no_message_is_lost_and_one_that_went_out_before_a_kill_says_so_when_it_goes_out_again(
    ledger: Ledger, post: Post, smtp: Smtp
) -> None:
    chance, url = random.Random(7), ledger.url.render_as_string(hide_password=False)
    post.now = datetime.now(UTC)
    for number in range(MESSAGES):
        post.message(f"raised-{number:03d}", channel="email", severity="medium")
    smtp.delay_s = 0.1
    for kill in range(KILLS):
        before = len(smtp.messages)
        process = sending(url, smtp, kill * (LEASE.total_seconds() + 1))
        while len(smtp.messages) < before + chance.randrange(1, 20):  # in the middle of a batch, more often than not
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    ahead_s = KILLS * (LEASE.total_seconds() + 1)
    for later_s in (0.0, ANSWER_WITHIN["medium"].total_seconds()):  # by then nobody has answered what may have come twice
        process = sending(url, smtp, ahead_s + later_s)
        until = time.monotonic() + PATIENCE_S
        while waiting(ledger, datetime.now(UTC) + timedelta(seconds=ahead_s + later_s)) and time.monotonic() < until:
            time.sleep(0.1)
        process.kill()
        process.wait()

    arrived: dict[str, list[bool]] = defaultdict(list)
    for letter in smtp.messages:
        arrived[str(letter["message-id"])].append("(repeat)" in letter.get_content())
    came = {name.strip("<>").partition("@")[0] for name in arrived}
    with ledger.read() as connection:
        rows = connection.execute(select(OUTBOX.c.message_id, OUTBOX.c.after_id, OUTBOX.c.state, OUTBOX.c.next_at)).all()
    said_for = came | {row.after_id for row in rows if row.message_id in came}
    made = {row.message_id for row in rows if row.after_id is None}
    assert (MESSAGES, set()) == (len(made), made - said_for)
    assert {("handed_over", None)} == {(row.state, row.next_at) for row in rows}
    assert max(map(len, arrived.values())) <= 2
    assert [] == [name for name, repeats in arrived.items() if not all(repeats[1:])]
    again = sum(len(repeats) - 1 for repeats in arrived.values())
    assert 1 <= again <= KILLS * AT_ONCE  # the kills did hit, and each repeats no more than what was under way
