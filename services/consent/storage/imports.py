"""Lines of files with consents that were collected before."""

from datetime import datetime
from uuid import UUID

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "imports.sql")


async def add(
    tx: Connection, organisation: str, file_sha256: bytes, line: int, request_id: UUID, consent_id: UUID, by: str, *, now: datetime
) -> None:
    """Keep that a line has been taken, and what came of it."""
    await tx.execute(QUERIES["add_line"], organisation, file_sha256, line, request_id, consent_id, by, now)


async def taken(tx: Connection, organisation: str, file_sha256: bytes, line: int) -> UUID | None:
    """The consent that a line has become; None when it has not been taken."""
    found: UUID | None = await tx.fetchval(QUERIES["line_taken"], organisation, file_sha256, line)
    return found


async def is_imported(tx: Connection, request_id: UUID) -> bool:
    """Whether this round stands for a consent that was collected before."""
    return await tx.fetchval(QUERIES["is_imported"], request_id) is True
