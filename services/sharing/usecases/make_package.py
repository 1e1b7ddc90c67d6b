"""Make a handover package: a named human's word now, the family's before it goes, the recipient's receipt and then it is gone."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Delivery
from services.sharing.domain.outcomes import Denied, Hidden, Limited
from services.sharing.domain.packages import DOCUMENT, HELD_FOR, Package
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import PermitView
from services.sharing.storage import cases, deliveries, duties, packages
from services.sharing.usecases.find_case import find_decision
from services.sharing.usecases.give_permit import GivePermit, give_permit
from services.sharing.usecases.judge_items import Learned
from services.sharing.usecases.record import record, record_timer
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import DeliveryReady
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id

TIMER = "packages"
BATCH = 20


class PackageView(msgspec.Struct, frozen=True, kw_only=True):
    """The permit to post under; what is posted is held until every item of it is there and the family has said yes."""

    package_id: UUID
    until_at: datetime
    permit: PermitView


async def make_package(
    tx: Connection, caller: Caller, request: GivePermit, *, tables: Tables, learned: Learned, trusted: bool, now: datetime
) -> PackageView | Denied | Hidden | Limited:
    """The package with its entry. Raises Invalid where the case's model has no handover package. Level of assurance 3 is the guard's."""
    found = await find_decision(tx, caller, request.decision_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    case = found[0].case
    if DOCUMENT not in tables.models[case.model].documents:
        raise Invalid("not-in-the-model", faults=[Fault("#/decision_id", "is of a model without handover packages")])
    until = (now + HELD_FOR).replace(microsecond=0)
    permit = await give_permit(tx, caller, request, tables=tables, learned=learned, trusted=trusted, now=now, held_until=until)
    if not isinstance(permit, PermitView):
        return permit
    package = Package(
        package_id=new_id(now),
        permit_id=permit.permit_id,
        case_id=case.case_id,
        organisation=caller.organisation or case.organisation,
        made_by=caller.principal,
        made_at=now,
        until_at=until,
    )
    await packages.save(tx, package)
    await record(
        tx,
        caller,
        "package.made",
        now=now,
        subject=case.subject_id,
        unit=found[0].units[0],
        model=case.model,
        purpose=case.purpose,
        case_id=case.case_id,
        object_id=package.package_id,
    )
    return PackageView(package_id=package.package_id, until_at=until, permit=permit)


async def send_packages(tx: Connection, *, now: datetime) -> int:
    """Tell the recipients of what has become whole and consented to. How many packages it was."""
    ready = await packages.ready(tx, now=now, limit=BATCH)
    for package in ready:
        await packages.mark_sent(tx, package.package_id, now=now)
        inside = [one for one in await deliveries.of_case(tx, package.case_id) if one.permit_id == package.permit_id]
        await _tell(tx, inside, now=now)
        case = await cases.find(tx, package.case_id)
        await record_timer(
            tx,
            TIMER,
            "package.sent",
            now=now,
            organisation=package.organisation,
            subject=None if case is None else case.subject_id,
            unit=inside[0].discloser_unit,
            reasons=("consent-given",),
            case_id=package.case_id,
            object_id=package.package_id,
        )
    return len(ready)


async def _tell(tx: Connection, inside: Iterable[Delivery], *, now: datetime) -> None:
    for one in inside:
        notice = DeliveryReady(
            delivery_id=one.delivery_id,
            case_id=one.case_id,
            child_ref=one.recipient_child_ref,
            discloser_unit=one.discloser_unit,
            recipient_unit=one.recipient_unit,
            category=one.category,
            purpose=one.purpose,
            use_by=one.use_by,
        )
        await outbox.notify(tx, one.recipient_organisation, notice, now=now)


async def deliver_once(tx: Connection, delivery: Delivery, *, now: datetime) -> None:
    """The recipient has stored it: of a package nothing is kept for a second fetch. Any other delivery is left as it is."""
    package = await packages.of_permit(tx, delivery.permit_id)
    if package is not None:
        await duties.drop_cipher(tx, delivery.delivery_id)
        await packages.mark_delivered(tx, package.package_id, now=now)
