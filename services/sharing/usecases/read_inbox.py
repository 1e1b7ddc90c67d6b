"""An organisation's notices that it has not confirmed: ids only, so no entry."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Hidden
from services.sharing.storage import handling, inbox, register
from services.sharing.usecases.authorise import grants_now
from services.sharing.usecases.record import hide
from shared import outbox
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.outbox import OpenNotice

MOST = 100


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
    """How many ids were named: an id that was confirmed before, or is another's, counts the same."""

    confirmed: int


async def read_inbox(tx: Connection, caller: Caller, *, now: datetime) -> InboxView | Hidden:
    """Everything not confirmed; a try without a grant in force, or of a system that was revoked while it waited, is recorded.

    A person does not see those of a protected identity that they are not named for; a system gets all, for it must fetch and confirm.
    Never only what lies after a position: a transaction may commit later with an earlier one.
    """
    if caller.organisation is None or not await _speaks(tx, caller, now=now) or not await grants_now(tx, caller, now=now):
        return await hide(tx, caller, owner=None, now=now)
    return InboxView(
        notices=tuple(
            NoticeView(position=notice.position, id=notice.id, name=notice.name, at=notice.created_at, body=msgspec.Raw(notice.body))
            for notice in await _open(tx, caller, caller.organisation)
        )
    )


async def _open(tx: Connection, caller: Caller, organisation: str) -> list[OpenNotice]:
    if caller.kind is Kind.PERSON:
        return await inbox.for_reader(tx, organisation, handling.reader(caller), limit=MOST)
    return await outbox.open_notices(tx, organisation, limit=MOST)


async def _speaks(tx: Connection, caller: Caller, *, now: datetime) -> bool:
    """Whether a system is still its organisation's; a person's grants say it alone."""
    if caller.kind is Kind.PERSON:
        return True
    return await register.organisation_of_system(tx, caller.issuer, caller.client_id, now=now) == caller.organisation


async def confirm_notices(tx: Connection, caller: Caller, request: ConfirmNotices, *, now: datetime) -> Confirmed | Hidden:
    """These are not sent again."""
    if caller.organisation is None or not await grants_now(tx, caller, now=now):
        return await hide(tx, caller, owner=None, now=now)
    await outbox.confirm(tx, caller.organisation, request.ids, now=now)
    return Confirmed(confirmed=len(request.ids))
