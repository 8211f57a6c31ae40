"""The Merkle tree of the audit chain against RFC 6962, said in its own words as the oracle."""

import hashlib
from datetime import UTC, datetime

import pytest
import rfc8785

from alerting.ledger.chain import NOTHING, link
from alerting.ledger.merkle import Peaks, leaf, node, proof, proves

HASHES = [hashlib.sha256(str(number).encode()).digest() for number in range(70)]


def by_the_rfc(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return leaf(entries[0])
    middle = 1
    while middle * 2 < len(entries):
        middle *= 2
    return node(by_the_rfc(entries[:middle]), by_the_rfc(entries[middle:]))


def test_a_growing_tree_has_the_root_of_the_rfc_at_every_size() -> None:
    for size in range(len(HASHES)):
        assert by_the_rfc(HASHES[:size]) == Peaks().grown(HASHES[:size]).root


def test_it_grows_on_from_what_was_kept() -> None:
    half = Peaks().grown(HASHES[:37])
    kept = Peaks.of(half.size, half.text())

    assert half == kept
    assert by_the_rfc(HASHES) == kept.grown(HASHES[37:]).root


def test_the_empty_tree_has_the_root_of_nothing() -> None:
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == Peaks().root.hex()


def test_every_entry_is_proven_and_no_other_passes_for_it() -> None:
    for size in (1, 2, 3, 7, 8, 33):
        root = by_the_rfc(HASHES[:size])
        for index in range(size):
            path = proof(HASHES[:size], index)
            assert proves(HASHES[index], index, size, path, root)
            assert not proves(HASHES[69], index, size, path, root)
            assert not proves(HASHES[index], index, size, (*path, HASHES[0]), root)
            assert not proves(HASHES[index], size, size, path, root)
            assert size == 1 or not proves(HASHES[index], (index + 1) % size, size, path, root)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="entry 3 of 3: there is none; expected 0 to 2"):
        proof(HASHES[:3], 3)


def test_a_link_covers_where_and_when_the_entry_stands_in_the_canonical_form_of_the_rfc() -> None:
    at = datetime(2026, 3, 2, 12, 0, 0, 250, tzinfo=UTC)
    for kind in ("people.acknowledged", 'said "no"\n', "caf\u00e9 \U0001f9ed"):
        place = rfc8785.dumps({"at": "2026-03-02T12:00:00.000250+00:00", "kind": kind, "number": 7})
        assert hashlib.sha256(NOTHING + place + b"{}").digest() == link(NOTHING, 7, at, kind, "{}")
