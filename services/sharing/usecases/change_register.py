"""Organisations, units, connected systems and keys come into the register, change and are revoked, one at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import Organisation, SigningKey, System, Unit, UnitKey
from services.sharing.storage import register
from services.sharing.usecases.administer import is_operator, may_administer, remember
from services.sharing.usecases.record import deny, hide, record
from services.sharing.usecases.register_organisation import RegisterOrganisation, register_organisation, tell_changed
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Conflict, Fault, Invalid
from shared.law.codes import Regime
from shared.words import OpaqueId, Principal, Title

HsaId = Annotated[str, msgspec.Meta(pattern=r"^SE[0-9]{10}-[A-Z0-9]{1,18}$(?!\n)")]
Telephone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9][0-9 -]{4,19}$(?!\n)")]
KeyId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]{1,128}$(?!\n)")]

CompactJws = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$(?!\n)", max_length=4096)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown members are mistakes."""


class EnrolOrganisation(_Strict, frozen=True, kw_only=True):
    """A controller: one board, one company. The same again does nothing; other words change it."""

    organisation: OpaqueId
    display_name: Title
    principal: Title
    public: bool
    number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}-?[0-9]{4}$(?!\n)")] | None = None
    hsa_id: HsaId | None = None


class RegisterUnit(_Strict, frozen=True, kw_only=True):
    """A unit with exactly one regime."""

    organisation: OpaqueId
    unit: OpaqueId
    name: Title
    regime: Regime
    hsa_id: HsaId | None = None
    guarded: bool = False
    telephone: Telephone | None = None
    """Where somebody answers when what is urgent is not fetched; a function's, nobody's own."""


class ConnectSystem(_Strict, frozen=True, kw_only=True):
    """A client of the provider that speaks for an organisation, from and to."""

    organisation: OpaqueId
    principal: Principal
    valid_from: datetime
    valid_until: datetime


class RegisterSigningKey(_Strict, frozen=True, kw_only=True):
    """A public Ed25519 key with its `kid`. Two may be in force at once: that is how one is changed for the next."""

    organisation: OpaqueId
    jwk: dict[str, Any]
    valid_from: datetime
    valid_until: datetime


class OfferUnitKey(_Strict, frozen=True, kw_only=True):
    """A unit's public key and what both registrars signed of it. Two may be in force at once."""

    unit: OpaqueId
    kid: KeyId
    jwk: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    countersignatures: tuple[CompactJws, ...]


class RevokeSystem(_Strict, frozen=True, kw_only=True):
    """Which client."""

    organisation: OpaqueId
    principal: Principal


class RevokeKey(_Strict, frozen=True, kw_only=True):
    """A unit's key, or without `unit` one that the organisation signs with."""

    organisation: OpaqueId
    kid: KeyId
    unit: OpaqueId | None = None


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it was not so before."""

    changed: bool


async def enrol_organisation(tx: Connection, caller: Caller, request: EnrolOrganisation, *, now: datetime) -> Changed | Denied:
    """Only the operator may. Raises Invalid for a number that cannot be."""
    known = await register.find_organisation(tx, request.organisation)
    organisation = Organisation(**msgspec.structs.asdict(request), operator=known is not None and known.operator)
    outcome = await register_organisation(tx, caller, RegisterOrganisation(organisation=organisation), now=now)
    return outcome if isinstance(outcome, Denied) else Changed(changed=outcome)


async def register_unit(tx: Connection, caller: Caller, request: RegisterUnit, *, now: datetime) -> Changed | Denied | Hidden:
    """Only the operator may: a regime is a fact of law. Raises Conflict where the id is another organisation's."""
    if not await is_operator(tx, caller, now=now):
        return await deny(tx, caller, "unit.registered", "not-the-operator", now=now)
    organisation = await register.lock_organisation(tx, request.organisation)
    if organisation is None:
        return await hide(tx, caller, owner=None, now=now)
    unit = Unit(**msgspec.structs.asdict(request))
    before = next((one for one in await register.units_of(tx, unit.organisation) if one.unit == unit.unit), None)
    if before == unit:
        return Changed(changed=False)
    if before is not None and before.regime is not unit.regime:
        raise Conflict("unit-has-another-regime")
    if not await register.save_unit(tx, unit):
        raise Conflict("unit-of-another-organisation")
    await tell_changed(tx, organisation, now=now)
    await remember(tx, caller, "unit.registered", "unit", unit.unit, organisation=unit.organisation, before=before, after=unit, now=now)
    await record(tx, caller, "unit.registered", now=now, organisation=unit.organisation, unit=unit.unit, reasons=(unit.regime,))
    return Changed(changed=True)


async def connect_system(tx: Connection, caller: Caller, request: ConnectSystem, *, now: datetime) -> Changed | Denied | Hidden:
    """The organisation's administrator may. What it may do is a grant of its own. Raises Conflict for another's client."""
    organisation = await _administered(tx, caller, request.organisation, "system.connected", now=now)
    if isinstance(organisation, Denied | Hidden):
        return organisation
    if request.valid_until <= request.valid_from:
        raise Invalid("wrong-period", faults=[Fault("#/valid_until", "must be later than valid_from")])
    issuer, _, client_id = request.principal.partition(" ")
    system = System(
        issuer=issuer,
        client_id=client_id,
        organisation=request.organisation,
        valid_from=request.valid_from,
        valid_until=request.valid_until,
    )
    before = next((s for s in await register.systems_of(tx, request.organisation) if (s.issuer, s.client_id) == (issuer, client_id)), None)
    if before == system:
        return Changed(changed=False)
    if not await register.save_system(tx, system):
        raise Conflict("system-already-connected")
    await tell_changed(tx, organisation, now=now)
    await remember(
        tx, caller, "system.connected", "system", client_id, organisation=system.organisation, before=before, after=system, now=now
    )
    await record(tx, caller, "system.connected", now=now, organisation=system.organisation)
    return Changed(changed=True)


