"""Which organisation with a connected system asked for, or holds, what has just changed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "holders.sql")


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds one consent, and how much of it holds; time is the reader's to judge."""

    consent_id: UUID
    request_id: UUID
    case_id: UUID
    organisation: str
    child_ref: UUID
    some_hold: bool
    all_hold: bool


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked one question, and whether all of it holds now."""

    case_id: UUID
    organisation: str
    child_ref: UUID
    complete: bool


async def holders_of(tx: Connection, consents: Collection[UUID]) -> list[Holder]:
    """The holder of each of these consents, where it has a system that would hear of it."""
    return sql.structs(Holder, await tx.fetch(QUERIES["holders_of"], list(consents)))


async def asker_of(tx: Connection, request_id: UUID, *, now: datetime) -> Asker | None:
    """The asker of a question, where it has a system that would hear of it."""
    row = await tx.fetchrow(QUERIES["asker_of"], request_id, now)
    return None if row is None else sql.struct(Asker, row)


async def has_named(tx: Connection, organisation: str, person_id: UUID) -> bool:
    """Whether the organisation has a reference of its own to this child."""
    return await tx.fetchval(QUERIES["has_named"], organisation, person_id) is True


async def requests_of_case(tx: Connection, case_id: UUID, child_id: UUID, organisation: str, unit: str) -> list[UUID]:
    """What one unit has asked in one case about one child."""
    return [row["request_id"] for row in await tx.fetch(QUERIES["requests_of_case"], case_id, child_id, organisation, unit)]
