"""What a house has not got away yet, and when it last heard from each other: figures and instants, nothing of anybody."""

from datetime import datetime

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("shared", "backlog.sql")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the outbox of one kind whose receipts are not all in."""

    kind: str
    """`entries` for audit, `events` for other houses, `notices` for organisations, which may fetch them when they like."""
    number: int
    oldest: datetime
    unsent: int
    """Of these, never sent at all."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """When the last message of a house was taken."""

    source: str
    last: datetime


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits at one house."""

    waiting: tuple[Waiting, ...]
    heard: tuple[Heard, ...]
    dead: int
    """Dead letters that nobody has had taken again."""


async def read_backlog(tx: Connection) -> Backlog:
    """As it stands in this transaction."""
    return Backlog(
        waiting=tuple(sql.structs(Waiting, await tx.fetch(QUERIES["waiting_out"]))),
        heard=tuple(sql.structs(Heard, await tx.fetch(QUERIES["heard"]))),
        dead=await tx.fetchval(QUERIES["unread_letters"]),
    )
