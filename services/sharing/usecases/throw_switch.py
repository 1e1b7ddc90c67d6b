"""The kill switch: an organisation, unit, route, matrix row or key is off from the commit on."""

from datetime import datetime
from enum import StrEnum

import msgspec

from services.sharing.domain.outcomes import Denied
from services.sharing.storage import register
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection


class SwitchKind(StrEnum):
    """What can be switched off."""

    ORGANISATION = "organisation"
    UNIT = "unit"
    ROUTE = "route"
    ROW = "row"
    KEY = "key"


class ThrowSwitch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Off or on again. A route is `<discloser unit>><recipient unit>`."""

    kind: SwitchKind
    value: str
    off: bool


async def throw_switch(tx: Connection, caller: Caller, request: ThrowSwitch, *, now: datetime) -> bool | Denied:
    """True when it changed, with its entry in the outbox. Only the operator may."""
    action = "switch.thrown" if request.off else "switch.reset"
    if caller.organisation != await register.operator(tx):
        return await deny(tx, caller, action, "not-the-operator", now=now)
    if request.off:
        changed = await register.throw_switch(tx, request.kind, request.value, now=now)
    else:
        changed = await register.reset_switch(tx, request.kind, request.value)
    if changed:
        await record(tx, caller, action, now=now, reasons=(request.kind, request.value))
    return changed
