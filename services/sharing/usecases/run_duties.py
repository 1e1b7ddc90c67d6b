"""What time does by itself: duties past their day, routes of those long overdue, ciphers past their use-by, cases with nobody,
reviews of access that nobody makes.

State is in PostgreSQL alone: any replica may run it, at any time, again. Each act is one short transaction with its entry.
"""

from datetime import datetime
from uuid import UUID

from services.sharing.domain.duties import STOP_AFTER, Duty, DutyKind
from services.sharing.domain.register import Switch
from services.sharing.storage import cases, deliveries, duties, grants, register, steering
from services.sharing.usecases.confirm_review import remind_reviews
from services.sharing.usecases.make_package import send_packages
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import record_timer
from shared import logs, outbox
from shared.contracts.sharing import DeliveryExpired, DutyOverdue
from shared.database import Connection, Database

TIMER = "duties"
BATCH = 50


class Duties:
    """The loop `duties`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self, now: datetime) -> int:
        """Do what is due; how much it was."""
        done = 0
        for act in (alarm_cases, raise_duties, stop_routes, drop_ciphers, send_packages, remind_reviews):
            async with self._database.transaction() as tx:
                done += await act(tx, now=now)
        return done


async def alarm_cases(tx: Connection, *, now: datetime) -> int:
    """An open case for which nobody with a grant in force answers becomes the manager's at once."""
    rows = await steering.without_responsible(tx, now=now, limit=BATCH)
    for row in rows:
        await steering.mark_alarmed(tx, row["case_id"], now=now)
        await owe_duty(
            tx,
            DutyKind.RESPONSIBLE,
            organisation=row["organisation"],
            unit=row["unit"],
            case_id=row["case_id"],
            object_id=row["case_id"],
            due_at=now,
            now=now,
        )
        logs.line("case.without-responsible", organisation=row["organisation"])
    return len(rows)


async def raise_duties(tx: Connection, *, now: datetime) -> int:
    """Tell the role of every duty that is past its day, once."""
    found = await duties.due(tx, now=now, limit=BATCH)
    for duty in found:
        await duties.mark_raised(tx, duty.duty_id, now=now)
        unheld = not await grants.is_held(tx, duty.organisation, duty.unit, duty.role, now=now)
        shown = {name: getattr(duty, name) for name in DutyOverdue.__struct_fields__ if name not in {"unheld", "telephone"}}
        notice = DutyOverdue(**shown, unheld=unheld, telephone=await _whom_to_call(tx, duty))
        await outbox.notify(tx, duty.organisation, notice, now=now)
        await _record(tx, duty, "duty.overdue", now=now, unheld=unheld)
        if unheld:
            logs.line("role.unheld", organisation=duty.organisation, reason=duty.role)
        logs.line("duty.overdue", organisation=duty.organisation, reason=duty.kind)
    return len(found)


async def _whom_to_call(tx: Connection, duty: Duty) -> str | None:
    """For the sender of what is urgent and unconfirmed: where the recipient's unit answers."""
    delivery = await deliveries.find(tx, duty.object_id) if duty.kind is DutyKind.RECEIPT else None
    if delivery is None or duty.unit != delivery.discloser_unit:
        return None
    return await register.telephone_of(tx, delivery.recipient_unit)


async def stop_routes(tx: Connection, *, now: datetime) -> int:
    """Nothing more goes to whoever does not prove, long after the day, what became of what was stopped."""
    found = await duties.long_overdue(tx, before=now - STOP_AFTER, limit=BATCH)
    for duty in found:
        await duties.mark_stopped(tx, duty.duty_id, now=now)
        switch = Switch(
            kind="route",
            value=duty.route or "",
            thrown_at=now,
            sv="Mottagaren har inte visat vad som hände med det som stoppades.",
            en="The recipient has not shown what became of what was stopped.",
            thrown_by=TIMER,
        )
        await register.throw_switch(tx, switch)
        await _record(tx, duty, "route.stopped", now=now)
        logs.line("route.stopped", organisation=duty.organisation, reason=duty.kind)
    return len(found)


async def drop_ciphers(tx: Connection, *, now: datetime) -> int:
    """What is past its use-by is gone, and the discloser hears whether it was ever fetched."""
    rows = await duties.past_use_by(tx, now=now, limit=BATCH)
    for row in rows:
        await duties.drop_cipher(tx, row["delivery_id"])
        notice = DeliveryExpired(delivery_id=row["delivery_id"], released=row["released"])
        await outbox.notify(tx, row["organisation"], notice, now=now)
        await record_timer(
            tx,
            TIMER,
            "delivery.expired",
            now=now,
            organisation=row["organisation"],
            subject=row["subject_id"],
            unit=row["discloser_unit"],
            reasons=("released" if row["released"] else "never-fetched",),
            case_id=row["case_id"],
            object_id=row["delivery_id"],
        )
    return len(rows)


async def _record(tx: Connection, duty: Duty, action: str, *, now: datetime, unheld: bool = False) -> None:
    subject: UUID | None = None
    if duty.case_id is not None and (case := await cases.find(tx, duty.case_id)) is not None:
        subject = case.subject_id
    await record_timer(
        tx,
        TIMER,
        action,
        now=now,
        organisation=duty.organisation,
        subject=subject,
        unit=duty.unit,
        reasons=(duty.kind, duty.role, *(("role-unheld",) if unheld else ())),
        case_id=duty.case_id,
        object_id=duty.object_id,
    )
