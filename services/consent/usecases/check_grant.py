"""What a token does not say: whether this person or system may act for the organisation now."""

from datetime import datetime

from services.consent.storage import organisations
from services.consent.usecases.entries import record
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import Refused


async def check_grant(tx: Connection, caller: Caller, action: str, *, operator: str, now: datetime) -> Refused | None:
    """None when the act may go on; otherwise the refusal, whose entry is in this transaction."""
    organisation = caller.organisation
    if organisation is not None and await _is_granted(tx, caller, organisation, now=now):
        return None
    await record(tx, caller, action, organisation=organisation or operator, now=now, answer="refused", reasons=("no-grant",))
    return Refused("no-grant")


async def _is_granted(tx: Connection, caller: Caller, organisation: str, *, now: datetime) -> bool:
    if caller.kind is Kind.SYSTEM:
        return True  # its organisation comes from the register (place_system) or from the subject it sent on: to be connected is its grant
    return await organisations.has_grant(tx, caller.principal, organisation, now=now)
