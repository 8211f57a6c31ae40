"""The Merkle tree of RFC 6962 over the hashes of the audit chain: one root for all entries, and the proof that one is among them.

Pure. Called by `alerting.ledger.roots`, which signs and keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_HASH_BYTES = 32


def leaf(entry_hash: bytes) -> bytes:
    """An entry in the tree; the first byte keeps a leaf from ever passing for a node."""
    return hashlib.sha256(b"\0" + entry_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Two parts of the tree as one."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Peaks(NamedTuple):
    """A tree that grows: the roots of its full parts, the largest first. What is signed each hour goes on from here."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def grown(self, entry_hashes: Iterable[bytes]) -> Peaks:
        """The tree with these entries more."""
        size, roots = self.size, list(self.roots)
        for entry_hash in entry_hashes:
            roots.append(leaf(entry_hash))
            size += 1
            full = size
            while full % 2 == 0:  # as many full parts as the size has ones in binary
                right = roots.pop()
                roots.append(node(roots.pop(), right))
                full //= 2
        return Peaks(size, tuple(roots))

    @property
    def root(self) -> bytes:
        """The one hash over all of it."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        above = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            above = node(left, above)
        return above

    def text(self) -> bytes:
        """As it is kept."""
        return b"".join(self.roots)

    @classmethod
    def of(cls, size: int, text: bytes) -> Peaks:
        """As it was kept."""
        return cls(size, tuple(text[start : start + _HASH_BYTES] for start in range(0, len(text), _HASH_BYTES)))


def proof(entry_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """What one must know beside an entry to compute the root over all of these (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(entry_hashes):
        raise ValueError(f"entry {index} of {len(entry_hashes)}: there is none; expected 0 to {len(entry_hashes) - 1}")
    return tuple(_path([leaf(one) for one in entry_hashes], index))


def proves(entry_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the entry at that place to the root over so many."""
    return 0 <= index < size and _climb(leaf(entry_hash), index, size, list(path)) == root


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def _path(leaves: Sequence[bytes], index: int) -> Iterator[bytes]:
    if len(leaves) == 1:
        return
    middle = _split(len(leaves))
    if index < middle:
        yield from _path(leaves[:middle], index)
        yield _root(leaves[middle:])
    else:
        yield from _path(leaves[middle:], index - middle)
        yield _root(leaves[:middle])


def _root(leaves: Sequence[bytes]) -> bytes:
    level = list(leaves)
    while len(level) > 1:  # pairs from the left, an odd one goes up as it is: the same tree as by halves
        pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def _climb(below: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    if size == 1:
        return below if not path else None
    if not path:
        return None
    middle, beside = _split(size), path[-1]
    inner = _climb(below, index if index < middle else index - middle, middle if index < middle else size - middle, path[:-1])
    if inner is None:
        return None
    return node(inner, beside) if index < middle else node(beside, inner)
