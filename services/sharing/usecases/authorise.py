"""What a caller may do: the grants that hold now, never the token alone (DESIGN 7)."""

from collections.abc import Iterable
from datetime import datetime

from services.sharing.domain.cases import CaseParty
from services.sharing.domain.models import Model
from services.sharing.domain.register import SYSTEM_ROLE, Grant
from services.sharing.storage import grants
from shared.auth import Caller, Kind
from shared.clock import STOCKHOLM
from shared.database import Connection


async def grants_now(tx: Connection, caller: Caller, *, now: datetime, lock: bool = False) -> list[Grant]:
    """The caller's grants in force in the organisation that the token names. `lock`: they stay so until the commit."""
    if caller.organisation is None:
        return []
    if caller.kind is Kind.SYSTEM and not caller.issuer.startswith(("https://", "http://")):
        held = await grants.of_systems(tx, caller.organisation, lock=lock)  # over the bus
    else:
        held = await grants.of_principal(tx, caller.principal, caller.organisation, lock=lock)
    found = [grant for grant in held if grant.holds(now) and (grant.role == SYSTEM_ROLE) == (caller.kind is Kind.SYSTEM)]
    if found:
        await grants.note_use(tx, [grant.grant_id for grant in found], now.astimezone(STOCKHOLM).date())
    return found


def may_act(held: Iterable[Grant], unit: str, model: Model | None) -> bool:
    """Whether one grant reaches this unit under this model, with a role that the model knows."""
    if model is None:
        return False
    return any(grant.covers(unit, model.id) and (grant.role == SYSTEM_ROLE or grant.role in model.roles) for grant in held)


def own_units(parties: Iterable[CaseParty], caller: Caller) -> list[str]:
    """The caller's organisation's units among those that take part."""
    return [party.unit for party in parties if party.organisation == caller.organisation]
