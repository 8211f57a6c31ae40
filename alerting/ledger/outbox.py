"""What is to leave the building: made in the transaction that alarms, claimed with a lease by whoever sends, ended by its result.

Not how anything is sent (`alerting.delivery`), and not to whom (`alerting.lifecycle.door`). A message has a name derived from what
it says to whom, so that it is never made twice; after a lost lease it goes out again, marked as a repeat. Critical ones first.
One whose repeat is lost as well may have arrived twice: nobody sends it again here, it stands in doubt until it is looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from alerting.ledger.one_of import one_of
from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.risk_order import SEVERITIES
from alerting.wording import MayLeave
from schemas.delivery import Channel, DeliveryState
from schemas.finding import Severity

RANK: Mapping[DeliveryState, int] = {
    "queued": 0,
    "sending": 1,
    "handed_over": 2,
    "failed": 3,
    "gave_up": 3,
    "delivered": 4,
    "shown": 5,
    "opened": 6,
}
"""How far a message got: a receipt that comes out of order never takes it back. `failed`: a provider that had taken it says so."""
CHANNELS: tuple[Channel, ...] = get_args(Channel)
ASKED_FIRST: frozenset[Channel] = frozenset({"sms"})
"""Its provider says before a repeat whether it has the message, so one try more adds no copy: never in doubt."""
IN_DOUBT = "may_have_arrived_twice"
ANSWERED = "answered_meanwhile"
"""Why a message stands as handed over although nobody said that they took it; and how it ends where nobody need be told any more."""
_read = msgspec.json.Decoder(MayLeave).decode
_THERE = select(OUTBOX.c.message_id).where(one_of(OUTBOX.c.message_id, "names"))
_QUEUED = insert(OUTBOX)
_STEPS = insert(DELIVERY).inline()  # nobody asks for their numbers
NOT_HELD = ~one_of(func.coalesce(OUTBOX.c.target, OUTBOX.c.officer_id, ""), "held")
"""It goes to none of these officers and webhooks."""
_DUE = (
    select(OUTBOX)
    .where(OUTBOX.c.place_severity == bindparam("severity"), OUTBOX.c.next_at <= bindparam("now"))
    .where(OUTBOX.c.state.in_(("queued", "sending")), OUTBOX.c.channel.in_(bindparam("channels", expanding=True)), NOT_HELD)
    .order_by(OUTBOX.c.next_at, OUTBOX.c.message_id)
    .limit(bindparam("most"))
)
_TO_LOOK_AT = (
    select(OUTBOX.c.message_id, OUTBOX.c.provider_ref)
    .where(OUTBOX.c.place_severity.in_(list(SEVERITIES.values())), OUTBOX.c.next_at <= bindparam("now"))
    .where(OUTBOX.c.state == "handed_over", OUTBOX.c.channel.in_(bindparam("channels", expanding=True)))
    .order_by(OUTBOX.c.place_severity, OUTBOX.c.next_at, OUTBOX.c.message_id)
    .limit(bindparam("most"))
)
_OURS = OUTBOX.c.message_id == bindparam("this")
_AFTER = select(OUTBOX.c.after_id).where(_OURS)
_TRYING = select(OUTBOX.c.leased_until_at).where(_OURS, OUTBOX.c.attempts == bindparam("try"), OUTBOX.c.state == "sending")
_CLAIMED = (
    update(OUTBOX)
    .where(_OURS)
    .values(
        state="sending",
        attempts=OUTBOX.c.attempts + 1,
        repeat=bindparam("again"),
        leased_until_at=bindparam("until"),
        next_at=bindparam("until"),
    )
)
_TRIED = (
    update(OUTBOX)
    .where(_OURS, OUTBOX.c.attempts == bindparam("try"), OUTBOX.c.state == "sending")
    .values(state=bindparam("now_state"), leased_until_at=None, next_at=bindparam("next"))
)
_TRIED_UNSURE = _TRIED.values(repeat=True)
_DOUBT_OVER = update(OUTBOX).where(_OURS, OUTBOX.c.state == "handed_over", OUTBOX.c.next_at.is_not(None)).values(next_at=None)
_UNTRIED = update(OUTBOX).where(_OURS, OUTBOX.c.state == "queued").values(state="gave_up", next_at=None)
_REFERRED = update(OUTBOX).where(_OURS).values(provider_ref=bindparam("ref"))


class Message(NamedTuple):
    """Something to send. `officer_id` None: to a webhook or a topic. `after_id`: the message that failed, in whose place it is made."""

    alert_id: str
    channel: Channel
    occasion: str
    severity: Severity
    text: MayLeave
    officer_id: str | None = None
    role: str | None = None
    target: str | None = None
    after_id: str | None = None

    @property
    def to(self) -> str:
        """Whom it goes to: the officer, or the webhook. Empty: a topic."""
        return self.target or self.officer_id or ""

    @property
    def message_id(self) -> str:
        """The same message has the same name, whoever makes it and however often."""
        parts = (self.alert_id, self.officer_id or "", self.occasion, self.channel, self.target or "", self.after_id or "")
        return "ms_" + hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


class Claimed(NamedTuple):
    """A message that is ours to send until the lease ends. `attempts` counts this one; `repeat`: it may have gone out before.

    `lost_again`: so may a repeat of it, whose sender died too. It is not to be sent: `in_doubt` must follow in the same
    transaction, and `attempts` and the lease are those of the try that was lost.
    """

    message_id: str
    message: Message
    attempts: int
    repeat: bool
    made_at: datetime
    leased_until_at: datetime
    lost_again: bool = False


def make(writing: Writing, messages: Iterable[Message], new_alerts: Collection[str] = ()) -> tuple[str, ...]:
    """Queue those that are not there yet; their names. `new_alerts`: nothing was ever said of these."""
    wanted = {message.message_id: message for message in messages}
    asked = [name for name, message in wanted.items() if message.alert_id not in new_alerts]
    there = set(writing.connection.execute(_THERE, {"names": asked}).scalars()) if asked else set()
    rows = [_row(name, message, writing.now) for name, message in wanted.items() if name not in there]
    writing.put(_QUEUED, rows)
    writing.put(_STEPS, [_step(str(row["message_id"]), writing.now, "queued") for row in rows])
    writing.flush()
    return tuple(str(row["message_id"]) for row in rows)


def _all_fit(_claimed: Claimed) -> bool:
    return True


def claim(
    writing: Writing,
    lease: timedelta,
    limit: int = 50,
    channels: Collection[Channel] = CHANNELS,
    held: Collection[str] = (),
    fits: Callable[[Claimed], bool] = _all_fit,
) -> tuple[Claimed, ...]:
    """Take what is due, the most urgent first, for so long: whoever has not said a result by then may have died in the middle.

    `channels`: of these alone, so that a slow relay holds up nobody's SMS. `held`: nothing to these officers and webhooks. `fits`: asked
    of each in its order, and one that does not stays as it is.
    """
    rows: list[Row[tuple[object, ...]]] = []
    for severity in SEVERITIES.values():
        asked = {"severity": severity, "now": writing.now, "channels": list(channels), "held": sorted(held), "most": limit - len(rows)}
        rows += writing.connection.execute(_DUE, asked).all()
        if len(rows) >= limit:
            break
    until_at = writing.now + lease
    found = tuple(one for row in rows if (one := _claimed(row, until_at)).lost_again or fits(one))
    ours = [one for one in found if not one.lost_again]
    writing.put(_CLAIMED, [{"this": one.message_id, "again": one.repeat, "until": until_at} for one in ours])
    steps = [_step(one.message_id, writing.now, "sending", "lease lost" if one.repeat else "", repeat=one.repeat) for one in ours]
    writing.put(_STEPS, steps)
    writing.flush()
    return found


def _claimed(row: Row[tuple[object, ...]], until_at: datetime) -> Claimed:
    lost = row.state == "sending"
    message = message_of(row)
    if lost and row.repeat and message.channel not in ASKED_FIRST:
        return Claimed(row.message_id, message, row.attempts, True, row.made_at, row.leased_until_at, lost_again=True)  # noqa: FBT003  as declared
    repeat = row.repeat or lost
    text = msgspec.structs.replace(message.text, repeat=repeat or message.text.repeat)
    return Claimed(row.message_id, message._replace(text=text), row.attempts + 1, repeat, row.made_at, until_at)


def is_ours(connection: Connection, sent: Claimed) -> bool:
    """Whether no result of this try is written down, and nobody else has claimed the message since."""
    return connection.execute(_TRYING, {"this": sent.message_id, "try": sent.attempts}).first() is not None


def is_as_claimed(connection: Connection, claimed: Claimed) -> bool:
    """Whether the message stands as this claim left it, the lease too."""
    row = connection.execute(_TRYING, {"this": claimed.message_id, "try": claimed.attempts}).first()
    return row is not None and row.leased_until_at == claimed.leased_until_at


def handed_over(writing: Writing, sent: Claimed, provider_ref: str | None = None, look_again_at: datetime | None = None) -> None:
    """The provider has taken it. `look_again_at`: when to ask how far it got, where nobody tells us."""
    if provider_ref is not None:  # also where its receipt was quicker than we
        writing.put(_REFERRED, [{"this": sent.message_id, "ref": provider_ref}])
    _result(writing, sent, "handed_over", look_again_at)


def retry(writing: Writing, sent: Claimed, at: datetime, detail: str, *, unsure: bool = False) -> None:
    """It is tried again at that instant. `detail`: a named reason, never an address. `unsure`: it may have arrived all the same."""
    _result(writing, sent, "queued", at, detail, unsure=sent.repeat or unsure)


def in_doubt(writing: Writing, lost: Claimed, look_at: datetime | None) -> None:
    """It may have arrived twice, so it stands as handed over, unproven. `look_at`: when to see whether anybody has answered."""
    _result(writing, lost, "handed_over", look_at, IN_DOUBT)


def answered(writing: Writing, message_id: str) -> None:
    """Nothing more need be said of one that stood in doubt. Whoever looked at it too, and came second, says no more."""
    ended = writing.connection.execute(_DOUBT_OVER, {"this": message_id})
    if ended.rowcount:
        writing.connection.execute(insert(DELIVERY), [_step(message_id, writing.now, "handed_over", ANSWERED)])


def given_up_untried(writing: Writing, message_id: str, detail: str) -> bool:
    """As `gave_up`, of one that nobody has claimed, or whose next try nobody has; whether it was still so."""
    ended = writing.connection.execute(_UNTRIED, {"this": message_id})
    if ended.rowcount:
        writing.connection.execute(insert(DELIVERY), [_step(message_id, writing.now, "gave_up", detail)])
    return bool(ended.rowcount)


def gave_up(writing: Writing, sent: Claimed, detail: str) -> None:
    """It will not go out this way; what is made in its place names it in `after_id`."""
    _result(writing, sent, "gave_up", None, detail)


def receipt(writing: Writing, message_id: str, state: DeliveryState, detail: str = "") -> bool:
    """What a provider or a device says later; whether it was news."""
    known = writing.connection.execute(select(OUTBOX.c.state).where(OUTBOX.c.message_id == message_id)).scalar()
    if known is None or RANK[state] <= RANK[_state(known)]:
        return False
    ends = {"state": state, "next_at": None, "leased_until_at": None}
    writing.connection.execute(update(OUTBOX).where(OUTBOX.c.message_id == message_id).values(ends))
    writing.connection.execute(insert(DELIVERY), [_step(message_id, writing.now, state, detail)])
    return True


def to_look_at(
    connection: Connection, now: datetime, limit: int = 50, channels: Collection[Channel] = CHANNELS
) -> tuple[tuple[str, str], ...]:
    """Messages of which nobody tells us how far they got, and that are due to be asked about: name and the provider's reference.

    The most urgent first.
    """
    asked = {"now": now, "most": limit, "channels": sorted(channels)}
    return tuple((name, ref or "") for name, ref in connection.execute(_TO_LOOK_AT, asked))


def look_again(writing: Writing, message_id: str, at: datetime | None) -> None:
    """When to ask next how far it got; None: never."""
    there = (OUTBOX.c.message_id == message_id, OUTBOX.c.state == "handed_over")
    writing.connection.execute(update(OUTBOX).where(*there).values(next_at=at))


def by_provider_ref(connection: Connection, channel: Channel, provider_ref: str) -> str | None:
    """The message that a provider's receipt speaks of."""
    asked = select(OUTBOX.c.message_id).where(OUTBOX.c.provider_ref == provider_ref, OUTBOX.c.channel == channel)
    return connection.execute(asked).scalar()


