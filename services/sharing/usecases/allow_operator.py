"""Acts of whoever runs the service, which are about no child: their entry stands in the operator's log."""

from datetime import datetime
from uuid import UUID

from services.sharing.storage import grants, register
from services.sharing.usecases.record import hide, record
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import AppError, NotFound
from shared.operating import ROLES


async def allow_operator(tx: Connection, caller: Caller, action: str, *, object_id: UUID | None, now: datetime) -> AppError | None:
    """None, with the entry, for a person with a grant to run it in the operator's organisation; for all others there is nothing here."""
    operator = await register.operator(tx)
    if operator is not None and caller.organisation == operator and caller.kind is Kind.PERSON:
        held = await grants.of_principal(tx, caller.principal, operator)
        if any(grant.role in ROLES and grant.holds(now) for grant in held):
            await record(tx, caller, action, now=now, organisation=operator, object_id=object_id)
            return None
    await hide(tx, caller, owner=operator, now=now, object_id=object_id)
    return NotFound()
