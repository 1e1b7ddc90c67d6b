"""Keep a try on what is not the caller's, and say what is said of what does not exist: the same 404 (I6)."""

from datetime import datetime
from uuid import UUID

from services.consent.usecases.entries import record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import NotFound


async def refuse_access(tx: Connection, caller: Caller, *, owner: str, object_id: UUID, now: datetime) -> NotFound:
    """The entry stands in the owner's log; on an unknown object in the actor's, or the operator's for a family."""
    await record(tx, caller, "access.refused", organisation=owner, now=now, answer="refused", reasons=("not-found",), object_id=object_id)
    return NotFound()
