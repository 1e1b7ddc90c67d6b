"""Acts of the operator: a person of the operator's organisation with a grant there, by name in the operator's log."""

from datetime import datetime
from uuid import UUID

from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.refuse_access import refuse_access
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError
from shared.ids import new_id


async def allow_operator(
    tx: Connection, means: Means, caller: Caller, action: str, *, now: datetime, object_id: UUID | None = None
) -> AppError | None:
    """None, with the entry, when the act may go on; for everybody else there is nothing here."""
    if caller.organisation != means.operator:
        return await refuse_access(tx, caller, owner=means.operator, object_id=object_id or new_id(now), now=now)
    refusal = await check_grant(tx, caller, action, operator=means.operator, now=now)
    if refusal is None:
        await record(tx, caller, action, organisation=means.operator, now=now, object_id=object_id)
    return refusal
