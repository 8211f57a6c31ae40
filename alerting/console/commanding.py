"""Every command goes through here, so that every one is refused for the same reasons in the same order (console 1.1).

401, 429; then 404 (not yours to know), 403, 415, 413, 400, 428, 422, 412, 409. All of it is one transaction of the ledger:
what was found, checked and done belongs to one instant, and the answer is kept with its effect under the command's key. What
the version and the transition table say (412, 409, most 422) is the effect's to say. A route module writes what it finds and does:

    @command(desk, router, "/alerts/{alert_id}/shelve", right="alert.shelve", body=Shelve, find=alert_of, versioned=True)
    def shelve(writing: Writing, asked: Asked[Shelve, Record]) -> Answer: ...
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from alerting.console import csrf, idempotency
from alerting.console.answering import JSON_TYPE, NOBODY, Hidden, Shown, nothing_here, unread, write_denial, write_reading
from alerting.console.bodies import Sent, parsed, read, validated
from alerting.console.desk import Desk
from alerting.console.idempotency import Kept
from alerting.console.limits import Kind
from alerting.console.lines import SIGNED_IN, not_allowed
from alerting.console.openapi import described
from alerting.console.signed import Signed, SignedIn, step_up_needed
from alerting.ledger.store import Writing
from alerting.rights import Right, reach
from schemas.problems import MEDIA_TYPE, Problem
from schemas.problems import body as body_of

Said = TypeVar("Said", bound=BaseModel)
Subject = TypeVar("Subject")
MOST_BYTES = 64 * 1024
_ETAG = re.compile(r'"(\d{1,15})"')
_FORBIDDEN = 403


class Nothing(BaseModel):
    """The body of a command that says nothing."""


class Asked(NamedTuple, Generic[Said, Subject]):
    """A command that may be carried out. `version_seen`: of `If-Match`; None where it needs none and none was sent.

    `ahead`: what was found out before the ledger's line was taken, where the command says how.
    """

    signed: SignedIn
    subject: Subject
    body: Said
    version_seen: int | None
    request: Request
    ahead: str | None = None

    @property
    def officer_id(self) -> str:
        """Who says it."""
        return self.signed.session.officer_id


class Answer(NamedTuple):
    """What a command answers. `refused`: the effect said no and has written the try down, which is to stand (412, 409, some 422).

    An effect may also raise a `Problem`: then everything it wrote is taken back, and `tried` writes the try down.
    """

    body: object = None
    shown: Shown = NOBODY
    headers: Mapping[str, str] = MappingProxyType({})
    refused: Problem | None = None


Find = Callable[[Writing, SignedIn, Request], Subject]
May = Callable[[Writing, SignedIn, Subject], bool]
Do = Callable[[Writing, Asked[Said, Subject]], Answer]
Tried = Callable[[Writing, SignedIn, Subject, int | None, Problem], None]
Ahead = Callable[[SignedIn, Sent], str | None]


class Rule(NamedTuple, Generic[Said, Subject]):
    """One command as it was declared: see `command`."""

    body: type[Said]
    find: Find[Subject]
    may: May[Subject]
    do: Do[Said, Subject]
    tried: Tried[Subject]
    strong: Callable[[Subject], bool]
    versioned: bool
    keyed: bool
    rate: Kind
    status: int
    ahead: Ahead
    sealed: Callable[[Subject], tuple[str, str] | None]


def no_subject(_writing: Writing, _signed: SignedIn, _request: Request) -> None:
    """`find` of a command about nothing that is there yet."""


def no_history(_writing: Writing, _signed: SignedIn, _subject: object, _version_seen: int | None, _problem: Problem) -> None:
    """`tried` of something that has no history."""


def nothing_ahead(_signed: SignedIn, _sent: Sent) -> None:
    """`ahead` of what asks nobody but the ledger."""


def always(_subject: object) -> bool:
    """`strong` of what needs a fresh sign-in whatever it is about."""
    return True


def _never(_subject: object) -> bool:
    return False


def _no_report(_subject: object) -> None:
    return None


def by_role(right: Right | Literal["signed_in"]) -> Callable[[Writing, SignedIn, object], bool]:
    """`may`: whether any role of theirs has the right at all."""
    return lambda _writing, signed, _subject: right == SIGNED_IN or not reach(signed.actor, right).never


def version_seen_of(headers: Mapping[str, str]) -> int | None:
    """The version in `If-Match`; None without one. Anything but one strong tag of ours is `malformed`."""
    sent = headers.get("if-match")
    if sent is None:
        return None
    match = _ETAG.fullmatch(sent.strip())
    if match is None:
        raise Problem("malformed", 'Expected If-Match with the ETag that you were given, as "14".')
    return int(match[1])


def etag(version: int) -> Mapping[str, str]:
    """The header of an answer about something with a version."""
    return {"ETag": f'"{version}"'}


def command(  # noqa: PLR0913  a declaration: each word of it stands once, with its name
    desk: Desk,
    router: APIRouter,
    path: str,
    *,
    right: Right | Literal["signed_in"],
    body: type[Said],
    find: Find[Subject],
    may: May[Subject] | None = None,
    tried: Tried[Subject] = no_history,
    strong: Callable[[Subject], bool] = _never,
    versioned: bool = False,
    keyed: bool = True,
    method: str = "POST",
    status: int = 200,
    rate: Kind = "command",
    most_bytes: int = MOST_BYTES,
    ahead: Ahead = nothing_ahead,
    sealed: Callable[[Subject], tuple[str, str] | None] = _no_report,
) -> Callable[[Do[Said, Subject]], Do[Said, Subject]]:
    """A decorator: the function under it is the effect, called once every check has passed.

    `find` gives the subject, or raises `nothing_here()` or, where it exists and is not theirs, `Hidden`. `may`: else 403; by
    default whether any role of theirs has the right at all. `tried` writes a refused try into a history. `strong`: whether it
    needs a fresh sign-in. `versioned`: needs `If-Match`. `keyed=False`: a search or a reveal, which needs no Idempotency-Key.
    `ahead`: what somebody else must be asked, as a name server, while no writer waits; raises nothing, for its turn has not come.
    `sealed`: the report of code C that it is about: the row of its denial says that there is one.
    """

    def declare(do: Do[Said, Subject]) -> Do[Said, Subject]:
        rule = Rule(body, find, may or by_role(right), do, tried, strong, versioned, keyed, rate, status, ahead, sealed)

        async def endpoint(request: Request, signed: Signed) -> Response:
            sent = await read(request, most_bytes)
            return await run_in_threadpool(_carry_out, desk, rule, request, signed, sent)

        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            status_code=status,
            name=do.__name__,
            description=do.__doc__,
            openapi_extra=described(right, router.prefix + path, body, versioned=versioned, keyed=keyed),
            response_model=None,
        )
        return do

    return declare


def _carry_out(desk: Desk, rule: Rule[Said, Subject], request: Request, signed: SignedIn, sent: Sent) -> Response:
    """In a thread: everything after 401."""
    now = desk.clock()
    desk.limits.take(rule.rate, signed.session.name, desk.real())
    ahead = rule.ahead(signed, sent)
    try:
        try:
            with desk.ledger.write(now) as writing:
                kept = _Steps(writing, desk, rule, request, signed, sent, ahead).kept()
        except _Refused as refused:
            with desk.ledger.write(now) as writing:
                rule.tried(writing, signed, rule.find(writing, signed, request), refused.version_seen, refused.problem)
            raise refused.problem from None
    except (SQLAlchemyError, OSError):
        raise unread() from None
    desk.wake()
    return Response(kept.body, kept.status, dict(kept.headers), kept.media_type)


class _Refused(Exception):
    """The effect raised, and everything it wrote is taken back."""

    def __init__(self, version_seen: int | None, problem: Problem) -> None:
        self.version_seen = version_seen
        self.problem = problem
        super().__init__(problem.code)


class _Steps(Generic[Said, Subject]):
    """The checks of one command, in their order, within its transaction."""

    def __init__(
        self,
        writing: Writing,
        desk: Desk,
        rule: Rule[Said, Subject],
        request: Request,
        signed: SignedIn,
        sent: Sent,
        ahead: str | None,
    ) -> None:
        self._writing = writing
        self._desk = desk
        self._rule = rule
        self._request = request
        self._signed = signed
        self._sent = sent
        self._ahead = ahead
        self._officer_id = signed.session.officer_id
        self._print = idempotency.fingerprint(request.method, request.url.path, sent.raw)

    def kept(self) -> Kept:
        """The answer, new or given before. A refusal is an answer too; raises `_Refused` where the effect raised."""
        given = self._given_before_and_shows_nobody()
        if given is not None:
            return given
        try:
            subject = self._rule.find(self._writing, self._signed, self._request)
        except Hidden as hidden:
            write_denial(self._writing, self._request, self._signed, hidden.subject_ids, nothing_here())
            return self._problem(nothing_here())
        except Problem as problem:
            return self._problem(problem)
        version_seen: int | None = None
        try:
            self._may(subject)
            said = parsed(self._sent)
            key = idempotency.key_of(self._request.headers) if self._rule.keyed else None
            version_seen = version_seen_of(self._request.headers)
            self._has_version(version_seen)
            given = None if key is None else idempotency.kept(self._writing, self._officer_id, key, self._print)
            if given is not None:
                self._read(Shown(given.purpose, given.subject_ids, given.fields, given.reason, given.role, given.report))
                return given
            asked = Asked(self._signed, subject, validated(self._rule.body, said), version_seen, self._request, self._ahead)
        except Problem as problem:
            self._rule.tried(self._writing, self._signed, subject, version_seen, problem)
            if problem.status == _FORBIDDEN:
                names, report = tuple(self._request.path_params.values()), self._rule.sealed(subject)
                write_denial(self._writing, self._request, self._signed, names, problem, report)
            return self._problem(problem)
        return self._do(asked, key)

    def _given_before_and_shows_nobody(self) -> Kept | None:
        """What took a thing away must give the same answer again, though the thing is no longer to be found.

        What always needs a fresh sign-in needs one again: its answer may hold a secret.
        """
        if self._rule.strong is always and not self._signed.session.fresh(self._desk.real()):
            return None
        try:
            key = idempotency.key_of(self._request.headers)
            given = idempotency.kept(self._writing, self._officer_id, key, self._print) if self._rule.keyed else None
            self._from_our_page()
        except Problem:
            return None  # said when its turn comes
        return given if given is not None and not given.subject_ids else None

    def _may(self, subject: Subject) -> None:
        self._from_our_page()
        if not self._rule.may(self._writing, self._signed, subject):
            raise not_allowed()
        if self._rule.strong(subject) and not self._signed.session.fresh(self._desk.real()):
            raise step_up_needed()

    def _has_version(self, version_seen: int | None) -> None:
        if self._rule.versioned and version_seen is None:
            raise Problem("version_needed", 'Expected If-Match with the ETag of the alert as you saw it, as "14".')

    def _from_our_page(self) -> None:
        csrf.check(self._request.headers, None, token=self._signed.session.csrf, origin=self._desk.settings.origin)

    def _do(self, asked: Asked[Said, Subject], key: str | None) -> Kept:
        try:
            answer = self._rule.do(self._writing, asked)
        except Problem as problem:
            raise _Refused(asked.version_seen, problem) from None
        self._read(answer.shown)
        if answer.refused is not None:
            kept = self._problem(answer.refused, answer.shown)
        else:
            said = b"" if answer.body is None else msgspec.json.encode(answer.body)
            kept = _kept(self._rule.status, answer.headers, said, JSON_TYPE, answer.shown)
        if key is not None:
            idempotency.keep(self._writing, self._officer_id, key, self._print, kept)
        return kept

    def _read(self, shown: Shown) -> None:
        if shown.subject_ids:
            write_reading(self._writing, self._request, self._signed, shown)

    def _problem(self, problem: Problem, shown: Shown = NOBODY) -> Kept:
        text = body_of(problem, instance=self._request.url.path, request_id=self._request.state.request_id)
        return _kept(problem.status, problem.headers, text, MEDIA_TYPE, shown)


def _kept(status: int, headers: Mapping[str, str], said: bytes, media_type: str, shown: Shown) -> Kept:
    return Kept(
        status=status,
        headers=dict(headers),
        body=said,
        media_type=media_type,
        subject_ids=tuple(shown.subject_ids),
        fields=tuple(shown.fields),
        purpose=shown.purpose,
        reason=shown.reason,
        role=shown.role,
        report=shown.report,
    )
