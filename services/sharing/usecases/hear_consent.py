"""What consent publishes: changed rows, and that a stop has been confirmed."""

from datetime import datetime

import msgspec

from services.sharing.domain.governing import SeenState
from services.sharing.storage import consent_rows
from services.sharing.usecases.make_package import send_packages
from services.sharing.usecases.take_rows import take_rows
from shared.contracts.consent import RowsChanged, Stopped
from shared.database import Connection


async def hear_rows_changed(tx: Connection, event: RowsChanged, *, now: datetime) -> None:
    """Bring our copy up to date. The feed's position is the lease's: events may come out of order and with gaps.

    What a handover package waited for may be among them; the loop `duties` looks too, for what came another way.
    """
    await take_rows(tx, event.rows, now=now)
    await send_packages(tx, now=now)


async def hear_stopped(tx: Connection, event: Stopped, *, now: datetime) -> None:  # noqa: ARG001  every event's use case has this form
    """A given row of this consent that is older than the stop is doubted: consent is asked again before anything is released."""
    for row in await consent_rows.lock_older(tx, event.consent_id, event.revision):
        await consent_rows.save(tx, msgspec.structs.replace(row, state=SeenState.UNKNOWN))
