"""A real `vigil run` in a process of its own, on a port of its own: started, asked over HTTP, stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
VIGIL = (sys.executable, "-c", "from ops.cli.main import main; main(prog_name='vigil')")
PATIENCE_S = 60.0


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def vigil(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Any command, to its end."""
    return subprocess.run([*VIGIL, *arguments], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)


class Running:
    """One process."""

    def __init__(self, process: subprocess.Popen[str], line: str, link: str) -> None:
        self.process = process
        self.line, self.link = line, link.rsplit(" ", 1)[-1].strip()
        """What it said when it was ready, and the link to sign in with, once."""
        self.http = httpx.Client(base_url=line.rsplit(" ", 1)[-1].strip(), timeout=10)

    def sign_in(self, officer_id: str = "of-1") -> None:
        """As an officer of the directory. The cookie is for https alone, so a client that knows no loopback is told to send it."""
        origin = str(self.http.base_url).rstrip("/")
        said = {"token": self.link.rpartition("=")[-1], "officer_id": officer_id}
        until = time.monotonic() + PATIENCE_S
        answer = self.http.post("/sign-in/local", data=said, headers={"origin": origin})
        while answer.status_code == 403 and time.monotonic() < until:
            time.sleep(0.1)  # the directory has not heard of them yet
            answer = self.http.post("/sign-in/local", data=said, headers={"origin": origin})
        assert answer.status_code == 303, answer.text
        self.http.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]

    def post(self, key: str, lines: bytes) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
        return self.http.post("/api/v1/events", content=lines, headers=headers)

    def page_with(self, text: str, path: str = "/") -> str:
        """The page, as soon as it says this."""
        until = time.monotonic() + PATIENCE_S
        page = ""
        while time.monotonic() < until:
            page = self.http.get(path).text
            if text in page:
                return page
            time.sleep(0.1)
        raise AssertionError(f"{path} never said {text!r}; it says {page}")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)


@contextmanager
def run(data: Path, *arguments: str) -> Iterator[Running]:
    """`vigil run`, ready. It is ended with the block, if it has not ended before."""
    command = [*VIGIL, "run", "--data", str(data), "--listen", "127.0.0.1:0", *arguments]
    errors = (data.parent / "errors.log").open("a")
    process = subprocess.Popen(command, cwd=data.parent, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        line, link = (process.stdout.readline() if process.stdout else "" for _ in range(2))
        assert line, (data.parent / "errors.log").read_text()
        running = Running(process, line, link)
        yield running
        running.http.close()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        errors.close()


def an_evening(now: datetime) -> bytes:
    """A case opened an hour ago, a tag fitted since, its strap cut a minute ago."""
    person = {"identifiers": [{"type": "CASE", "value": "avon-and-somerset:DA1"}, {"type": "EM_WEARER", "value": "w-1"}]}
    told: list[tuple[str, str, timedelta, dict[str, object]]] = [
        ("directory/forces", "directory.officer", timedelta(hours=2), _officer("of-1", "PC Rowan", "control_room")),
        ("directory/forces", "directory.on_call", timedelta(hours=2), _on_call("of-1", "control_room", now)),
        (
            "case/avon",
            "case.opened",
            timedelta(hours=1),
            {"case_ref": "avon-and-somerset:DA1", "risk_level": "high", "areas": ["avon-and-somerset"], "name": "Sam <b>Field</b>"},
        ),
        ("em/allied", "tagging.fitted", timedelta(minutes=50), {"device_id": "d-1", "activation_id": "a-1", "modes": ["gps"]}),
        ("em/allied", "tagging.strap", timedelta(minutes=1), {"device_id": "d-1", "state": "tampered"}),
        ("em/allied", "feed.heartbeat", timedelta(seconds=1), {"complete_to": (now - timedelta(seconds=2)).isoformat()}),
    ]
    lines = []
    for number, (source, kind, ago, data) in enumerate(told):
        event: dict[str, object] = {
            "id": f"e-{number}",
            "source": source,
            "type": kind,
            "occurred_at": (now - ago).isoformat(),
            "data": data,
        }
        lines.append(event if kind.startswith(("directory", "feed")) else {**event, "person": person})
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def now() -> datetime:
    return datetime.now(UTC)


def _officer(officer_id: str, name: str, role: str) -> dict[str, object]:
    return {"officer_id": officer_id, "name": name, "organisation": "police", "area": "avon-and-somerset", "roles": [role], "channels": {}}


def _on_call(officer_id: str, role: str, at: datetime) -> dict[str, object]:
    span = {"from": (at - timedelta(hours=3)).isoformat(), "to": (at + timedelta(hours=9)).isoformat()}
    return {"role": role, "area": "avon-and-somerset", "officer_id": officer_id, **span}
