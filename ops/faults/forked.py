"""A process of ours that begins quickly: forked from one that has loaded every module and done nothing else.

Loading takes seconds of the processor and touches nothing that could be lost; so a hundred kills fall where they matter.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from ops.faults import inside
from ops.faults.subject import Life, Process, free_port

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["ops.faults.forked", "ops.cli.console_command", "ops.cli.auditor_command", "ops.cli.run_command", "kafka", "redis", "psycopg", "httpx"]
)


class Forked(Process):
    """Its command is the arguments of `vigil`."""

    def _begin(self) -> Life:
        process = _CONTEXT.Process(target=_live, args=(self._command, self._environment, str(self._log)), daemon=True)
        process.start()
        return _Forked(process)


class Run(Forked):
    """`vigil run` on a data folder."""

    def __init__(self, data: Path, log: Path, environment: Mapping[str, str]) -> None:
        port = free_port()
        super().__init__("vigil run", ["run", "--data", str(data), "--listen", f"127.0.0.1:{port}"], port, log, environment)


class _Forked:
    """See `Life`."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(str(self._process.pid), timeout or 0)
        return code

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _live(command: list[str], environment: Mapping[str, str], log: str) -> None:
    """In the new process: become the command."""
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.argv = ["vigil", *command]
    inside.run()
