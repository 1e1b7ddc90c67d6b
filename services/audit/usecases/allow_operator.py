"""Acts of whoever runs the service, which read no entry: they stand in the operator's own log."""

from datetime import datetime
from uuid import UUID

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import runs_the_service
from services.audit.storage import register
from services.audit.usecases.record_reading import record_reading, record_refusal
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import AppError, NotFound


async def allow_operator(
    tx: Connection, keeper: Keeper, caller: Caller, action: str, *, object_id: UUID | None, now: datetime
) -> AppError | None:
    """None, with the entry, for a person with a grant to run it in the operator's organisation; for all others there is nothing here."""
    held = await register.grants(tx, caller.principal, keeper.operator)
    if caller.kind is Kind.PERSON and caller.organisation == keeper.operator and runs_the_service(held, keeper.operator, now):
        await record_reading(tx, keeper, caller, keeper.operator, action, object_id=object_id, now=now)
        return None
    await record_refusal(tx, keeper, caller, keeper.operator, object_id=object_id, now=now)
    return NotFound()
