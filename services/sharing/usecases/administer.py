"""Who may change the register, and what is remembered of each change."""

from datetime import datetime
from typing import Any

import msgspec

from services.sharing.domain.register import ADMINISTRATOR, RegisterChange
from services.sharing.storage import access, grants, register
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.ids import new_id


async def is_operator(tx: Connection, caller: Caller, *, now: datetime) -> bool:
    """The operator's command line, or a person who administers the operator's own organisation. Never a system."""
    operator = await register.operator(tx)
    if operator is None or caller.organisation != operator:
        return False
    return caller.kind is Kind.HOUSE or await _administers(tx, caller, operator, now=now)


async def may_administer(tx: Connection, caller: Caller, organisation: str, *, now: datetime) -> bool:
    """Whether the caller is the operator, or a person who holds an administrator's grant in this organisation now."""
    if caller.organisation == organisation and await _administers(tx, caller, organisation, now=now):
        return True
    return await is_operator(tx, caller, now=now)


async def _administers(tx: Connection, caller: Caller, organisation: str, *, now: datetime) -> bool:
    if caller.kind is not Kind.PERSON:
        return False
    held = await grants.of_principal(tx, caller.principal, organisation)
    return any(grant.role == ADMINISTRATOR and grant.holds(now) for grant in held)


async def remember(
    tx: Connection,
    caller: Caller,
    action: str,
    kind: str,
    thing: str,
    *,
    organisation: str,
    before: msgspec.Struct | None,
    after: msgspec.Struct | None,
    now: datetime,
) -> None:
    """Keep before and after. The entry of the act is its own use case's (I4)."""
    change = RegisterChange(
        change_id=new_id(now),
        organisation=organisation,
        kind=kind,
        object=thing,
        action=action,
        changed_at=now,
        changed_by=caller.principal,
        before=_values(before),
        after=_values(after),
    )
    await access.save_change(tx, change)


def _values(state: msgspec.Struct | None) -> dict[str, Any] | None:
    values: dict[str, Any] | None = None if state is None else msgspec.to_builtins(state)
    return values