class Stored(NamedTuple):
    """A message as it stands. `handed_over_at`: when a provider took it, last; or `in_doubt`, when nobody knew any more whether one had."""

    message: Message
    state: DeliveryState
    provider_ref: str | None
    made_at: datetime
    handed_over_at: datetime | None
    in_doubt: bool = False


def load(connection: Connection, message_id: str) -> Stored | None:
    """One message by its name."""
    row = connection.execute(select(OUTBOX).where(OUTBOX.c.message_id == message_id)).first()
    if row is None:
        return None
    asked = select(DELIVERY.c.at, DELIVERY.c.detail).where(DELIVERY.c.message_id == message_id, DELIVERY.c.state == "handed_over")
    last = connection.execute(asked.order_by(DELIVERY.c.number.desc()).limit(1)).first()
    at, in_doubt = (None, False) if last is None else (last.at, last.detail == IN_DOUBT)
    return Stored(message_of(row), _state(row.state), row.provider_ref, row.made_at, at, in_doubt)


def message_of(row: Row[tuple[object, ...]]) -> Message:
    """The message that a row of the outbox holds."""
    return Message(
        alert_id=row.alert_id,
        channel=row.channel,
        occasion=row.occasion,
        severity=_severity(row.place_severity),
        text=_read(row.text),
        officer_id=row.officer_id,
        role=row.role,
        target=row.target,
        after_id=row.after_id,
    )