async def revoke_system(tx: Connection, caller: Caller, request: RevokeSystem, *, now: datetime) -> Changed | Denied | Hidden:
    """From the commit on its tokens prove nothing; the callout ends its connections within two seconds."""
    organisation = await _administered(tx, caller, request.organisation, "system.revoked", now=now)
    if isinstance(organisation, Denied | Hidden):
        return organisation
    issuer, _, client_id = request.principal.partition(" ")
    if not await register.revoke_system(tx, request.organisation, issuer, client_id, now=now):
        return Changed(changed=False)
    after = next(s for s in await register.systems_of(tx, request.organisation) if (s.issuer, s.client_id) == (issuer, client_id))
    before = msgspec.structs.replace(after, revoked_at=None)
    await tell_changed(tx, organisation, now=now)
    await remember(
        tx, caller, "system.revoked", "system", client_id, organisation=request.organisation, before=before, after=after, now=now
    )
    await record(tx, caller, "system.revoked", now=now, organisation=request.organisation)
    return Changed(changed=True)


async def register_signing_key(tx: Connection, caller: Caller, request: RegisterSigningKey, *, now: datetime) -> Changed | Denied | Hidden:
    """The organisation's administrator may. Raises Invalid for what is no public Ed25519 key, Conflict for a used key id."""
    organisation = await _administered(tx, caller, request.organisation, "signing-key.registered", now=now)
    if isinstance(organisation, Denied | Hidden):
        return organisation
    kid = _kid_of(request.jwk)
    key = SigningKey(
        organisation=request.organisation,
        kid=kid,
        public=request.jwk,
        valid_from=request.valid_from,
        valid_until=request.valid_until,
    )
    known = next((one for one in await register.signing_keys_of(tx, request.organisation) if one.kid == kid), None)
    if known == key:
        return Changed(changed=False)
    if known is not None:
        raise Conflict("key-id-already-used")
    await register.save_signing_key(tx, key)
    in_force = any(one.is_in_force(now) for one in await register.signing_keys_of(tx, request.organisation) if one.kid != kid)
    action = "signing-key.rotated" if in_force else "signing-key.registered"
    await remember(tx, caller, action, "signing-key", kid, organisation=key.organisation, before=None, after=key, now=now)
    await record(tx, caller, action, now=now, organisation=key.organisation, reasons=(kid, key.thumbprint))
    return Changed(changed=True)


async def revoke_key(tx: Connection, caller: Caller, request: RevokeKey, *, now: datetime) -> Changed | Denied | Hidden:
    """From the commit on nothing is sealed to it, or signed with it is taken."""
    kind = "signing-key" if request.unit is None else "unit-key"
    organisation = await _administered(tx, caller, request.organisation, f"{kind}.revoked", now=now)
    if isinstance(organisation, Denied | Hidden):
        return organisation
    keys: Sequence[UnitKey | SigningKey]
    if request.unit is None:
        keys = await register.signing_keys_of(tx, request.organisation)
        changed = await register.revoke_signing_key(tx, request.organisation, request.kid, now=now)
    elif request.unit in {unit.unit for unit in await register.units_of(tx, request.organisation)}:
        keys = await register.unit_keys_of(tx, request.unit)
        changed = await register.revoke_unit_key(tx, request.unit, request.kid, now=now)
    else:
        return await hide(tx, caller, owner=None, now=now)
    if changed:
        reasons = (request.kid, next(key.thumbprint for key in keys if key.kid == request.kid))
        await remember(
            tx, caller, f"{kind}.revoked", kind, request.kid, organisation=request.organisation, before=None, after=request, now=now
        )
        await record(tx, caller, f"{kind}.revoked", now=now, organisation=request.organisation, unit=request.unit, reasons=reasons)
    return Changed(changed=changed)


async def _administered(tx: Connection, caller: Caller, name: str, action: str, *, now: datetime) -> Organisation | Denied | Hidden:
    """The organisation, held until the commit, where the caller may change it."""
    if not await may_administer(tx, caller, name, now=now):
        return await deny(tx, caller, action, "not-an-administrator", now=now)
    organisation = await register.lock_organisation(tx, name)
    return organisation if organisation is not None else await hide(tx, caller, owner=None, now=now)


def _kid_of(jwk: dict[str, Any]) -> str:
    try:
        key = OKPKey.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Invalid("key-not-usable", faults=[Fault("#/jwk", "not a public Ed25519 key with a kid")]) from error
    if key.is_private or jwk.get("crv") != "Ed25519" or not isinstance(jwk.get("kid"), str):
        raise Invalid("key-not-usable", faults=[Fault("#/jwk", "not a public Ed25519 key with a kid")])
    return str(jwk["kid"])
