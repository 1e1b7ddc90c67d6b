"""How the service as a whole stands, over all logs: figures and instants, of no organisation."""

from datetime import datetime

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "operation.sql")


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """When all rows of the logs were last hashed anew."""

    logs: int
    never: int
    """Logs whose first round is not over."""
    oldest: datetime | None
    """The round that ended first."""


async def late_reviews(tx: Connection, now: datetime) -> int:
    """Plans past their day of which not everything is signed."""
    found: int = await tx.fetchval(QUERIES["late_reviews"], now)
    return found


async def rounds(tx: Connection) -> Rounds:
    """Of every log."""
    return sql.structs(Rounds, await tx.fetch(QUERIES["scrubbed_least"]))[0]
