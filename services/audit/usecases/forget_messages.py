"""What is left of an erased person outside the logs: messages in the streams, and the memory of whom an erasure concerned."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.audit.storage import erasure
from shared.database import Connection

SETTLED: Final = timedelta(minutes=5)
"""So long after an erasure every house has heard of it: what is published about the person then was written before."""
REMEMBERED: Final = timedelta(days=30)
"""How long it is remembered, as keyed hashes, whom an erasure concerned; what an outbox held so long was an alarm for weeks."""


async def due(tx: Connection, *, now: datetime) -> list[UUID]:
    """Erasures after which the streams are to be emptied."""
    return await erasure.unpurged(tx, now - SETTLED)


async def purged(tx: Connection, erasures: Sequence[UUID], *, now: datetime) -> None:
    """They have been."""
    await erasure.mark_purged(tx, erasures, now)


async def forget_whom(tx: Connection, *, now: datetime) -> None:
    """Forget whom erasures concerned that are long past."""
    await erasure.forget(tx, now - REMEMBERED)
