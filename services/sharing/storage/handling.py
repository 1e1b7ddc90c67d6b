"""Our copy of how persons are to be handled."""

from uuid import UUID

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "handling.sql")


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """As consent said at `revision`; 0 before it said anything."""

    restricted: bool = False
    revision: int = 0


async def lock(tx: Connection, subject_id: UUID) -> Handling:
    """The copy, made when it was absent, and held until this transaction has ended: a restriction waits for a release, or stops it."""
    await tx.execute(QUERIES["insert_if_absent"], subject_id)
    row = await tx.fetchrow(QUERIES["lock_handling"], subject_id)
    if row is None:
        raise LookupError("a row vanished while it was locked")
    return sql.struct(Handling, row)


async def find(tx: Connection, subject_id: UUID) -> Handling:
    """The copy as it stands now, to be believed only for what releases nothing."""
    row = await tx.fetchrow(QUERIES["find_handling"], subject_id)
    return Handling() if row is None else sql.struct(Handling, row)


async def save(tx: Connection, subject_id: UUID, handling: Handling) -> None:
    """Write back a copy that this transaction has locked."""
    await tx.execute(QUERIES["save_handling"], subject_id, handling.restricted, handling.revision)
