"""What an administrator sees of an organisation: its parts, who can see what on any date, what a review finds, its way in."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.access import REVIEW_EVERY, Finding, Step, onboarding, review
from services.sharing.domain.limits import Lift, Limits
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import (
    Agreement,
    Grant,
    Organisation,
    Proposal,
    RegisterChange,
    SigningKey,
    Switch,
    System,
    Unit,
    UnitKey,
)
from services.sharing.storage import access, grants, limits, register
from services.sharing.usecases.administer import is_operator, may_administer
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection


class OrganisationsView(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's list; an administrator's own organisation."""

    organisations: tuple[Organisation, ...]


class OrganisationView(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation with everything that hangs on it, ended things too."""

    organisation: Organisation
    units: tuple[Unit, ...]
    systems: tuple[System, ...]
    signing_keys: tuple[SigningKey, ...]
    unit_keys: tuple[UnitKey, ...]
    agreements: tuple[Agreement, ...]
    grants: tuple[Grant, ...]
    proposals: tuple[Proposal, ...]
    switches: tuple[Switch, ...]
    """What is off in the whole system and touches this organisation, a unit, a key or a route of it."""
    limits: Limits
    lifts: tuple[Lift, ...]
    names: dict[str, str] = {}
    """What the parties of its agreements are called."""


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator should look at, as of an instant."""

    organisation: str
    reviewed_at: datetime
    """The instant that this is true of."""
    findings: tuple[Finding, ...]
    confirmed_at: datetime
    """When somebody last said that they had looked, or when the organisation came in."""
    due_at: datetime


class OnboardingView(msgspec.Struct, frozen=True, kw_only=True):
    """The way in, step by step; `next` is the first that is not done."""

    organisation: str
    steps: tuple[Step, ...]
    next: str | None


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """Who could do what at an instant."""

    organisation: str
    at: datetime
    grants: tuple[Grant, ...]


class ChangesView(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first, with before and after; at most 200."""

    organisation: str
    changes: tuple[RegisterChange, ...]


class SwitchesView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is off."""

    switches: tuple[Switch, ...]


async def list_organisations(tx: Connection, caller: Caller, *, now: datetime) -> OrganisationsView | Denied:
    """All for the operator, for an administrator their own."""
    if await is_operator(tx, caller, now=now):
        found = await register.organisations(tx)
    elif caller.organisation is not None and await may_administer(tx, caller, caller.organisation, now=now):
        found = [one for one in [await register.find_organisation(tx, caller.organisation)] if one is not None]
    else:
        return await deny(tx, caller, "register.read", "not-an-administrator", now=now)
    await record(tx, caller, "register.read", now=now)
    return OrganisationsView(organisations=tuple(found))


async def read_organisation(tx: Connection, caller: Caller, name: str, *, now: datetime) -> OrganisationView | Hidden:
    """Everything of one organisation."""
    organisation = await _open(tx, caller, name, now=now)
    if isinstance(organisation, Hidden):
        return organisation
    units = await register.units_of(tx, name)
    keys = await _keys_of(tx, units)
    ids = {name, *(unit.unit for unit in units), *(key.kid for key in keys)}
    agreements = await grants.agreements_of(tx, name)
    parties = [
        await register.find_organisation(tx, party) for party in sorted({party for one in agreements for party in one.organisations})
    ]
    return OrganisationView(
        organisation=organisation,
        units=tuple(units),
        systems=tuple(await register.systems_of(tx, name)),
        signing_keys=tuple(await register.signing_keys_of(tx, name)),
        unit_keys=tuple(keys),
        agreements=tuple(agreements),
        grants=tuple(await grants.of_organisation(tx, name)),
        proposals=tuple(await access.open_proposals(tx, name)),
        switches=tuple(switch for switch in await register.switches(tx) if ids & set(switch.value.split(">"))),
        limits=await limits.find(tx, name),
        lifts=tuple(await limits.lifts_of(tx, name)),
        names={party.organisation: party.display_name for party in parties if party is not None},
    )


async def review_access(tx: Connection, caller: Caller, name: str, *, now: datetime) -> ReviewView | Hidden:
    """Unused, about to end, without a manager, without a key."""
    organisation = await _open(tx, caller, name, now=now)
    if isinstance(organisation, Hidden):
        return organisation
    last, found = await access.reviewed_at(tx, name), tuple(await findings(tx, name, now=now))
    return ReviewView(organisation=name, reviewed_at=now, findings=found, confirmed_at=last, due_at=last + REVIEW_EVERY)


async def findings(tx: Connection, organisation: str, *, now: datetime) -> list[Finding]:
    """What a review of this organisation finds now."""
    held = await grants.of_organisation(tx, organisation)
    units = await register.units_of(tx, organisation)
    last = await grants.last_use(tx, [grant.grant_id for grant in held])
    return review(held, last, units, await _keys_of(tx, units), today=now.astimezone(STOCKHOLM).date(), now=now)


async def read_onboarding(tx: Connection, caller: Caller, name: str, *, now: datetime) -> OnboardingView | Hidden:
    """How far the organisation has come, from facts alone."""
    organisation = await _open(tx, caller, name, now=now)
    if isinstance(organisation, Hidden):
        return organisation
    units = await register.units_of(tx, name)
    held = await grants.of_organisation(tx, name)
    last = await grants.last_use(tx, [grant.grant_id for grant in held if grant.role == "system"])
    steps = onboarding(
        organisation,
        units,
        await _keys_of(tx, units),
        await register.systems_of(tx, name),
        held,
        agreed=any(a.revoked_at is None and a.valid_from <= now < a.valid_until for a in await grants.agreements_of(tx, name)),
        seen=bool(last),
        delivered=await access.has_delivered(tx, name),
        now=now,
    )
    return OnboardingView(organisation=name, steps=steps, next=next((step.step for step in steps if not step.done), None))


async def read_access(
    tx: Connection, caller: Caller, name: str, *, at: datetime | None, grant_id: UUID | None, now: datetime
) -> AccessView | Hidden:
    """Who can do what at any instant; with a grant, only what its holder can: principals do not stand in addresses (I9)."""
    organisation = await _open(tx, caller, name, now=now)
    if isinstance(organisation, Hidden):
        return organisation
    moment, principal = at or now, None
    if grant_id is not None:
        of = await grants.find(tx, grant_id)
        if of is None or of.organisation != name:
            return await hide(tx, caller, owner=None if of is None else of.organisation, now=now, object_id=grant_id)
        principal = of.principal
    return AccessView(organisation=name, at=moment, grants=tuple(await grants.as_of(tx, name, principal, moment)))


async def read_changes(tx: Connection, caller: Caller, name: str, *, thing: str | None, now: datetime) -> ChangesView | Hidden:
    """What was changed, by whom, with before and after."""
    organisation = await _open(tx, caller, name, now=now)
    if isinstance(organisation, Hidden):
        return organisation
    return ChangesView(organisation=name, changes=tuple(await access.changes_of(tx, name, thing)))


async def list_switches(tx: Connection, caller: Caller, *, now: datetime) -> SwitchesView | Denied:
    """Everything that is off; for the operator."""
    if not await is_operator(tx, caller, now=now):
        return await deny(tx, caller, "register.read", "not-the-operator", now=now)
    await record(tx, caller, "register.read", now=now)
    return SwitchesView(switches=tuple(await register.switches(tx)))


async def _open(tx: Connection, caller: Caller, name: str, *, now: datetime) -> Organisation | Hidden:
    """The organisation, with the entry of its reading, for whoever administers it; else as if it were not there."""
    organisation = await register.find_organisation(tx, name)
    if organisation is None or not await may_administer(tx, caller, name, now=now):
        return await hide(tx, caller, owner=None if organisation is None else name, now=now)
    await record(tx, caller, "register.read", now=now, organisation=name)
    return organisation


async def _keys_of(tx: Connection, units: list[Unit]) -> list[UnitKey]:
    return [key for unit in units for key in await register.unit_keys_of(tx, unit.unit)]
