"""The ways a governing row changes, and what they leave behind: the feed, the event, and for what narrows the barrier."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.domain.request import Stop
from services.consent.storage import barriers, consents
from services.consent.usecases.tell_holder import tell_holder
from shared import outbox
from shared.contracts import sharing
from shared.contracts.consent import GoverningRow, RowsChanged, RowState
from shared.database import Connection
from shared.ids import new_id


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why rows are stopped and by whom: a family's own stop needs no more than the person."""

    ending: Ending
    by: UUID | None = None
    """The person whose word it is; None when a fact or the holder ended it."""
    reason: str | None = None
    recorded_by: str | None = None
    witness: str | None = None


async def stop_rows(
    tx: Connection, rows: Sequence[GoverningRow], ending: Ending, *, by: UUID | None, now: datetime
) -> tuple[sharing.Stop, ...]:
    """Stop locked rows, whichever consent governs them; what comes back must be confirmed by sharing after the commit.

    A stop is final for its consent id: giving anew is a new one.
    """
    return await stop_because(tx, rows, Why(ending=ending, by=by), now=now)


async def stop_because(tx: Connection, rows: Sequence[GoverningRow], why: Why, *, now: datetime) -> tuple[sharing.Stop, ...]:
    """The same, with a coded reason and who recorded it."""
    stopped = [await _stop(tx, row, why, now=now) for row in rows]
    await _tell(tx, stopped, now=now)
    return await _through_barrier(tx, stopped, now=now)


async def hold_rows(tx: Connection, rows: Sequence[GoverningRow], until: datetime, *, now: datetime) -> tuple[sharing.Stop, ...]:
    """Let locked rows let nothing through before an instant. Time alone ends it: sharing reads the same row."""
    held = [await _write(tx, msgspec.structs.replace(row, valid_from=until), now=now) for row in rows]
    await _tell(tx, held, now=now)
    return await _through_barrier(tx, held, now=now)


async def shorten_rows(tx: Connection, rows: Sequence[GoverningRow], valid_until: datetime, *, now: datetime) -> tuple[sharing.Stop, ...]:
    """Let locked rows end sooner, through the barrier."""
    shorter = [await _write(tx, msgspec.structs.replace(row, valid_until=valid_until), now=now) for row in rows]
    await _tell(tx, shorter, now=now)
    return await _through_barrier(tx, shorter, now=now)


async def assert_rows(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> tuple[sharing.Stop, ...]:
    """Say again what locked rows say, as later facts and through the barrier: whatever sharing has made of them gives way."""
    said = [await _write(tx, row, now=now) for row in rows]
    await _tell(tx, said, now=now)
    return await _through_barrier(tx, said, now=now)


async def keep_stop(tx: Connection, consent_id: UUID, row_number: int, why: Why, *, now: datetime) -> None:
    """Keep that a row of a consent has ended, without a change of what governs the row."""
    stop = Stop(
        stop_id=new_id(now),
        consent_id=consent_id,
        row_number=row_number,
        person_id=why.by,
        ending=why.ending,
        stopped_at=now,
        reason=why.reason,
        recorded_by=why.recorded_by,
        witness=why.witness,
    )
    await consents.add_stop(tx, stop)


async def _through_barrier(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> tuple[sharing.Stop, ...]:
    by_consent: dict[UUID, list[GoverningRow]] = defaultdict(list)
    for row in rows:
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


async def _stop(tx: Connection, row: GoverningRow, why: Why, *, now: datetime) -> GoverningRow:
    await keep_stop(tx, row.consent_id, await consents.row_number(tx, row.consent_id, row.key), why, now=now)
    return await _write(tx, msgspec.structs.replace(row, state=RowState.STOPPED, withdrawn=True), now=now)


async def _write(tx: Connection, row: GoverningRow, *, now: datetime) -> GoverningRow:
    # the position in the feed is the revision: one counter, raised under the row's lock, greater for every later fact
    place = await consents.next_place(tx)
    changed = msgspec.structs.replace(row, revision=place.position)
    await consents.save_row(tx, changed)
    await consents.add_change(tx, changed, place, now=now)
    return changed


async def _tell(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> None:
    if rows:
        await outbox.add(tx, RowsChanged(position=rows[-1].revision, rows=tuple(rows)), now=now)
        await tell_holder(tx, rows, now=now)
