"""Closed cases whose period is over, and emptying them."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.storage.erasure import NOBODY
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "retention.sql")


class OldCase(msgspec.Struct, frozen=True, kw_only=True):
    """One, its lock held."""

    case_id: UUID
    organisation: str
    unit: str


async def old_cases(tx: Connection, before: datetime, limit: int) -> list[OldCase]:
    """Closed before, and not emptied yet; the oldest first."""
    return sql.structs(OldCase, await tx.fetch(QUERIES["old_cases"], before, limit))


async def empty(tx: Connection, case_id: UUID, *, now: datetime) -> None:
    """Whom it is about is no longer said, nor what was said of them; decisions, permits, releases and receipts stay."""
    await tx.execute(QUERIES["empty_case_items"], case_id)
    await tx.execute(QUERIES["empty_case_permits"], case_id)
    await tx.execute(QUERIES["empty_case_deliveries"], case_id, NOBODY, now)
    await tx.execute(QUERIES["unlink_case"], case_id, NOBODY)
