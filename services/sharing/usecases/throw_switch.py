"""The kill switch: an organisation, unit, route, matrix row or key is off from the commit on.

An organisation that is off speaks through no system either: its tokens prove nothing, and its open connections end within two seconds.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Switch
from services.sharing.storage import register
from services.sharing.usecases.administer import is_operator, remember
from services.sharing.usecases.record import deny, record
from services.sharing.usecases.register_organisation import tell_speakers
from shared.auth import Caller
from shared.database import Connection
from shared.words import Notice

SwitchValue = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}(>[a-z0-9-]{1,63})?$(?!\n)")]
"""An organisation, unit or key by its id, a row of the matrix, or two units with `>` between."""


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
    value: SwitchValue
    off: bool
    sv: Notice = "Avstängt av den som driver tjänsten."
    """What those who meet the stop are told, or why it goes on again."""
    en: Notice = "Switched off by the operator."


class SwitchView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is off now, and whether this act changed that."""

    kind: SwitchKind
    value: str
    off: bool
    changed: bool


async def throw_switch(tx: Connection, caller: Caller, request: ThrowSwitch, *, now: datetime) -> bool | Denied:
    """True when it changed, with its entry in the outbox. Only the operator may."""
    action = "switch.thrown" if request.off else "switch.reset"
    if not await is_operator(tx, caller, now=now):
        return await deny(tx, caller, action, "not-the-operator", now=now)
    switch = Switch(kind=request.kind, value=request.value, thrown_at=now, sv=request.sv, en=request.en, thrown_by=caller.principal)
    if request.off:
        changed = await register.throw_switch(tx, switch)
    else:
        changed = await register.reset_switch(tx, request.kind, request.value)
    if changed:
        if request.kind is SwitchKind.ORGANISATION:
            await tell_speakers(tx, request.value, now=now)
        before, after = (None, switch) if request.off else (switch, None)
        log = caller.organisation or ""
        await remember(tx, caller, action, f"switch-{request.kind}", request.value, organisation=log, before=before, after=after, now=now)
        await record(tx, caller, action, now=now, reasons=(request.kind, request.value))
    return changed
