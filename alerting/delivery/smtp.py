"""E-mail to an officer by the force's own SMTP relay.

Not a mail system: one letter, one recipient, one connection. The relay's 4xx is tried again and its 5xx is not; a connection
lost once the letter was under way may have delivered it, so the next try is a repeat. The letter is built by the standard
library, which refuses a line break in a header, and the address is checked before: no header can be injected.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import BinaryIO, Literal, NamedTuple, cast, get_args

from alerting.delivery.deadline import WHOLE_TRY_S, connected, hold, within
from alerting.delivery.environment import needed, number
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent, WrongSettings
from alerting.delivery.trust import trusted

Security = Literal["starttls", "tls", "none"]
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_MOST_LINES = 100
"""Of one answer, each of at most 8 kB: a relay says twenty or so of what it can."""


class Settings(NamedTuple):
    """The relay. `authority_file`: certificates to trust, where they are not the machine's.

    `timeout_s` is of each read, `whole_s` of the whole try.
    """

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    authority_file: str | None = None
    timeout_s: float = 10.0
    whole_s: float = WHOLE_TRY_S


def settings(environment: Mapping[str, str]) -> Settings | None:
    """`VIGIL_SMTP_HOST`, `_PORT`, `_FROM`, `_SECURITY` (`starttls`, `tls`, `none`), `_USER`, `_PASSWORD`, `_CA_FILE`; None: no relay."""
    host = environment.get("VIGIL_SMTP_HOST", "").strip()
    if not host:
        return None
    security = environment.get("VIGIL_SMTP_SECURITY", "starttls")
    if security not in get_args(Security):
        raise WrongSettings(f"VIGIL_SMTP_SECURITY is {security!r}, expected one of {', '.join(get_args(Security))}")
    secured = cast("Security", security)
    sender = needed(environment, "VIGIL_SMTP_FROM", "VIGIL_SMTP_HOST")
    if not _ADDRESS.fullmatch(sender):
        raise WrongSettings("VIGIL_SMTP_FROM: expected one e-mail address, as vigil@example.org")
    user = environment.get("VIGIL_SMTP_USER", "")
    if user and secured == "none":
        raise WrongSettings("VIGIL_SMTP_USER is set and VIGIL_SMTP_SECURITY is none: the password would travel in the clear")
    return Settings(
        host=host,
        port=number(environment, "VIGIL_SMTP_PORT", _PORTS[secured]),
        sender=sender,
        security=secured,
        user=user,
        password=needed(environment, "VIGIL_SMTP_PASSWORD", "VIGIL_SMTP_USER") if user else "",
        authority_file=environment.get("VIGIL_SMTP_CA_FILE") or None,
    )


def send(message: Outgoing, to: Address, settings: Settings) -> Outcome:
    """One try. Sent means that the relay has it: there is no receipt from an e-mail."""
    if not _ADDRESS.fullmatch(to.value):
        return Failed("not_an_address")
    letter = _letter(message, to, settings)
    under_way = False
    try:
        with within(settings.whole_s), _connected(settings) as line:
            _said(line.mail(settings.sender))
            _said(line.rcpt(to.value))
            under_way = True
            _said(line.data(letter.as_bytes()))
    except _Refused as refused:
        return _outcome(refused.code)
    except smtplib.SMTPResponseException as refused:  # while greeting, at TLS or at signing in; and 354 withheld
        return Retry(f"smtp_{refused.smtp_code}")
    except ssl.SSLCertVerificationError:
        return Retry("relay_not_trusted")
    except _TalksOn:
        return Retry("relay_unreadable", unsure=under_way)
    except (OSError, smtplib.SMTPException):
        return Retry("relay_gone_away" if under_way else "relay_away", unsure=under_way)
    return Sent()


class _Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _said(answer: tuple[int, bytes]) -> None:
    """Whatever is not 2xx is a refusal. The relay's own words are not kept: they may repeat the address."""
    code, _ = answer
    if not 200 <= code < 300:  # noqa: PLR2004  RFC 5321: what is done
        raise _Refused(code)


def _outcome(code: int) -> Outcome:
    return Failed(f"smtp_{code}") if code >= 500 else Retry(f"smtp_{code}")  # noqa: PLR2004  RFC 5321: never


class _TalksOn(Exception):
    """No OSError: of those the library makes its own."""


class _Answer:
    """Read as the library reads, which keeps as many lines as come."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.lines = 0

    def readline(self, most: int) -> bytes:
        self.lines += 1
        line = self._file.readline(most)
        if self.lines > _MOST_LINES or len(line) == most:
            raise _TalksOn
        return line

    def close(self) -> None:
        self._file.close()


class _Bounded(smtplib.SMTP):
    """Connects within the time of the try, and hears no answer without end."""

    file: _Answer | None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connected(host, port, timeout)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Answer(cast("socket.socket", self.sock).makefile("rb"))
        self.file.lines = 0
        try:
            return super().getreply()
        except _TalksOn:
            self.close()
            raise


class _Line(_Bounded):
    """Its socket is held from the greeting on."""

    def __init__(self, settings: Settings) -> None:
        hold(lambda: self.sock)
        super().__init__(settings.host, settings.port, timeout=settings.timeout_s)


class _LineInTls(smtplib.SMTP_SSL, _Bounded):
    """As above. Its handshake is one read to the library, so it is bounded already."""

    def __init__(self, settings: Settings) -> None:
        hold(lambda: self.sock)
        super().__init__(settings.host, settings.port, timeout=settings.timeout_s, context=trusted(settings.authority_file))


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    with closing(_LineInTls(settings) if settings.security == "tls" else _Line(settings)) as line:
        if settings.security == "starttls":
            line.starttls(context=trusted(settings.authority_file))
        line.ehlo_or_helo_if_needed()
        if settings.user:
            line.login(settings.user, settings.password)
        try:
            yield line
        finally:
            with suppress(
                OSError, smtplib.SMTPException
            ):  # what it says to that changes nothing, and a result that waits for it may be lost
                line.putcmd("quit")


def _letter(message: Outgoing, to: Address, settings: Settings) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = settings.sender
    letter["To"] = to.value
    letter["Subject"] = message.text.sentence.partition(" https://")[0].partition(" http://")[0]
    letter["Date"] = format_datetime(message.at)
    letter["Message-ID"] = f"<{message.message_id}@{settings.sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"  # no out-of-office answer comes back
    letter.set_content(f"{message.text.sentence}\n")
    return letter
