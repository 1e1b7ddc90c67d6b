"""Which organisation a connected system belongs to, for the token's validator."""

from services.consent.storage import organisations
from shared.database import Connection


async def place_system(connection: Connection, issuer: str, client_id: str) -> str | None:
    """By this house's copy of the register; None for a system that no organisation has."""
    return await organisations.of_system(connection, f"{issuer} {client_id}")
