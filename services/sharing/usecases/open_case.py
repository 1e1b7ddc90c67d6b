"""Open a case for one child under a collaboration model, with the units that take part."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Case, CaseParty
from services.sharing.domain.matters import NEVER_STOPPED
from services.sharing.domain.model_rules import may_convene, may_open
from services.sharing.domain.models import Model
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import SYSTEM_ROLE, Grant, UnitParty
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import CaseView
from services.sharing.storage import cases, grants, register
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller, Kind
from shared.contracts.consent import ChildFound
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import Purpose
from shared.words import OpaqueId


class OpenCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom it is about, by which model, for what, and who takes part besides the caller's own unit."""

    child_ref: UUID
    model: OpaqueId
    purpose: Purpose
    unit: OpaqueId
    parties: tuple[OpaqueId, ...]


async def open_case(
    tx: Connection, caller: Caller, request: OpenCase, *, tables: Tables, child: ChildFound, now: datetime
) -> CaseView | Denied | Hidden:
    """The case, with its entry in the outbox.

    `child` is consent's answer for the caller's own reference. A reference that is not theirs, and a unit that they hold no
    grant for, are the same 404. Raises Invalid for a model, purpose or unit that does not exist.
    """
    if child.subject_id is None:
        return await hide(tx, caller, owner=None, now=now, object_id=request.child_ref)
    model = tables.models.get(request.model)
    if model is None or request.purpose not in {purpose.code for purpose in model.purposes}:
        pointer = "#/model" if model is None else "#/purpose"
        raise Invalid("not-in-the-model", faults=[Fault(pointer, "no such model, or not a purpose of it")])
    parties = await _parties(tx, request)
    own = parties[request.unit]
    held = await grants_now(tx, caller, now=now)
    if own.organisation != caller.organisation or not may_act(held, request.unit, model):
        return await hide(tx, caller, owner=own.organisation, now=now, object_id=request.child_ref)
    if (refused := _model_refuses(model, own, parties.values(), held)) is not None:
        return await deny(tx, caller, "case.opened", "model-refuses", now=now, reasons=(refused,), unit=own.unit, subject=child.subject_id)
    organisations = {party.organisation for party in parties.values()}
    urgent = request.purpose in NEVER_STOPPED
    if len(organisations) > 1 and not urgent and not await grants.agreement_covers(tx, model.id, organisations, now=now):
        return await deny(tx, caller, "case.opened", "no-agreement", now=now, unit=own.unit, subject=child.subject_id)
    case = Case(
        case_id=new_id(now),
        organisation=own.organisation,
        unit=own.unit,
        subject_id=child.subject_id,
        child_ref=request.child_ref,
        model=model.id,
        model_version=model.version,
        purpose=request.purpose,
        opened_by=caller.principal,
        opened_at=now,
    )
    taking_part = [CaseParty(unit=party.unit, organisation=party.organisation) for party in parties.values()]
    await cases.save(tx, case, taking_part, responsible=caller.principal if caller.kind is Kind.PERSON else None)
    await record(
        tx,
        caller,
        "case.opened",
        now=now,
        subject=case.subject_id,
        unit=case.unit,
        purpose=case.purpose,
        model=case.model,
        case_id=case.case_id,
        object_id=case.case_id,
    )
    return view_case(case, sorted(parties), caller)


def _model_refuses(model: Model, own: UnitParty, parties: Iterable[UnitParty], held: Iterable[Grant]) -> str | None:
    """The model's reason against these parties, or against whoever opens it: some models name who convenes."""
    if (refusal := may_open(model, [party.regime for party in parties])) is not None:
        return refusal.code
    roles = {grant.role for grant in held if grant.covers(own.unit, model.id)}
    if SYSTEM_ROLE in roles or any(may_convene(model, role) is None for role in roles):
        return None
    return "role-not-allowed"


def view_case(case: Case, units: list[str], caller: Caller) -> CaseView:
    """The case as this caller may see it."""
    return CaseView(
        case_id=case.case_id,
        unit=case.unit,
        model=case.model,
        purpose=case.purpose,
        child_ref=case.child_ref if case.organisation == caller.organisation else None,
        parties=tuple(units),
        opened_at=case.opened_at,
    )


async def _parties(tx: Connection, request: OpenCase) -> dict[str, UnitParty]:
    found = await register.parties(tx, [request.unit, *request.parties])
    if request.unit not in found:
        raise Invalid("unknown-unit", faults=[Fault("#/unit", "is not registered")])
    faults = [Fault(f"#/parties/{place}", "is not registered") for place, unit in enumerate(request.parties) if unit not in found]
    if faults:
        raise Invalid("unknown-unit", faults=faults)
    return found
