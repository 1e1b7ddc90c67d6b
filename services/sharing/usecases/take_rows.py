"""The one way in for what consent says about its rows: events, barrier, answers to a miss, and the lease's feed (DESIGN 5)."""

from collections.abc import Sequence
from datetime import datetime

from services.sharing.domain.governing import SeenState, merge, order
from services.sharing.storage import consent_rows, deliveries
from services.sharing.usecases.owe_duty import owe_deletion
from services.sharing.usecases.record import record_timer
from shared import outbox
from shared.contracts.consent import GoverningRow, RowKey
from shared.contracts.sharing import DeliveryStopped
from shared.database import Connection


async def take_rows(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> None:
    """Apply them and stop what stands on a withdrawn one; from the commit on nothing is released under those."""
    for key in await apply_rows(tx, rows, now=now):
        await _stop_deliveries(tx, key, now=now)


async def apply_rows(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> list[RowKey]:
    """Apply each row under its lock and return the keys whose consent is withdrawn.

    Only a greater revision of the same epoch changes a row; a withdrawal is applied whatever its revision and is final for its
    consent id. Rows are made where they are absent, then locked, always in the same order.
    """
    epoch = await consent_rows.known_epoch(tx)
    ended = []
    for told in sorted(rows, key=lambda row: order(row.key)):
        own = await consent_rows.lock(tx, told.key)
        if told.withdrawn:
            await consent_rows.bury(tx, told.consent_id, now=now)
        withdrawn = await consent_rows.is_buried(tx, told.consent_id)
        merged = merge(own, told, withdrawn=withdrawn, epoch=epoch)
        if merged != own:
            await consent_rows.save(tx, merged)
        if withdrawn and merged.consent_id == told.consent_id and merged.state is SeenState.STOPPED:
            ended.append(told.key)
    if rows:
        await consent_rows.raise_epoch(tx, max(row.epoch for row in rows))
    return ended


async def _stop_deliveries(tx: Connection, key: RowKey, *, now: datetime) -> None:
    for delivery in await deliveries.standing_on(tx, key):
        if delivery.needs_consent:
            await deliveries.stop(tx, delivery.delivery_id, now=now)
            notice = DeliveryStopped(delivery_id=delivery.delivery_id, released=delivery.released)
            await outbox.notify(tx, delivery.recipient_organisation, notice, now=now)
            await owe_deletion(tx, delivery, now=now)
            await record_timer(
                tx,
                "stop",
                "delivery.stopped",
                now=now,
                organisation=delivery.discloser_organisation,
                subject=delivery.subject_id,
                unit=delivery.discloser_unit,
                reasons=("consent-withdrawn",),
                case_id=delivery.case_id,
                object_id=delivery.delivery_id,
            )
