"""Note that a unit owes something by a day, in the transaction of the act that it comes from."""

from datetime import datetime
from uuid import UUID

from services.sharing.domain.cases import Delivery
from services.sharing.domain.duties import DELETE_WITHIN, MANAGER, Duty, DutyKind
from services.sharing.storage import duties
from shared.database import Connection
from shared.ids import new_id


async def owe_duty(
    tx: Connection,
    kind: DutyKind,
    *,
    organisation: str,
    unit: str,
    case_id: UUID | None,
    object_id: UUID,
    due_at: datetime,
    now: datetime,
    role: str = MANAGER,
    route: str | None = None,
) -> None:
    """Once for each organisation and thing: a repetition changes nothing. The act's own entry says where it comes from."""
    duty = Duty(
        duty_id=new_id(now),
        kind=kind,
        organisation=organisation,
        unit=unit,
        role=role,
        case_id=case_id,
        object_id=object_id,
        route=route,
        made_at=now,
        due_at=due_at,
    )
    await duties.save(tx, duty)


async def owe_deletion(tx: Connection, delivery: Delivery, *, now: datetime) -> None:
    """Whoever has read what is stopped says what became of it; long overdue, nothing more goes that way."""
    if delivery.released:
        await owe_duty(
            tx,
            DutyKind.DELETE_RECEIPT,
            organisation=delivery.recipient_organisation,
            unit=delivery.recipient_unit,
            case_id=delivery.case_id,
            object_id=delivery.delivery_id,
            due_at=now + DELETE_WITHIN,
            now=now,
            route=f"{delivery.discloser_unit}>{delivery.recipient_unit}",
        )
