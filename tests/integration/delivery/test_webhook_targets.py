"""A webhook's target may not point back inside: not by number, not by name, not by a name that changes its mind, not by redirect."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

import pytest

from alerting.delivery import webhook as channel
from alerting.delivery.message import Address, Failed, Retry, Sent
from alerting.delivery.public_address import NotPublic, Target, checked_addresses, public, target
from tests.integration.delivery.telling import Answer, http_server, outgoing

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104  nothing is bound
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public_in_any_form(address: str) -> None:
    assert not public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_an_address_in_the_world_is_public(address: str) -> None:
    assert public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "gopher://hooks.example.org/",
        "hooks.example.org/path",
        "https://",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://vigil.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://1.1.1.1/",
        "https://user@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://user:secret@hooks.example.org/",
        "https://hooks.example.org/#here",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:port/",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nHost: inside",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://hooks.example.org\t/",
        "https://hooks.example.org/\x7f",
        "https://höoks.example.org/",
        "https://hooks..example.org/",
        "https://-hooks.example.org/",
        "https://hooks.example.org:443:80/",
        "https://hooks.example.org/" + "a" * 1000,
        "https://[",
    ],
)
def test_a_target_that_is_no_https_address_of_a_public_name_is_refused(url: str) -> None:
    with pytest.raises(NotPublic):
        target(url)


def test_a_plain_target_is_taken_apart() -> None:
    assert Target("hooks.example.org", 443, "/") == target("https://hooks.example.org")
    assert Target("hooks.example.org", 8443, "/in?a=1") == target("https://HOOKS.example.org:8443/in?a=1")


def test_one_address_inside_spoils_the_name() -> None:
    with pytest.raises(NotPublic):
        checked_addresses("hooks.example.org", 443, lambda _name, _port: ["93.184.215.14", "10.0.0.1"])


def test_a_name_without_an_address_is_tried_again() -> None:
    def nothing(name: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    address = Address("webhook", "https://hooks.example.org/", (SECRET,))
    assert Retry("no_such_name") == channel.send(outgoing(), address, channel.Settings(resolve=nothing))


def test_what_makes_no_address_in_the_end_is_a_failure_and_no_fault_of_ours() -> None:
    address = Address("webhook", "https://hooks.example.org/", (SECRET,))
    settings = channel.Settings(resolve=lambda _name, _port: ["127.0.0.1\x7f"], inside=True)
    assert Failed("not_an_address") == channel.send(outgoing(), address, settings)


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_a_name_that_points_inside_is_not_even_connected_to(inside: str) -> None:
    with http_server(lambda _: Answer(200)) as server:
        address = Address("webhook", f"https://hooks.example.org:{server.port}/", (SECRET,))
        assert Retry("not_public") == channel.send(outgoing(), address, channel.Settings(resolve=lambda _name, _port: [inside]))
        assert [] == server.asked


def test_a_name_that_changes_its_mind_between_check_and_connection_changes_nothing() -> None:
    """DNS rebinding: public when it is checked, inside when it is asked again. It is asked once, and we connect to what was checked."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def changes_its_mind(name: str, port: int) -> Sequence[str]:
        asked.append(name)
        return next(answers)

    with http_server(lambda _: Answer(200)) as server:
        address = Address("webhook", f"https://hooks.example.org:{server.port}/", (SECRET,))
        said = channel.send(outgoing(), address, channel.Settings(resolve=changes_its_mind, inside=True, timeout_s=2))
    assert ["hooks.example.org"] == asked
    assert not isinstance(said, Sent)  # no TLS here: that it came to this port at all shows where it went


def test_it_is_checked_again_at_each_send() -> None:
    answers: Iterator[Sequence[str]] = iter([[], ["10.0.0.1"]])

    def moves_inside(name: str, port: int) -> Sequence[str]:
        return next(answers)

    settings = channel.Settings(resolve=moves_inside)
    address = Address("webhook", "https://hooks.example.org/", (SECRET,))
    assert [Retry("no_such_name"), Retry("not_public")] == [channel.send(outgoing(), address, settings) for _ in range(2)]
