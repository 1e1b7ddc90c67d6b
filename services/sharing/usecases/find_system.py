"""Which organisation a connected system speaks for, asked at each token: taken out of the register is out at once."""

from datetime import datetime

from services.sharing.storage import register
from shared.database import Database


async def find_system(database: Database, issuer: str, client_id: str, *, now: datetime) -> str | None:
    """The organisation, or None for a client that is not in the register now. A lookup without a person: no entry."""
    async with database.connection() as connection:
        return await register.organisation_of_system(connection, issuer, client_id, now=now)
