"""Whose certificates are trusted: those of the machine, or of a file of one's own. Read again only when they have changed.

To read the machine's takes 20 ms of the processor, which is more than all the rest of a try. Called by the channels that speak TLS
themselves; the context is safe to share between threads.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path


def trusted(authority_file: str | None = None) -> ssl.SSLContext:
    """As `ssl.create_default_context` has it, with `SSL_CERT_FILE` and `SSL_CERT_DIR` as they are set now."""
    if authority_file is not None:
        return _made(authority_file, _stamps(authority_file))
    paths = ssl.get_default_verify_paths()
    return _made(None, _stamps(paths.cafile, paths.capath))


@lru_cache(maxsize=4)
def _made(authority_file: str | None, _stamps: tuple[tuple[str, int], ...]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority_file)


def _stamps(*names: str | None) -> tuple[tuple[str, int], ...]:
    """Each with its last change; what is not there is for the context to complain of."""
    paths = [Path(name) for name in names if name is not None]
    return tuple((str(path), path.stat().st_mtime_ns) for path in paths if path.exists())
