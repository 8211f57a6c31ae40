"""Alerts that a long replay has let go of: on disk until the end, and taken back when late evidence speaks of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from alerting.book import Entry
from schemas.alert import Alert
from schemas.finding import Finding


class Spool:
    """Settled entries by alert id, in a file of the run's own that goes with it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the run
        self._where: dict[str, tuple[int, datetime]] = {}
        self._members: dict[str, list[str]] = {}
        """By incident."""
        self._incident: dict[str, str] = {}

    def close(self) -> None:
        """The file goes."""
        self._file.close()

    def put(self, entries: Iterable[Entry]) -> None:
        """Keep entries."""
        self._file.seek(0, 2)
        for entry in entries:
            self._where[entry.alert.alert_id] = (self._file.tell(), entry.alert.began_at)
            self._members.setdefault(entry.alert.incident_id, []).append(entry.alert.alert_id)
            self._incident[entry.alert.alert_id] = entry.alert.incident_id
            self._file.write(entry.alert.model_dump_json().encode() + b"\n" + entry.finding.model_dump_json().encode() + b"\n")

    def take(self, alert_ids: Iterable[str]) -> Iterator[Entry]:
        """Hand back those of these that are here, each with the whole of its incident."""
        for alert_id in alert_ids:
            if alert_id in self._where:
                for member in self._members.pop(self._incident[alert_id]):
                    del self._incident[member]
                    yield self._read(self._where.pop(member)[0])

    def places(self) -> list[tuple[datetime, str]]:
        """What is here, by beginning and id."""
        return [(began_at, alert_id) for alert_id, (_, began_at) in self._where.items()]

    def alert(self, alert_id: str) -> Alert:
        """One alert, left where it is."""
        return self._read(self._where[alert_id][0]).alert

    def _read(self, offset: int) -> Entry:
        self._file.seek(offset)
        return Entry(Alert.model_validate_json(self._file.readline()), Finding.model_validate_json(self._file.readline()))