def first_of(connection: Connection, after_id: str) -> str:
    """The message at which the line began of those that were made each in place of the one before, up to this one."""
    while (before := connection.execute(_AFTER, {"this": after_id}).scalar()) is not None:
        after_id = before
    return after_id


def next_at(connection: Connection) -> datetime | None:
    """When the next message is due; None while none waits."""
    found = [_first_of(connection, severity) for severity in SEVERITIES.values()]
    return min((at for at in found if at is not None), default=None)


def _first_of(connection: Connection, severity: int) -> datetime | None:
    asked = select(OUTBOX.c.next_at).where(OUTBOX.c.place_severity == severity, OUTBOX.c.next_at.is_not(None))
    return connection.execute(asked.order_by(OUTBOX.c.next_at).limit(1)).scalar()


def _result(
    writing: Writing, sent: Claimed, state: DeliveryState, next_at: datetime | None, detail: str = "", *, unsure: bool = False
) -> None:
    """Written down always; it decides only where nobody else has claimed the message since, and nothing further is known of it."""
    ours = {"this": sent.message_id, "try": sent.attempts, "now_state": state, "next": next_at}
    writing.put(_TRIED_UNSURE if unsure else _TRIED, [ours])
    writing.put(_STEPS, [_step(sent.message_id, writing.now, state, detail, repeat=sent.repeat)])
    writing.flush()


def _step(message_id: str, at: datetime, state: DeliveryState, detail: str = "", *, repeat: bool = False) -> dict[str, object]:
    return {"message_id": message_id, "at": at, "state": state, "repeat": repeat, "detail": detail}


def _row(name: str, message: Message, now: datetime) -> dict[str, object]:
    return {
        "message_id": name,
        "alert_id": message.alert_id,
        "officer_id": message.officer_id,
        "role": message.role,
        "target": message.target,
        "channel": message.channel,
        "occasion": message.occasion,
        "place_severity": SEVERITIES[message.severity],
        "text": msgspec.json.encode(message.text).decode(),
        "made_at": now,
        "state": "queued",
        "attempts": 0,
        "repeat": False,
        "next_at": now,
        "leased_until_at": None,
        "provider_ref": None,
        "after_id": message.after_id,
    }


def _state(said: str) -> DeliveryState:
    return next(state for state in RANK if state == said)


def _severity(said: int) -> Severity:
    return next(severity for severity, number in _NUMBERED if number == said)


_NUMBERED: tuple[tuple[Severity, int], ...] = tuple((severity, SEVERITIES[severity]) for severity in get_args(Severity))
