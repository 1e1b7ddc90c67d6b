"""What is wrong with the logs, as a code for readiness, and which organisation a connected system belongs to."""

from datetime import datetime, timedelta

from services.audit.domain.keeper import Keeper
from services.audit.storage import logs, producers, register
from services.audit.usecases.open_log import is_initialised
from shared.database import Connection

LONGEST_HOLD = timedelta(seconds=60)
"""A producer that waits longer than this has lost an entry on the way, or we have (rule 42)."""


async def find_trouble(tx: Connection, keeper: Keeper, *, now: datetime) -> str | None:
    """None when all is well. Worst first: no log at all, a log that does not add up, a producer that waits."""
    if not await is_initialised(tx, keeper):
        return "not-initialised"
    if await logs.any_halted(tx):
        return "log-halted"
    held = await producers.all_held(tx)
    return "producer-waits" if held and now - held[0].since > LONGEST_HOLD else None


async def organisation_of(tx: Connection, issuer: str, client_id: str) -> str | None:
    """The organisation that the register gives this system."""
    return await register.organisation_of(tx, f"{issuer} {client_id}")
