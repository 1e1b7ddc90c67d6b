"""Questions to families, what was shown, and the immutable answers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.domain.request import AskedRow, Request, Served
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "requests.sql")


class OwnAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has answered on one row: shown to nobody else in the family."""

    row_number: int
    choice: Choice
    served_id: UUID | None
    answered_at: datetime
    reason: str | None = None
    way: str


class NewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable answer row."""

    answer_id: UUID
    request_id: UUID
    row_number: int
    person_id: UUID
    choice: Choice
    way: str
    issuer: str
    acr: str
    authenticated_at: datetime | None
    served_id: UUID | None
    answered_at: datetime
    recorded_at: datetime
    recording_id: UUID | None = None
    reason: str | None = None


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The latest request that asked for a row."""

    request_id: UUID
    regime: str
    asked_at: datetime
    answer_by: datetime
    last_day: date


async def keep_text(tx: Connection, sha256: bytes, text_id: str, version: int, body: Any, *, now: datetime) -> None:
    """Keep the text as asked; the same bytes are kept once."""
    await tx.execute(QUERIES["keep_text"], sha256, text_id, version, body, now)


async def text(tx: Connection, sha256: bytes) -> Any:
    """The text of an old request, whatever the files say now."""
    return await tx.fetchval(QUERIES["get_text"], sha256)


async def add(tx: Connection, request: Request, rows: Sequence[AskedRow]) -> bool:
    """Keep a request; False when this id has been asked already, and then nothing is written."""
    values = msgspec.structs.astuple(request)
    if await tx.fetchval(QUERIES["add_request"], *values) is None:
        return False
    await tx.executemany(QUERIES["add_request_row"], [(request.request_id, one.row_number, *key_values(one.key)) for one in rows])
    return True


async def get(tx: Connection, request_id: UUID) -> Request | None:
    """One request; who may see it is the use case's to judge."""
    row = await tx.fetchrow(QUERIES["get_request"], request_id)
    return None if row is None else sql.struct(Request, row)


async def of_children(tx: Connection, children: Sequence[UUID]) -> list[Request]:
    """All requests about these children, newest first."""
    return sql.structs(Request, await tx.fetch(QUERIES["list_requests"], list(children)))


async def about(tx: Connection, person_id: UUID) -> list[Request]:
    """Requests with a row about a third person."""
    return sql.structs(Request, await tx.fetch(QUERIES["list_requests_about"], str(person_id)))


async def unsettled(tx: Connection, after: UUID, today: date, now: datetime, limit: int) -> list[Request]:
    """Requests with a row that they have not made hold, or with an open task, in order of their id."""
    return sql.structs(Request, await tx.fetch(QUERIES["open_requests"], after, today, now, limit))


async def unsettled_of(
    tx: Connection,
    organisation: str,
    units: Sequence[str] | None,
    *,
    reader: str,
    after: UUID,
    today: date,
    now: datetime,
    limit: int,
) -> list[Request]:
    """The same of one organisation's units, None being every unit; protected identity only for a `reader` among the handlers."""
    listed = None if units is None else list(units)
    return sql.structs(Request, await tx.fetch(QUERIES["unsettled_of"], organisation, listed, reader, after, today, now, limit))


async def rows(tx: Connection, request_id: UUID) -> list[AskedRow]:
    """The rows of one request in their order."""
    return [asked_row(row) for row in await tx.fetch(QUERIES["list_rows"], request_id)]


async def latest_round(tx: Connection, key: RowKey) -> Round | None:
    """In which request a row was last asked for."""
    row = await tx.fetchrow(QUERIES["latest_round"], *key_values(key))
    return None if row is None else sql.struct(Round, row)


async def own_answers(tx: Connection, request_id: UUID, person_id: UUID) -> dict[int, OwnAnswer]:
    """A person's own latest answer on each row."""
    found = sql.structs(OwnAnswer, await tx.fetch(QUERIES["own_answers"], request_id, person_id))
    return {one.row_number: one for one in found}


async def ways(tx: Connection, request_id: UUID, *, until: datetime) -> tuple[str, ...]:
    """How the answers to a question had come by then, each way once; not whose came how."""
    return tuple(row["way"] for row in await tx.fetch(QUERIES["ways_of_answers"], request_id, until))


async def add_answer(tx: Connection, answer: NewAnswer) -> None:
    """Add one answer; nothing ever changes one."""
    await tx.execute(QUERIES["add_answer"], *msgspec.structs.astuple(answer))


async def add_served(tx: Connection, served: Served) -> None:
    """Keep what was shown."""
    await tx.execute(QUERIES["add_served"], *msgspec.structs.astuple(served))


async def served(tx: Connection, served_id: UUID) -> Served | None:
    """What was shown under this id."""
    row = await tx.fetchrow(QUERIES["get_served"], served_id)
    return None if row is None else sql.struct(Served, row)


def key_values(key: RowKey) -> tuple[UUID, str, str, str, str, str]:
    """A key in the order of the columns."""
    return key.subject_id, key.discloser_unit, key.recipient_unit, key.purpose, key.category, key.about


def asked_row(row: sql.Row) -> AskedRow:
    """One row of a request from its columns."""
    return AskedRow(row_number=row["row_number"], key=row_key(row))


def row_key(row: sql.Row) -> RowKey:
    """A key from its columns."""
    return sql.struct(RowKey, {name: row[name] for name in RowKey.__struct_fields__})
