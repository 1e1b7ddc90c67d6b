"""Who may connect: read from sharing's database through a role that can read this one view and nothing else."""

from datetime import datetime

from shared import sql
from shared.database import Database

QUERIES = sql.load("deploy.callout", "register.sql")


async def find_organisation(database: Database, issuer: str, client_id: str, *, now: datetime) -> str | None:
    """The organisation that this system belongs to now; None when it may not connect. Raises Unavailable."""
    async with database.connection() as connection:
        organisation: str | None = await connection.fetchval(QUERIES["find_system"], issuer, client_id, now)
    return organisation


async def select_systems(database: Database, *, now: datetime) -> dict[str, str]:
    """Every system that may be connected now, `<issuer> <client_id>` to organisation. Raises Unavailable."""
    async with database.connection() as connection:
        rows = await connection.fetch(QUERIES["select_systems"], now)
    return {f"{row['issuer']} {row['client_id']}": row["organisation"] for row in rows}
