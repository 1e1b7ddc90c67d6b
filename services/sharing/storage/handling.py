"""Our copy of how persons are to be handled."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from shared import sql
from shared.auth import Caller
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "handling.sql")


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """As consent said at `revision`; 0 before it said anything."""

    restricted: bool = False
    revision: int = 0
    handlers: tuple[str, ...] | None = None
    """Who alone may know of the person: `<organisation> <principal>`; None: everybody with a grant."""


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
    await tx.execute(QUERIES["save_handling"], subject_id, handling.restricted, handling.revision, handling.handlers)


def reader(caller: Caller) -> str:
    """The caller as a list of handlers would name them."""
    return f"{caller.organisation} {caller.principal}"


def is_named(handlers: tuple[str, ...] | None, caller: Caller) -> bool:
    """Whether the caller may know of somebody with these handlers. A system is never named."""
    return handlers is None or reader(caller) in handlers


async def hidden_from(tx: Connection, subjects: Iterable[UUID], caller: Caller) -> set[UUID]:
    """Those of them whom the caller may not know of."""
    wanted = list(set(subjects))
    rows = await tx.fetch(QUERIES["hidden_from"], wanted, reader(caller)) if wanted else []
    return {row["subject_id"] for row in rows}
