"""Messages that could not be taken: visible to the operator, and replayed as a use case when their cause is gone."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared import sql
from shared.contracts.message import Event
from shared.database import Connection
from shared.errors import Conflict, NotFound
from shared.inbox import QUERIES, Handles
from shared.streams import publishers


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead message with the code of why. The body may hold ids and an entry's person part: show it to the operator only."""

    id: UUID
    source: str
    name: str
    subject: str
    headers: dict[str, Any]
    body: bytes
    reason: str
    died_at: datetime
    replayed_at: datetime | None = None


async def list_dead_letters(tx: Connection, *, limit: int = 100) -> list[DeadLetter]:
    """The newest first."""
    return sql.structs(DeadLetter, await tx.fetch(QUERIES["list_dead_letters"], limit))


async def find_dead_letter(tx: Connection, letter_id: UUID) -> DeadLetter | None:
    """One of them."""
    row = await tx.fetchrow(QUERIES["find_dead_letter"], letter_id)
    return None if row is None else sql.struct(DeadLetter, row)


async def replay_dead_letter(tx: Connection, handles: Handles, letter_id: UUID, *, now: datetime) -> DeadLetter:
    """Take the message as if it came now; it still happens at most once.

    Raises NotFound, Conflict when this house still cannot take it, and what the handler raises.
    """
    row = await tx.fetchrow(QUERIES["lock_dead_letter"], letter_id)
    if row is None:
        raise NotFound
    letter = sql.struct(DeadLetter, row)
    kind, event = _read(letter, handles)
    if await tx.fetchval(QUERIES["remember_message"], letter.source, letter.id, now):
        await handles[kind](tx, event, now=now)
    await tx.execute(QUERIES["mark_replayed"], letter.id, now)
    return msgspec.structs.replace(letter, replayed_at=now)


def _read(letter: DeadLetter, handles: Handles) -> tuple[type[Event], Event]:
    kind = next((k for k in handles if k.name == letter.name and letter.source in publishers(k)), None)
    if kind is None or not letter.subject.endswith(".v1"):
        raise Conflict("dead-letter-not-understood")
    try:
        return kind, msgspec.json.decode(letter.body, type=kind)
    except msgspec.DecodeError as error:
        raise Conflict("dead-letter-not-understood") from error
