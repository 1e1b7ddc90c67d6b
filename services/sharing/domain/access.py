"""What access to the register is judged by: two persons, what a review finds, what a new organisation still lacks."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from services.sharing.domain.duties import DUTY_OFFICER, MANAGER
from services.sharing.domain.register import ADMINISTRATOR, Grant, Organisation, System, Unit, UnitKey
from shared.errors import Fault, Invalid
from shared.law.codes import Regime

GUARDED: Final = frozenset({Regime.POL, Regime.LE, Regime.SOC_FAM})
"""Two people give access to units of these regimes, and to units that are marked as guarded."""
UNUSED: Final = timedelta(days=60)
SOON: Final = timedelta(days=30)
KEY_SOON: Final = timedelta(days=14)
REVIEW_EVERY: Final = timedelta(days=180)
"""So often somebody looks through who may do what."""
REMIND_EVERY: Final = timedelta(days=30)
NEEDED: Final = (MANAGER, DUTY_OFFICER)
"""Roles that a unit's duties, alarms and emergencies go to: nobody there means that nobody hears."""
LEAST_THIRD_DIGIT: Final = 2
_HSA: Final = re.compile(r"SE[0-9]{10}-[A-Z0-9]{1,18}")


def check_numbers(organisation: Organisation) -> None:
    """Raises Invalid for an organisation number whose check digit does not fit, or an HSA-id of another form."""
    faults = []
    if organisation.number is not None and not is_number(organisation.number):
        faults.append(Fault("#/number", "is no organisation number: ten digits whose last one fits the others"))
    if organisation.hsa_id is not None and _HSA.fullmatch(organisation.hsa_id) is None:
        faults.append(Fault("#/hsa_id", "is no HSA-id: SE, ten digits, a hyphen, capitals and digits"))
    if faults:
        raise Invalid("request-invalid", faults=faults)


def is_number(text: str) -> bool:
    """Whether it is an organisation number, and so no personal number: its third digit is no month's."""
    try:
        return int(str(orgnr.validate(text))[2]) >= LEAST_THIRD_DIGIT
    except ValidationError:
        return False


def needs_two(unit: str | None, units: Iterable[Unit], *, to_oneself: bool) -> bool:
    """Whether a second person must approve: a guarded party is reached, or somebody gives access to themselves."""
    reached = [one for one in units if unit is None or one.unit == unit]
    return to_oneself or any(one.guarded or one.regime in GUARDED for one in reached)


class FindingKind(StrEnum):
    """What a review of access looks for."""

    UNUSED = "unused"
    EXPIRING = "expiring"
    NO_MANAGER = "no-manager"
    KEY_EXPIRING = "key-expiring"
    NO_KEY = "no-key"
    NO_ADMINISTRATOR = "no-administrator"
    UNHELD = "unheld"
    """Nobody holds a role that alarms go to."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an administrator should look at."""

    kind: FindingKind
    unit: str | None = None
    grant_id: UUID | None = None
    principal: str | None = None
    role: str | None = None
    kid: str | None = None
    at: datetime | None = None
    """When it ends, or was last used."""


def review(
    held: Iterable[Grant], last_use: dict[UUID, date], units: Iterable[Unit], keys: Iterable[UnitKey], *, today: date, now: datetime
) -> list[Finding]:
    """What is unused, about to end, without a manager who is still one, without a key that can be sealed to, or heard by nobody."""
    in_force = [grant for grant in held if grant.holds(now)]
    managers = {grant.principal for grant in in_force if grant.role == ADMINISTRATOR}
    found = [] if managers else [Finding(kind=FindingKind.NO_ADMINISTRATOR)]
    for grant in in_force:
        kinds = []
        if last_use.get(grant.grant_id, grant.valid_from.date()) < today - UNUSED:
            kinds.append(FindingKind.UNUSED)
        if grant.valid_until < now + SOON:
            kinds.append(FindingKind.EXPIRING)
        if grant.role != ADMINISTRATOR and grant.responsible not in managers:
            kinds.append(FindingKind.NO_MANAGER)
        found += [
            Finding(kind=kind, unit=grant.unit, grant_id=grant.grant_id, principal=grant.principal, role=grant.role, at=grant.valid_until)
            for kind in kinds
        ]
    usable = [key for key in keys if key.revoked_at is None and now < key.valid_until]
    for unit in units:
        last = max((key for key in usable if key.unit == unit.unit), key=lambda key: key.valid_until, default=None)
        if last is None:
            found.append(Finding(kind=FindingKind.NO_KEY, unit=unit.unit))
        elif last.valid_until < now + KEY_SOON:
            found.append(Finding(kind=FindingKind.KEY_EXPIRING, unit=unit.unit, kid=last.kid, at=last.valid_until))
        found += [Finding(kind=FindingKind.UNHELD, unit=unit.unit, role=role) for role in NEEDED if not _is_held(in_force, unit.unit, role)]
    return found


def _is_held(in_force: Iterable[Grant], unit: str, role: str) -> bool:
    return any(grant.role == role and grant.unit in {None, unit} for grant in in_force)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step on a new organisation's way in, and whether it is done."""

    step: str
    done: bool
    missing: tuple[str, ...] = ()
    """Units that still lack it."""


def onboarding(
    organisation: Organisation,
    units: list[Unit],
    keys: list[UnitKey],
    systems: list[System],
    held: list[Grant],
    *,
    agreed: bool,
    seen: bool,
    delivered: bool,
    now: datetime,
) -> tuple[Step, ...]:
    """The way in, from the facts of the register alone: nobody ticks anything off."""
    keyed = {key.unit for key in keys if key.is_in_force(now)}
    unkeyed = tuple(unit.unit for unit in units if unit.unit not in keyed)
    connected = any(s.revoked_at is None and s.valid_from <= now < s.valid_until for s in systems)
    return (
        Step(step="organisation-number", done=organisation.number is not None),
        Step(step="unit-with-regime", done=bool(units)),
        Step(step="first-administrator", done=any(g.role == ADMINISTRATOR and g.holds(now) for g in held)),
        Step(step="agreement", done=agreed),
        Step(step="countersigned-key", done=bool(units) and not unkeyed, missing=unkeyed),
        Step(step="system-connected", done=connected),
        Step(step="system-seen", done=seen),
        Step(step="first-delivery", done=delivered),
    )
