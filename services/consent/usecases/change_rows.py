"""The two ways a governing row changes, and what both leave behind: the feed, the event, and for a stop the barrier."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.domain.request import Stop
from services.consent.storage import barriers, consents
from shared import outbox
from shared.contracts import sharing
from shared.contracts.consent import GoverningRow, RowsChanged, RowState
from shared.database import Connection
from shared.ids import new_id


async def stop_rows(
    tx: Connection, rows: Sequence[GoverningRow], ending: Ending, *, by: UUID | None, now: datetime
) -> tuple[sharing.Stop, ...]:
    """Stop locked rows, whichever consent governs them; what comes back must be confirmed by sharing after the commit.

    A stop is final for its consent id: giving anew is a new one.
    """
    stopped = [await _stop(tx, row, ending, by=by, now=now) for row in rows]
    await _tell(tx, stopped, now=now)
    by_consent: dict[UUID, list[GoverningRow]] = defaultdict(list)
    for row in stopped:
        by_consent[row.consent_id].append(row)
    stops = tuple(
        sharing.Stop(consent_id=consent_id, revision=max(one.revision for one in group), rows=tuple(group))
        for consent_id, group in by_consent.items()
    )
    for stop in stops:
        await barriers.add(tx, stop, now=now)
    return stops


async def write_rows(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> None:
    """Let locked rows say what they now say; each gets its new revision here."""
    await _tell(tx, [await _write(tx, row, now=now) for row in rows], now=now)


async def _stop(tx: Connection, row: GoverningRow, ending: Ending, *, by: UUID | None, now: datetime) -> GoverningRow:
    stop = Stop(
        stop_id=new_id(now),
        consent_id=row.consent_id,
        row_number=await consents.row_number(tx, row.consent_id, row.key),
        person_id=by,
        ending=ending,
        stopped_at=now,
    )
    await consents.add_stop(tx, stop)
    return await _write(tx, msgspec.structs.replace(row, state=RowState.STOPPED, withdrawn=True), now=now)


async def _write(tx: Connection, row: GoverningRow, *, now: datetime) -> GoverningRow:
    # the position in the feed is the revision: one counter, raised under the row's lock, greater for every later fact
    changed = msgspec.structs.replace(row, revision=await consents.next_position(tx))
    await consents.save_row(tx, changed)
    await consents.add_change(tx, changed, now=now)
    return changed


async def _tell(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> None:
    if rows:
        await outbox.add(tx, RowsChanged(position=rows[-1].revision, rows=tuple(rows)), now=now)
