"""`vigil console` and `vigil auditor` as processes of their own, on real PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.parts.redis import Redis

VIGIL = (sys.executable, "-c", "from ops.cli.main import main; main(prog_name='vigil')")
PATIENCE_S = 60.0


@pytest.fixture
def environment(postgresql_url: str, redis_url: str) -> dict[str, str]:
    return {**os.environ, "VIGIL_DATABASE_URL": postgresql_url, "VIGIL_REDIS_URL": redis_url}


@contextmanager
def console(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Its address, once it says so; it ends by being told to."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*VIGIL, "console", "--listen", "127.0.0.1:0"], env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        said = process.stdout.readline() if process.stdout else ""
        link = process.stdout.readline() if process.stdout else ""
        assert said.startswith("Vigil's console is at "), log.read_text()
        assert re.search(r"/sign-in/local\?token=\S+$", link)
        yield said.rsplit(" ", 1)[-1].strip()
        process.terminate()
        assert 0 == process.wait(PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def auditor(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*VIGIL, "auditor", "--once"], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_the_console_says_which_parts_are_at_work_and_goes_on_without_redis(
    environment: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    with console(environment, tmp_path / "console.log") as address, httpx.Client(base_url=address, timeout=10) as http:
        first = http.get("/health/ready")
        signed_out = http.get("/api/v1/alerts")
        links = [http.get(f"/a/{name}") for name in ("VG-7K3MQ-2XD9A", "VG-00000-00000")]
        board = http.get("/")
        redis.end()
        until = time.monotonic() + PATIENCE_S
        while "warn" != http.get("/health/ready").json()["checks"]["redis"] and time.monotonic() < until:
            time.sleep(0.2)
        without = http.get("/health/ready")
        redis.start()

    assert (200, "pass", "pass") == (first.status_code, first.json()["checks"]["ledger"], first.json()["checks"]["redis"])
    assert "fail" == first.json()["checks"]["sweep"]  # no `vigil alerting` has ever been at work here
    assert (401, "not_signed_in") == (signed_out.status_code, signed_out.json()["code"])
    assert [(303, b"")] * 2 == [(link.status_code, link.content) for link in links]  # as messages have them: to the sign-in, true or not
    assert (200, True) == (board.status_code, "Not live since" in board.text)
    assert (200, "warn") == (without.status_code, without.json()["checks"]["redis"])


def test_the_auditor_says_once_whether_the_books_are_in_order(environment: dict[str, str], tmp_path: Path) -> None:
    with console(environment, tmp_path / "console.log"):
        clean = auditor(environment)
    nowhere = auditor({**environment, "VIGIL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})

    assert (0, "The books are in order: 0 open alerts, 0 messages under way.\n") == (clean.returncode, clean.stdout), clean.stderr
    assert (1, 1) == (nowhere.returncode, len(nowhere.stderr.strip().splitlines()))


@pytest.mark.parametrize(
    ("command", "missing"), [("alerting", "VIGIL_KAFKA"), ("console", "VIGIL_DATABASE_URL"), ("auditor", "VIGIL_DATABASE_URL")]
)
def test_a_command_without_its_surroundings_says_which_is_missing(command: str, missing: str) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    done = subprocess.run([*VIGIL, command], env=bare, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    assert (1, True) == (done.returncode, f"{missing} is not set" in done.stderr), done.stderr
