"""An organisation's notices from this house that it has not confirmed: ids only, so no entry."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.means import Means
from services.consent.usecases.place_system import place_system
from shared import outbox
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, Invalid, Unauthenticated


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """One notice. `body` is the same as over NATS."""

    position: int
    id: UUID
    name: str
    at: datetime
    body: msgspec.Raw


class InboxView(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first, at most 100."""

    notices: tuple[NoticeView, ...]


class ConfirmNotices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Notices that the organisation has made durable on its side."""

    ids: tuple[UUID, ...]


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """How many ids were named: one that was confirmed before, or is another's, counts the same."""

    confirmed: int


async def read_inbox(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> InboxView | AppError:
    """Everything not confirmed; a try without a grant is recorded. Nothing for a system that was revoked while it waited."""
    if await place_system(tx, caller.issuer, caller.client_id) != caller.organisation:
        raise Unauthenticated("not-logged-in")
    refusal = await check_grant(tx, caller, "inbox.read", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    return InboxView(
        notices=tuple(
            NoticeView(position=one.position, id=one.id, name=one.name, at=one.created_at, body=msgspec.Raw(one.body))
            for one in await outbox.open_notices(tx, caller.organisation)
        )
    )


async def confirm_notices(tx: Connection, means: Means, caller: Caller, request: ConfirmNotices, *, now: datetime) -> Confirmed | AppError:
    """These are not sent again."""
    refusal = await check_grant(tx, caller, "inbox.confirmed", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    await outbox.confirm(tx, caller.organisation, request.ids, now=now)
    return Confirmed(confirmed=len(request.ids))
