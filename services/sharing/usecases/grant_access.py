"""Give one person or system a role for one unit, from and to."""

from datetime import datetime

import msgspec

from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import SYSTEM_ROLE, Grant
from services.sharing.storage import grants, register
from services.sharing.usecases.administer import may_administer, remember
from services.sharing.usecases.record import deny, record
from services.sharing.usecases.register_organisation import tell_speakers
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import GrantChanged
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id


class GrantAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may do what, where and until when."""

    principal: str
    organisation: str
    role: str
    valid_from: datetime
    valid_until: datetime
    unit: str | None = None
    models: tuple[str, ...] = ()


async def grant_access(
    tx: Connection, caller: Caller, request: GrantAccess, *, now: datetime, granted_by: str | None = None
) -> Grant | Denied:
    """The grant, with event and entry in the outbox. One that stands already as asked for is returned and nothing is done.

    The operator and the organisation's administrators may. `granted_by` is another manager than the caller, where the operator's
    file or a proposal names one. Raises Invalid for an unknown unit or a period that is none.
    """
    if request.valid_until <= request.valid_from:
        raise Invalid("wrong-period", faults=[Fault("#/valid_until", "must be later than valid_from")])
    if not await may_administer(tx, caller, request.organisation, now=now):
        return await deny(tx, caller, "grant.given", "not-an-administrator", now=now)
    if request.unit is not None and request.unit not in {unit.unit for unit in await register.units_of(tx, request.organisation)}:
        raise Invalid("unknown-unit", faults=[Fault("#/unit", "is no unit of this organisation")])
    for known in await grants.of_principal(tx, request.principal, request.organisation):
        if (known.unit, known.role, known.models, known.valid_until) == (
            request.unit,
            request.role,
            request.models,
            request.valid_until,
        ):
            return known
    manager = granted_by or caller.principal
    grant = Grant(grant_id=new_id(now), granted_by=manager, responsible=manager, **msgspec.structs.asdict(request))
    await grants.save(tx, grant)
    await remember(
        tx, caller, "grant.given", "grant", str(grant.grant_id), organisation=grant.organisation, before=None, after=grant, now=now
    )
    await outbox.add(tx, grant_event(grant), now=now)
    if grant.role == SYSTEM_ROLE:
        await tell_speakers(tx, grant.organisation, now=now)
    await record(
        tx,
        caller,
        "grant.given",
        now=now,
        organisation=grant.organisation,
        unit=grant.unit,
        reasons=(grant.role,),
        object_id=grant.grant_id,
    )
    return grant


def grant_event(grant: Grant) -> GrantChanged:
    """What the other houses are told of a grant."""
    return GrantChanged(
        grant_id=grant.grant_id,
        organisation=grant.organisation,
        unit=grant.unit,
        principal=grant.principal,
        role=grant.role,
        models=grant.models,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        revision=grant.revision,
        revoked_at=grant.revoked_at,
    )
