"""The truth of a run: what was planted, and what follows from it, by the words of rules.md.

One `Truth` is one line of `FILE.truth.jsonl` (contract.md 4): `rule`, `case_ref`, `about`, `began_at`, `ended_at`, and three fields
more: `identifiers` (to find the case from an alert), `implied` (it follows from another plant) and `certain` (false: the rules may
or may not find it, depending on noise; finding it is no false alert, missing it no miss). Written by `write`, read by `check`.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ops.simulate.instants import rfc3339


class Truth(NamedTuple):
    """One matter that the rules should find. `ended_ms` None: it goes on, or ends only after the run."""

    rule: str
    about_kind: str
    about_id: str
    began_ms: int
    ended_ms: int | None = None
    case_ref: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    implied: bool = False
    certain: bool = True

    def line(self, ends_ms: int) -> bytes:
        """Its line in the truth file of a run that ends at an instant."""
        over = self.ended_ms is not None and self.ended_ms < ends_ms
        return msgspec.json.encode(
            {
                "rule": self.rule,
                "case_ref": self.case_ref,
                "about": {"kind": self.about_kind, "id": self.about_id},
                "began_at": rfc3339(self.began_ms),
                "ended_at": rfc3339(self.ended_ms) if over and self.ended_ms is not None else None,
                "identifiers": [{"type": kind, "value": value} for kind, value in self.identifiers],
                "implied": self.implied,
                "certain": self.certain,
            }
        )
