"""The only way out of a house: a row in the transaction that changed the state. The relay does the rest."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql, telemetry
from shared.contracts.entry import Entry
from shared.contracts.message import Event, Notice
from shared.database import Connection
from shared.ids import new_id

QUERIES = sql.load("shared", "outbox.sql")


async def add(tx: Connection, event: Event, *, now: datetime) -> UUID:
    """Put an event for other houses into the outbox; it is sent after the commit and again until every receiver has it."""
    event_id = event.entry_id if isinstance(event, Entry) else new_id(now)
    await _insert(tx, event_id, event.name, None, event, event.receivers, now)
    return event_id


async def notify(tx: Connection, organisation: str, notice: Notice, *, now: datetime) -> UUID:
    """Put a notice for one organisation into the outbox."""
    notice_id = new_id(now)
    await _insert(tx, notice_id, notice.name, organisation, notice, (organisation,), now)
    return notice_id


async def _insert(
    tx: Connection, row_id: UUID, name: str, organisation: str | None, body: msgspec.Struct, receivers: tuple[str, ...], now: datetime
) -> None:
    await tx.execute(
        QUERIES["add_outbox"], row_id, name, organisation, msgspec.json.encode(body), telemetry.traceparent(), list(receivers), now
    )
