"""Another house has destroyed what it held about somebody who is erased."""

from datetime import datetime

from services.consent.storage import erasures
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared.contracts.consent import Erased
from shared.database import Connection

LOOP = "hear-erased"


async def hear_erased(tx: Connection, means: Means, event: Erased, *, now: datetime) -> None:
    """Keep the answer, once. One entry in the operator's log."""
    if await erasures.add_answer(tx, event.erasure_id, event.house, event.destroyed, now=now):
        await record(tx, LOOP, "erasure.answered", organisation=means.operator, now=now, reasons=(event.house,), object_id=event.erasure_id)
