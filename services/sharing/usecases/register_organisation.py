"""Take an organisation with its units, systems and signing keys into the register, or bring it up to date."""

from datetime import datetime

import msgspec

from services.sharing.domain.access import check_numbers
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Organisation, SigningKey, System, Unit
from services.sharing.storage import register
from services.sharing.usecases.administer import is_operator, remember
from services.sharing.usecases.record import deny, record
from shared import outbox
from shared.auth import Caller, Kind
from shared.contracts.sharing import OrganisationChanged, UnitSeen
from shared.database import Connection
from shared.errors import Conflict


class RegisterOrganisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation as it is to stand. Units, systems and keys are added or changed, never taken away."""

    organisation: Organisation
    units: tuple[Unit, ...] = ()
    systems: tuple[System, ...] = ()
    signing_keys: tuple[SigningKey, ...] = ()


async def register_organisation(tx: Connection, caller: Caller, request: RegisterOrganisation, *, now: datetime) -> bool | Denied:
    """True when something changed: then event and entry are in the outbox. The same again does nothing.

    Only the operator may; before there is one, only the operator itself can be registered, from its command line. Raises Invalid
    for an organisation number or an HSA-id that cannot be.
    """
    check_numbers(request.organisation)
    name = request.organisation.organisation
    first = await register.operator(tx) is None and request.organisation.operator
    if not (first and caller.kind is Kind.HOUSE and caller.organisation == name) and not await is_operator(tx, caller, now=now):
        return await deny(tx, caller, "organisation.registered", "not-the-operator", now=now)
    known = await register.lock_organisation(tx, name)
    wanted = msgspec.structs.replace(request.organisation, revision=1 if known is None else known.revision)
    changed = wanted != known
    if changed:
        await register.save_organisation(tx, wanted, now=now)
    changed |= await _save_parts(tx, caller, request, now=now)
    if not changed:
        return False
    if known is not None:
        wanted = msgspec.structs.replace(wanted, revision=known.revision + 1)
        await register.save_organisation(tx, wanted, now=now)
    await outbox.add(tx, await _event(tx, wanted, now=now), now=now)
    await remember(tx, caller, "organisation.registered", "organisation", name, organisation=name, before=known, after=wanted, now=now)
    await record(tx, caller, "organisation.registered", now=now, reasons=(name,))
    return True


async def _save_parts(tx: Connection, caller: Caller, request: RegisterOrganisation, *, now: datetime) -> bool:
    name = request.organisation.organisation
    changed = False
    units = {unit.unit: unit for unit in await register.units_of(tx, name)}
    for unit in request.units:
        if units.get(unit.unit) != unit:
            changed = True
            if unit.organisation != name or not await register.save_unit(tx, unit):
                raise Conflict("unit-of-another-organisation")
    systems = {(system.issuer, system.client_id): system for system in await register.systems_of(tx, name)}
    for system in request.systems:
        if systems.get((system.issuer, system.client_id)) != system:
            changed = True
            if system.organisation != name or not await register.save_system(tx, system):
                raise Conflict("system-already-connected")
    keys = {key.kid: key for key in await register.signing_keys_of(tx, name)}
    for key in request.signing_keys:
        if key.kid not in keys:
            changed = True
            await register.save_signing_key(tx, key)
            await record(tx, caller, "signing-key.registered", now=now, organisation=name, reasons=(key.kid, key.thumbprint))
        elif keys[key.kid] != key or key.organisation != name:
            raise Conflict("key-id-already-used")
    return changed


async def tell_changed(tx: Connection, organisation: Organisation, *, now: datetime) -> None:
    """A greater revision of an organisation that this transaction has locked, and the event that tells the other houses."""
    raised = msgspec.structs.replace(organisation, revision=organisation.revision + 1)
    await register.save_organisation(tx, raised, now=now)
    await outbox.add(tx, await _event(tx, raised, now=now), now=now)


async def tell_speakers(tx: Connection, name: str, *, now: datetime) -> None:
    """The other houses hear which systems may speak for an organisation now; nothing for one that is not registered."""
    organisation = await register.lock_organisation(tx, name)
    if organisation is not None:
        await tell_changed(tx, organisation, now=now)


async def _event(tx: Connection, organisation: Organisation, *, now: datetime) -> OrganisationChanged:
    units = await register.units_of(tx, organisation.organisation)
    return OrganisationChanged(
        organisation=organisation.organisation,
        display_name=organisation.display_name,
        public=organisation.public,
        units=tuple(UnitSeen(unit=unit.unit, name=unit.name, regime=unit.regime) for unit in units),
        systems=await register.speaking_systems(tx, organisation.organisation, now=now),
        revision=organisation.revision,
    )
