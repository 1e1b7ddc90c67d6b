"""The case that a request is about, if the caller's organisation takes part and a grant reaches one of its units."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Case, CaseParty, Decision, DecisionItem
from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.tables import Tables
from services.sharing.storage import cases, handling
from services.sharing.usecases.authorise import grants_now, may_act, own_units
from services.sharing.usecases.record import hide
from shared.auth import Caller
from shared.database import Connection


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A case with its parties and those of its units that the caller may act for."""

    case: Case
    parties: tuple[CaseParty, ...]
    units: tuple[str, ...]


async def find_case(
    tx: Connection, caller: Caller, case_id: UUID, *, tables: Tables, now: datetime, must_reach: bool = False
) -> Opened | Hidden:
    """Unknown, another's, without a grant, and of protected identity without being named are the same answer.

    The try stands in the owner's log, else in the actor's. `must_reach`: for a report of concern and for taking back, which
    nothing stops (DESIGN 8 d).
    """
    case = await cases.find(tx, case_id)
    if case is None:
        return await hide(tx, caller, owner=None, now=now, object_id=case_id)
    parties = await cases.parties_of(tx, case_id)
    held = await grants_now(tx, caller, now=now)
    model = tables.models.get(case.model)
    units = tuple(unit for unit in own_units(parties, caller) if may_act(held, unit, model))
    if not units or (not must_reach and await handling.hidden_from(tx, [case.subject_id], caller)):
        return await hide(tx, caller, owner=case.organisation, now=now, object_id=case_id, case_id=case_id)
    return Opened(case=case, parties=tuple(parties), units=units)


async def find_decision(
    tx: Connection, caller: Caller, decision_id: UUID, *, tables: Tables, now: datetime
) -> tuple[Opened, Decision, Sequence[DecisionItem]] | Hidden:
    """The same for a decision: every item of it must be of a unit that the caller may act for."""
    decision = await cases.find_decision(tx, decision_id)
    if decision is None:
        return await hide(tx, caller, owner=None, now=now, object_id=decision_id)
    opened = await find_case(tx, caller, decision.case_id, tables=tables, now=now)
    if isinstance(opened, Hidden):
        return opened
    items = await cases.items_of(tx, [decision_id])
    if any(item.discloser_unit not in opened.units for item in items):
        return await hide(tx, caller, owner=opened.case.organisation, now=now, object_id=decision_id, case_id=opened.case.case_id)
    return opened, decision, items
