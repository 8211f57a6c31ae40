"""`POST /delivery-receipts` and `/delivery-receipts/notify`: what devices and GOV.UK Notify say of messages that went out.

Nobody is signed in here. A device shows the token that came inside its message, which is good once for each state and for no
other message; Notify shows the bearer token that it was told. What comes late, twice or out of order takes nothing back.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from alerting.console.answering import nothing_here, unread
from alerting.console.bodies import Sent, parsed, read, validated
from alerting.console.desk import Desk
from alerting.console.lines import public
from alerting.delivery import notify, results
from alerting.delivery.message import Failed, Outcome
from alerting.delivery.message import Sent as HandedOver
from alerting.delivery.sending import token_hash
from alerting.ledger import outbox
from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import RECEIPT_TOKEN
from alerting.ledger.unreachable import next_person
from schemas.delivery import DeliveryReceipt, NotifyReceipt
from schemas.problems import Problem

MOST_BYTES = 16 * 1024
Said = TypeVar("Said", bound=BaseModel)


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()
    tell_next = next_person(desk.terms)

    def of_device(writing: Writing, said: DeliveryReceipt) -> None:
        hashed = token_hash(said.token)
        row = writing.connection.execute(select(RECEIPT_TOKEN).where(RECEIPT_TOKEN.c.token_hash == hashed)).first()
        if row is None or row.message_id != said.delivery_id:
            raise nothing_here()
        if row.state is not None and outbox.RANK[row.state] >= outbox.RANK[said.state]:
            raise Problem("not_possible_now", "This has been said already. The token is spent for it.")
        writing.connection.execute(update(RECEIPT_TOKEN).where(RECEIPT_TOKEN.c.token_hash == hashed).values(state=said.state))
        outbox.receipt(writing, said.delivery_id, said.state)

    def of_notify(writing: Writing, said: NotifyReceipt) -> None:
        named = said.reference if said.reference and outbox.load(writing.connection, said.reference) else None
        message_id = named or next(
            (found for channel in notify.CHANNELS if (found := outbox.by_provider_ref(writing.connection, channel, said.id))), None
        )
        if message_id is not None:  # else of another system that shares the service: Notify is not told, or it would say it again
            results.said_later(writing, message_id, _outcome(said), tell_next)

    @router.post("/delivery-receipts", status_code=204, **public())
    async def receipt(request: Request) -> Response:
        """A device says that a message was shown, or opened."""
        await run_in_threadpool(desk.limits.take, "command", f"receipts {_peer(request)}", desk.real())
        sent = await read(request, MOST_BYTES)
        return await run_in_threadpool(_write, desk, sent, DeliveryReceipt, of_device)

    @router.post("/delivery-receipts/notify", status_code=204, **public())
    async def notify_receipt(request: Request) -> Response:
        """GOV.UK Notify says what became of a message. Its `Authorization` is the bearer token of our settings."""
        settings = desk.providers.notify
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if settings is None or not settings.callback_token or not hmac.compare_digest(shown.encode(), settings.callback_token.encode()):
            raise Problem("not_signed_in", "Expected the bearer token that Notify was told.", headers={"WWW-Authenticate": "Bearer"})
        sent = await read(request, MOST_BYTES)
        return await run_in_threadpool(_write, desk, sent, NotifyReceipt, of_notify)

    return router


def _write(desk: Desk, sent: Sent, model: type[Said], take: Callable[[Writing, Said], None]) -> Response:
    said = validated(model, parsed(sent))
    try:
        with desk.ledger.write(desk.clock()) as writing:
            take(writing, said)
    except (SQLAlchemyError, OSError):
        raise unread() from None
    desk.wake()
    return Response(status_code=204)


def _outcome(said: NotifyReceipt) -> Outcome:
    state = notify.STATES[said.status]
    return Failed(said.status.replace("-", "_")) if state == "failed" else HandedOver(ref=said.id, state=state)


def _peer(request: Request) -> str:
    return "" if request.client is None else request.client.host
