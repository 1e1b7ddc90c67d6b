"""The key store: one row per person and log. When it is destroyed, so is everything the log knows of who it was."""

from collections.abc import Iterable, Sequence

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "people.sql")


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person in one log: found again by `lookup`, named there by `token`."""

    log_id: int
    lookup: bytes
    token: bytes
    wrapped_key: bytes


async def find(tx: Connection, wanted: Iterable[tuple[int, bytes]]) -> dict[tuple[int, bytes], KnownPerson]:
    """Those of (log, lookup) that have a token already."""
    pairs = sorted(set(wanted))
    rows = await tx.fetch(QUERIES["find_people"], [p[0] for p in pairs], [p[1] for p in pairs])
    return {(person.log_id, person.lookup): person for person in sql.structs(KnownPerson, rows)}


async def insert(tx: Connection, people: Sequence[KnownPerson]) -> None:
    """Remember new persons. Their logs are locked, so nobody else adds the same."""
    await tx.execute(
        QUERIES["insert_people"],
        [p.log_id for p in people],
        [p.lookup for p in people],
        [p.token for p in people],
        [p.wrapped_key for p in people],
    )


async def wrapped_key(tx: Connection, log_id: int, token: bytes) -> bytes | None:
    """The person's wrapped data key; None once the person is erased."""
    value: bytes | None = await tx.fetchval(QUERIES["wrapped_key"], log_id, token)
    return value
