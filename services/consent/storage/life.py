"""Pauses and strikes: what happens to a row beside the family's own words."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.request import Pause, Strike
from services.consent.storage.requests import key_values
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "life.sql")


async def add_pause(tx: Connection, pause: Pause, key: RowKey) -> None:
    """Pause a row; the pause stays with it whichever consent comes to govern it."""
    await tx.execute(QUERIES["add_pause"], *msgspec.structs.astuple(pause), *key_values(key))


async def lift_pauses(tx: Connection, key: RowKey, by: str, *, reason: str | None = None, now: datetime) -> None:
    """End every pause of a row, or those for one reason."""
    await tx.execute(QUERIES["lift_pauses"], *key_values(key), now, by, reason)


async def strike(tx: Connection, consent_id: UUID, row_number: int) -> Strike | None:
    """What somebody has said about a registration."""
    row = await tx.fetchrow(QUERIES["get_strike"], consent_id, row_number)
    return None if row is None else sql.struct(Strike, row)


async def propose_strike(tx: Connection, strike: Strike) -> None:
    """The first of the two."""
    await tx.execute(QUERIES["propose_strike"], *msgspec.structs.astuple(strike)[:6])


async def confirm_strike(tx: Connection, consent_id: UUID, row_number: int, by: str, *, now: datetime) -> None:
    """The second; the database refuses the same person."""
    await tx.execute(QUERIES["confirm_strike"], consent_id, row_number, by, now)
