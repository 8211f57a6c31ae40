"""Where a webhook may go: https to a public address, checked each time it is used. Against a target that points back inside.

The name is resolved once, every address it has is checked, and the connection goes to the checked address: a name server that
answers differently the second time changes nothing. Not the sending (`alerting.delivery.webhook`).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple
from urllib.parse import urlsplit

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a name, as texts. Raises OSError where it has none."""

_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_LOCAL = (".localhost", ".local", ".internal", ".home.arpa", ".localdomain")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_OUT_THERE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
"""Beyond what Python 3.11 knows: kept for protocols, or carrying an IPv4 address nobody needs (Teredo, 6to4). IANA's registries."""
_MOST_CHARACTERS = 1_000
_PLAIN = re.compile(rf"[!-\[\]-~]{{0,{_MOST_CHARACTERS}}}")
"""Printable ASCII without a backslash, which is part of the host to some, and ends it to those who connect."""
_HTTPS = 443


class NotPublic(ValueError):
    """Nothing of ours may be sent there. The text says why, and never which address the name has: that is about our network."""


class Target(NamedTuple):
    """A webhook's address in its parts. `name` is what the certificate must carry."""

    name: str
    port: int
    path: str


def target(url: str, *, inside: bool = False) -> Target:
    """The parts of an address that may be used; `NotPublic` says what is wrong. `inside`: tests alone send to the loopback address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS
    except ValueError:
        raise NotPublic("not an address; expected https://name/path") from None
    if not _PLAIN.fullmatch(url):
        raise NotPublic(f"not an address; expected at most {_MOST_CHARACTERS} plain characters")
    if parts.scheme != "https":
        raise NotPublic("not https")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise NotPublic("it carries a user or a fragment; expected https://name/path")
    name = (parts.hostname or "").rstrip(".")
    if not inside and (not _NAME.fullmatch(name) or name.endswith(_LOCAL)):
        raise NotPublic("its host is no public name; a number is none either")
    return Target(name, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def checked_addresses(name: str, port: int, resolve: Resolve, *, inside: bool = False) -> tuple[str, ...]:
    """The addresses of a name, all of them public: one that is not spoils the name. Raises NotPublic, or OSError where there is none."""
    found = tuple(dict.fromkeys(resolve(name, port)))
    if not found:
        raise OSError(f"{name} has no address")
    for address in found:
        if not inside and not public(ipaddress.ip_address(address.partition("%")[0])):
            raise NotPublic("its name has an address that is not public")
    return found


def public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is out in the world, also behind the forms in which IPv6 carries an IPv4 address."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or (IPv4Address(address.packed[-4:]) if address in _NAT64 else None)
        if carried is not None:
            return public(carried)
    if any(address in network for network in _NOT_OUT_THERE if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def resolve(name: str, port: int) -> Sequence[str]:
    """The machine's own resolver."""
    return [str(where[0]) for *_, where in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
