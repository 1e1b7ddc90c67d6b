"""Ask something of another unit: a request, an offer, a wish for a plan, a report of concern, a consultation about nobody."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.duties import DutyKind
from services.sharing.domain.matters import KINDS, Matter, MatterKind
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.tables import Tables
from services.sharing.storage import grants, matters, register
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.find_case import find_case
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import deny, hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import MatterSent
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import LeafCategory
from shared.words import OpaqueId


class SendMatter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked, by which unit, of which. No words: those are sealed at the desk and go as an item."""

    kind: MatterKind
    from_unit: OpaqueId
    to_unit: OpaqueId
    case_id: UUID | None = None
    """None exactly for a consultation."""
    categories: tuple[LeafCategory, ...] = ()
    answer_by: datetime | None = None
    """Earlier than the kind's own day, never later."""


class _Way(msgspec.Struct, frozen=True, kw_only=True):
    """Between whom it goes, and about whom."""

    from_organisation: str
    to_organisation: str
    subject_id: UUID | None


async def send_matter(tx: Connection, caller: Caller, request: SendMatter, *, tables: Tables, now: datetime) -> Matter | Denied | Hidden:
    """The matter, with entry, notice and the other side's duty to answer. Needs nothing but our own database: a concern always goes.

    Raises Invalid for units that do not take part, a kind that the case's model has not, a day outside the kind's.
    """
    _check(request, now=now)
    way = await (_about_nobody if request.case_id is None else _in_case)(tx, caller, request, tables=tables, now=now)
    if not isinstance(way, _Way):
        return way
    kind = KINDS[request.kind]
    matter = Matter(
        matter_id=new_id(now),
        kind=request.kind,
        case_id=request.case_id,
        from_organisation=way.from_organisation,
        from_unit=request.from_unit,
        to_organisation=way.to_organisation,
        to_unit=request.to_unit,
        categories=request.categories,
        sent_at=now,
        answer_by=request.answer_by or now + kind.within,
    )
    await matters.save(tx, matter, by=caller.principal)
    await owe_duty(
        tx,
        DutyKind(kind.duty),
        organisation=matter.to_organisation,
        unit=matter.to_unit,
        case_id=matter.case_id,
        object_id=matter.matter_id,
        due_at=matter.answer_by,
        now=now,
    )
    shown = {name: getattr(matter, name) for name in MatterSent.__struct_fields__}
    await outbox.notify(tx, matter.to_organisation, MatterSent(**shown), now=now)
    await record(
        tx,
        caller,
        f"{matter.kind}.sent",
        now=now,
        subject=way.subject_id,
        unit=matter.from_unit,
        categories=matter.categories,
        case_id=matter.case_id,
        object_id=matter.matter_id,
    )
    return matter


def _check(request: SendMatter, *, now: datetime) -> None:
    faults = []
    if (request.case_id is None) != (request.kind is MatterKind.CONSULTATION):
        faults.append(Fault("#/case_id", "is named for everything but a consultation, which is about nobody"))
    if request.from_unit == request.to_unit:
        faults.append(Fault("#/to_unit", "is the unit that asks"))
    if request.answer_by is not None and not now < request.answer_by <= now + KINDS[request.kind].within:
        faults.append(Fault("#/answer_by", "must lie ahead, and not after the day that this kind has"))
    if request.kind in {MatterKind.REQUEST, MatterKind.OFFER} and not request.categories:
        faults.append(Fault("#/categories", "at least one"))
    if faults:
        raise Invalid("request-invalid", faults=faults)


async def _in_case(tx: Connection, caller: Caller, request: SendMatter, *, tables: Tables, now: datetime) -> _Way | Denied | Hidden:
    if request.case_id is None:
        raise LookupError("a consultation has no case")
    is_concern = request.kind is MatterKind.CONCERN
    found = await find_case(tx, caller, request.case_id, tables=tables, now=now, must_reach=is_concern)
    if isinstance(found, Hidden):
        return found
    case, model = found.case, KINDS[request.kind].model
    parties = {party.unit: party.organisation for party in found.parties}
    faults = [
        Fault(f"#/{name}", "does not take part in the case") for name in ("from_unit", "to_unit") if getattr(request, name) not in parties
    ]
    if model is not None and case.model != model:
        faults.append(Fault("#/kind", f"belongs to the model {model}"))
    if faults:
        raise Invalid("request-invalid", faults=faults)
    if request.from_unit not in found.units:
        action = f"{request.kind}.sent"
        return await deny(tx, caller, action, "no-grant-for-unit", now=now, case_id=case.case_id, subject=case.subject_id)
    return _Way(from_organisation=parties[request.from_unit], to_organisation=parties[request.to_unit], subject_id=case.subject_id)


async def _about_nobody(tx: Connection, caller: Caller, request: SendMatter, *, tables: Tables, now: datetime) -> _Way | Denied | Hidden:
    known = await register.parties(tx, [request.from_unit, request.to_unit])
    faults = [Fault(f"#/{name}", "is not registered") for name in ("from_unit", "to_unit") if getattr(request, name) not in known]
    if faults:
        raise Invalid("unknown-unit", faults=faults)
    model, asks, asked = KINDS[request.kind].model or "", known[request.from_unit], known[request.to_unit]
    held = await grants_now(tx, caller, now=now)
    if asks.organisation != caller.organisation or not may_act(held, asks.unit, tables.models.get(model)):
        return await hide(tx, caller, owner=asks.organisation, now=now)
    between = {asks.organisation, asked.organisation}
    if len(between) > 1 and not await grants.agreement_covers(tx, model, between, now=now):
        return await deny(tx, caller, f"{request.kind}.sent", "no-agreement", now=now, unit=asks.unit)
    return _Way(from_organisation=asks.organisation, to_organisation=asked.organisation, subject_id=None)
