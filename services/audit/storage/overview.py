"""Numbers for the officer's first page."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.audit.domain.log import Log
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "overview.sql")


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries are of this hour."""

    hour: datetime
    """Swedish time, without a zone."""
    number: int
    refused: int
    """Of these, refused tries and answers of no."""


async def hours(tx: Connection, wanted: Sequence[Log], since: datetime, until: datetime) -> list[Hour]:
    """Hours with entries in these logs, oldest first."""
    rows = await tx.fetch(QUERIES["count_hours"], sorted({log.year for log in wanted}), [log.log_id for log in wanted], since, until)
    return sql.structs(Hour, rows)


async def flags(tx: Connection, log_id: int) -> dict[str, int]:
    """How many flags nobody has marked, by rule."""
    return {row["rule"]: row["number"] for row in await tx.fetch(QUERIES["count_flags"], log_id)}
