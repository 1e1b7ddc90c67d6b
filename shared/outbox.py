"""The only way out of a house: a row in the transaction that changed the state. The relay does the rest."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql, telemetry
from shared.contracts.entry import Entry
from shared.contracts.message import Event, Notice
from shared.database import Connection
from shared.ids import new_id

QUERIES = sql.load("shared", "outbox.sql")


class OpenNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that its organisation has not confirmed, for the inbox over HTTP."""

    position: int
    """Grows with each row of this house; ask for what comes after the last one seen."""
    id: UUID
    name: str
    body: bytes
    created_at: datetime


async def add(tx: Connection, event: Event, *, now: datetime) -> UUID:
    """Put an event for other houses into the outbox; it is sent after the commit and again until every receiver has it."""
    event_id, log = (event.entry_id, event.organisation) if isinstance(event, Entry) else (new_id(now), None)
    body, trace = msgspec.json.encode(event), telemetry.traceparent()
    await tx.execute(QUERIES["add_outbox"], event_id, event.name, None, log, body, trace, list(event.receivers), now)
    return event_id


async def notify(tx: Connection, organisation: str, notice: Notice, *, now: datetime) -> UUID:
    """Put a notice for one organisation into the outbox; it is sent again, ever more seldom, until the organisation confirms it."""
    notice_id, body, trace = new_id(now), msgspec.json.encode(notice), telemetry.traceparent()
    await tx.execute(QUERIES["add_outbox"], notice_id, notice.name, organisation, None, body, trace, [organisation], now)
    return notice_id


async def receive(tx: Connection, receiver: str, event_ids: Sequence[UUID], *, now: datetime) -> None:
    """A house has committed these events. Unknown ids, and receivers that an event does not name, change nothing."""
    await tx.execute(QUERIES["receive_events"], receiver, event_ids, now)


async def confirm(tx: Connection, organisation: str, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """An organisation has these notices. Another organisation's ids change nothing, and that cannot be told apart (I6)."""
    await tx.execute(QUERIES["confirm_notices"], organisation, notice_ids, now)


async def open_notices(tx: Connection, organisation: str, *, after: int = 0, limit: int = 100) -> list[OpenNotice]:
    """What the organisation has not confirmed, oldest first, after a position."""
    return sql.structs(OpenNotice, await tx.fetch(QUERIES["select_open_notices"], organisation, after, limit))


async def is_open(tx: Connection, row_id: UUID) -> bool:
    """Whether a receipt is still missing. An entry of this house is sequenced exactly when its row is not open (DESIGN 8)."""
    return bool(await tx.fetchval(QUERIES["is_open"], row_id))


async def oldest_entry(tx: Connection, organisation: str) -> datetime | None:
    """When the organisation's oldest entry was made that audit has not sequenced; None when all are."""
    oldest: datetime | None = await tx.fetchval(QUERIES["oldest_entry"], organisation)
    return oldest
