"""An administrator gives access; where two persons are needed, one proposes and another approves."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.sharing.domain.access import needs_two
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import Grant, Proposal
from services.sharing.storage import access, register
from services.sharing.usecases.administer import may_administer, remember
from services.sharing.usecases.grant_access import GrantAccess, grant_access
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.words import OpaqueId, Principal

BACKWARDS = timedelta(minutes=5)
"""A grant is not given for a time that has been: who could see what on a day must stay true. This much clocks may differ."""


class GiveAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may do what, where, by which models (none: all) and from when to when."""

    principal: Principal
    organisation: OpaqueId
    role: OpaqueId
    valid_from: datetime
    valid_until: datetime
    unit: OpaqueId | None = None
    models: tuple[OpaqueId, ...] = ()


class GivenView(msgspec.Struct, frozen=True, kw_only=True):
    """The grant that is in force from its day on, or the proposal that waits for another administrator."""

    grant: Grant | None = None
    proposal: Proposal | None = None


class DecideProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Approved, or turned down."""

    approve: bool


async def give_access(tx: Connection, caller: Caller, request: GiveAccess, *, now: datetime) -> GivenView | Denied:
    """The grant, or where two persons are needed the proposal. Raises Invalid for a period that has begun or an unknown unit."""
    if request.valid_from < now - BACKWARDS:
        raise Invalid("wrong-period", faults=[Fault("#/valid_from", "must not lie in the past")])
    wanted = GrantAccess(**msgspec.structs.asdict(request))
    units = await register.units_of(tx, request.organisation)
    if not needs_two(request.unit, units, to_oneself=request.principal == caller.principal):
        grant = await grant_access(tx, caller, wanted, now=now)
        return grant if isinstance(grant, Denied) else GivenView(grant=grant)
    if not await may_administer(tx, caller, request.organisation, now=now):
        return await deny(tx, caller, "grant.proposed", "not-an-administrator", now=now)
    if request.unit is not None and request.unit not in {unit.unit for unit in units}:
        raise Invalid("unknown-unit", faults=[Fault("#/unit", "is no unit of this organisation")])
    proposal = Proposal(
        proposal_id=new_id(now),
        organisation=request.organisation,
        wanted=msgspec.to_builtins(wanted),
        proposed_by=caller.principal,
        proposed_at=now,
    )
    await access.save_proposal(tx, proposal)
    await _remember(tx, caller, "grant.proposed", None, proposal, now=now)
    return GivenView(proposal=proposal)


async def decide_proposal(
    tx: Connection, caller: Caller, proposal_id: UUID, request: DecideProposal, *, now: datetime
) -> GivenView | Denied | Hidden:
    """Another administrator's word, who is neither the proposer nor the one who gets it; a second word changes nothing."""
    proposal = await access.lock_proposal(tx, proposal_id)
    if proposal is None or not await may_administer(tx, caller, proposal.organisation, now=now):
        return await hide(tx, caller, owner=None if proposal is None else proposal.organisation, now=now, object_id=proposal_id)
    if proposal.decided_at is not None:
        return GivenView(proposal=proposal)
    wanted = msgspec.convert(proposal.wanted, GrantAccess)
    if caller.principal in {proposal.proposed_by, wanted.principal}:
        return await deny(tx, caller, "grant.approved", "needs-another-person", now=now, object_id=proposal_id)
    grant = None
    if request.approve:
        given = await grant_access(tx, caller, wanted, now=now, granted_by=proposal.proposed_by)
        if isinstance(given, Denied):
            return given
        grant = given
    grant_id = None if grant is None else grant.grant_id
    await access.decide_proposal(tx, proposal_id, by=caller.principal, grant_id=grant_id, now=now)
    decided = msgspec.structs.replace(proposal, decided_by=caller.principal, decided_at=now, grant_id=grant_id)
    await _remember(tx, caller, "grant.approved" if request.approve else "grant.turned-down", proposal, decided, now=now)
    return GivenView(grant=grant, proposal=decided)


async def _remember(tx: Connection, caller: Caller, action: str, before: Proposal | None, after: Proposal, *, now: datetime) -> None:
    await remember(
        tx, caller, action, "proposal", str(after.proposal_id), organisation=after.organisation, before=before, after=after, now=now
    )
    await record(tx, caller, action, now=now, organisation=after.organisation, object_id=after.proposal_id)
