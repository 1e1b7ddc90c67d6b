"""Who is to be erased, by whose word, how far it has come; and the ledger in the key store, which a restore of the data leaves alone."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "erasures.sql")
NEWEST = 200
"""How many open erasures one page holds."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """One decision by two."""

    erasure_id: UUID
    person_id: UUID
    reason: str
    decided_by: str
    decided_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has been erased, whatever a copy of the data says."""

    erasure_id: UUID
    person_id: UUID
    subject_id: UUID
    erased_at: datetime


class HouseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a house says that it has destroyed, how many of each kind."""

    house: str
    destroyed: dict[str, int]
    answered_at: datetime


async def propose(tx: Connection, erasure: Erasure) -> Erasure:
    """The first one's word; the erasure of this person as it stands, which may be an earlier one."""
    await tx.execute(QUERIES["propose"], erasure.erasure_id, erasure.person_id, erasure.reason, erasure.decided_by, erasure.decided_at)
    (row,) = await tx.fetch(QUERIES["of_person"], erasure.person_id)
    return sql.struct(Erasure, row)


async def lock(tx: Connection, erasure_id: UUID) -> Erasure | None:
    """One erasure, its lock held."""
    row = await tx.fetchrow(QUERIES["get_erasure"], erasure_id)
    return None if row is None else sql.struct(Erasure, row)


async def list_open(tx: Connection) -> list[Erasure]:
    """Those without every house's answer, oldest first."""
    return sql.structs(Erasure, await tx.fetch(QUERIES["list_open"], NEWEST))


async def confirm(tx: Connection, erasure_id: UUID, by: str, *, now: datetime) -> None:
    """The second one's word."""
    await tx.execute(QUERIES["confirm"], erasure_id, by, now)


async def add_answer(tx: Connection, erasure_id: UUID, house: str, destroyed: dict[str, int], *, now: datetime) -> bool:
    """Keep a house's answer; False when it was there, or nobody is erased by that id."""
    return await tx.fetchval(QUERIES["add_answer"], erasure_id, house, destroyed, now) is not None


async def answers(tx: Connection, erasure_id: UUID) -> tuple[HouseAnswer, ...]:
    """Which houses have done it."""
    return tuple(sql.structs(HouseAnswer, await tx.fetch(QUERIES["answers"], erasure_id)))


async def enter(tx: Connection, line: LedgerLine) -> None:
    """Into the ledger. Only who stands there can be erased."""
    await tx.execute(QUERIES["enter"], *msgspec.structs.astuple(line))


async def erase(tx: Connection, erasure_id: UUID) -> dict[str, int]:
    """Destroy the key and everything that is the person's; how many of each kind. What was answered stays, and says nobody's name."""
    return msgspec.convert(await tx.fetchval(QUERIES["erase"], erasure_id), dict[str, int])


async def undone(tx: Connection) -> list[LedgerLine]:
    """Who is back after a restore of older data."""
    return sql.structs(LedgerLine, await tx.fetch(QUERIES["undone"]))


async def count(tx: Connection, person_id: UUID) -> dict[str, int]:
    """How many of each kind `erase` would destroy."""
    row = await tx.fetchrow(QUERIES["count_personal"], person_id)
    return {} if row is None else {name: number for name, number in row.items() if number}


async def children_touched(tx: Connection, person_id: UUID) -> list[UUID]:
    """The children with given rows that are this person's, about them, or by their yes; in the order of locking."""
    return [row["child_id"] for row in await tx.fetch(QUERIES["children_touched"], person_id, str(person_id))]


async def rows_touched(tx: Connection, person_id: UUID) -> list[RowKey]:
    """Those rows, in the order of locking."""
    return sql.structs(RowKey, await tx.fetch(QUERIES["rows_touched"], person_id, str(person_id)))
