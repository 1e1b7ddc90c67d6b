"""Compare consent's rows with sharing's copies: what the copy has too much is narrowed, all else is only an alarm (DESIGN 5)."""

import logging
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.reconciliation import Difference, compare
from services.consent.storage import consents, people, reconciliation
from services.consent.usecases.change_rows import assert_rows
from services.consent.usecases.confirm_stop import confirm_stop
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared import logs, outbox, telemetry
from shared.contracts.consent import GoverningRow, RowKey, RowsChanged, RowState
from shared.contracts.message import Ask
from shared.contracts.sharing import CopiesBetween, RowCopy, Stop
from shared.database import Connection, Database

LOOP = "reconcile"
CHILDREN = 40
"""Of one page: their copies must fit in one message."""


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass over all children found."""

    rows: int
    narrowed: int
    alarms: int
    """Differences of both kinds; each has its entry in the operator's log."""
    complete: bool
    """False when sharing is behind a restored consent: its copies are all unknown then, and there is nothing to compare."""


class Reconcile:
    """The loop, and the same on demand."""

    def __init__(self, database: Database, ask: Ask, means: Means) -> None:
        self._database = database
        self._ask = ask
        self._means = means

    async def run_once(self, now: datetime) -> None:
        """One pass. Raises Unavailable when sharing does not answer: what was compared before stays narrowed."""
        await self.run_pass(now)

    async def run_pass(self, now: datetime) -> Reconciled:
        """Page after page of whole children, and at the end whatever sharing has beyond the last of ours."""
        rows = narrowed = alarms = 0
        after: UUID | None = None
        while True:
            async with self._database.transaction() as tx:
                epoch, _ = await consents.feed(tx)
                last = await reconciliation.last_subject(tx, after, CHILDREN)
                truths = [] if last is None else await reconciliation.rows_between(tx, after, last, epoch=epoch)
            copies = await self._ask(CopiesBetween(after=after, last=last))
            if copies.epoch != epoch:
                return Reconciled(rows=rows, narrowed=narrowed, alarms=alarms, complete=False)
            there = {copy.key: copy for copy in copies.rows}
            for key in dict.fromkeys([*(row.key for row in truths), *there]):
                found = await self._row(key, there.get(key), epoch, copies.position, truths, now)
                alarms += found is not Difference.NONE
                narrowed += found is Difference.WIDER
            rows += len(truths)
            if last is None:
                return Reconciled(rows=rows, narrowed=narrowed, alarms=alarms, complete=True)
            after = last

    async def _row(
        self, key: RowKey, copy: RowCopy | None, epoch: int, position: int, truths: list[GoverningRow], now: datetime
    ) -> Difference:
        """Looked at twice: what differs is read again under its lock, for it may have changed while sharing was asked."""
        truth = next((row for row in truths if row.key == key), None)
        if compare(truth, copy, epoch=epoch, position=position) in {Difference.NONE, Difference.ON_ITS_WAY}:
            return Difference.NONE
        async with self._database.transaction() as tx:
            child = await people.get_subject(tx, self._means.vault, key.subject_id)
            if child is not None:
                await people.lock(tx, child.person_id)
            truth = await consents.lock_row(tx, key, epoch=epoch)
            found = compare(truth, copy, epoch=epoch, position=position)
            if found in {Difference.NONE, Difference.ON_ITS_WAY}:
                return Difference.NONE
            stops = await _narrow(tx, truth, copy, epoch=epoch, now=now) if found is Difference.WIDER and copy is not None else ()
            await self._alarm(tx, found, truth, copy, key, now=now)
        logs.line("reconciliation.difference", level=logging.ERROR, reason=found)
        telemetry.reconciliation_differences.add(1, {"reason": found})
        if stops:
            await confirm_stop(self._database, self._ask, self._means, stops, now=now)
        return found

    async def _alarm(
        self, tx: Connection, found: Difference, truth: GoverningRow | None, copy: RowCopy | None, key: RowKey, *, now: datetime
    ) -> None:
        consent_id = truth.consent_id if truth is not None else None if copy is None else copy.consent_id
        action = "reconciliation.narrowed" if found is Difference.WIDER else "reconciliation.alarm"
        await record(
            tx, LOOP, action, organisation=self._means.operator, now=now, subject=key.subject_id, reasons=(found,), object_id=consent_id
        )


async def _narrow(tx: Connection, truth: GoverningRow | None, copy: RowCopy, *, epoch: int, now: datetime) -> tuple[Stop, ...]:
    """The truth once more, with a later revision. Where there is none, or the copy claims a revision beyond all of ours: a stop."""
    _, latest = await consents.feed(tx)
    if truth is not None and copy.revision <= latest:
        return await assert_rows(tx, [truth], now=now)
    if copy.consent_id is None or copy.valid_from is None or copy.valid_until is None:
        return ()
    place = await consents.next_place(tx)
    stop = GoverningRow(
        key=copy.key,
        consent_id=copy.consent_id,
        state=RowState.STOPPED,
        epoch=epoch,
        revision=place.position,
        valid_from=copy.valid_from,
        valid_until=copy.valid_until,
        withdrawn=True,  # applied whatever the revision of the copy
    )
    await consents.add_change(tx, stop, place, now=now)
    await outbox.add(tx, RowsChanged(position=stop.revision, rows=(stop,)), now=now)
    return (Stop(consent_id=stop.consent_id, revision=stop.revision, rows=(stop,)),)
