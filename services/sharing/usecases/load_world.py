"""Bring the register to what the operator's file says: through the same use cases as everything else, as often as one likes."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from services.sharing.domain.countersigning import Registrars, thumbprint_of
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Organisation, SigningKey, System, Unit, UnitKey
from services.sharing.usecases.grant_access import GrantAccess, grant_access
from services.sharing.usecases.register_organisation import RegisterOrganisation, register_organisation
from services.sharing.usecases.register_unit_key import register_unit_key
from services.sharing.usecases.sign_agreement import SignAgreement, sign_agreement
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import Refused
from shared.law.codes import Regime

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A system or signing key without dates is in force until it is revoked."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys in the file are mistakes."""


class WorldUnit(_Strict, frozen=True, kw_only=True):
    """One unit with its regime."""

    id: str
    name: str
    regime: Regime
    hsa_id: str | None = None
    guarded: bool = False
    telephone: str | None = None


class WorldSystem(_Strict, frozen=True, kw_only=True):
    """A connected system, `<issuer> <client_id>`, and the public key that its organisation signs with."""

    principal: str
    signing_key: dict[str, Any]
    valid_from: datetime = FIRST
    valid_until: datetime = LAST


class WorldOrganisation(_Strict, frozen=True, kw_only=True):
    """One controller with its units and systems."""

    id: str
    display_name: str
    public: bool
    principal: str
    units: tuple[WorldUnit, ...] = ()
    systems: tuple[WorldSystem, ...] = ()
    number: str | None = None
    hsa_id: str | None = None


class WorldKey(_Strict, frozen=True, kw_only=True):
    """A unit's encryption key as its organisation offers it."""

    organisation: str
    unit: str
    kid: str
    jwk: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    countersignatures: tuple[str, ...]


class WorldGrant(GrantAccess, frozen=True, kw_only=True):
    """A grant, and who decided it."""

    granted_by: str | None = None


class World(_Strict, frozen=True, kw_only=True):
    """The whole file. `registrars` is for its reader: what is trusted stands in the trust file alone."""

    operator: str
    organisations: tuple[WorldOrganisation, ...]
    unit_keys: tuple[WorldKey, ...] = ()
    agreements: tuple[SignAgreement, ...] = ()
    grants: tuple[WorldGrant, ...] = ()
    registrars: dict[str, dict[str, Any]] = {}


async def load_world(tx: Connection, world: World, registrars: Registrars, *, now: datetime) -> None:
    """Everything of the file, with event and entry for what is new. Raises Refused naming the use case that refused."""
    operating = operator_caller(world.operator)
    for organisation in sorted(world.organisations, key=lambda o: o.id != world.operator):
        outcome: object = await register_organisation(tx, operating, _registration(organisation, world.operator), now=now)
        _or_refuse(outcome)
    for key in world.unit_keys:
        _or_refuse(await register_unit_key(tx, operating, _unit_key(key), registrars, now=now))
    for agreement in world.agreements:
        _or_refuse(await sign_agreement(tx, operating, agreement, now=now))
    for grant in world.grants:
        fields = {name: getattr(grant, name) for name in GrantAccess.__struct_fields__}
        _or_refuse(await grant_access(tx, operating, GrantAccess(**fields), now=now, granted_by=grant.granted_by))


def operator_caller(organisation: str) -> Caller:
    """Whoever may run the operator's command line on this machine."""
    return Caller(kind=Kind.HOUSE, issuer="samsyn:command-line", subject="operator", client_id="operator", organisation=organisation)


def _registration(organisation: WorldOrganisation, operator: str) -> RegisterOrganisation:
    return RegisterOrganisation(
        organisation=Organisation(
            organisation=organisation.id,
            display_name=organisation.display_name,
            principal=organisation.principal,
            public=organisation.public,
            number=organisation.number,
            hsa_id=organisation.hsa_id,
            operator=organisation.id == operator,
        ),
        units=tuple(_unit(organisation.id, unit) for unit in organisation.units),
        systems=tuple(_system(organisation.id, system) for system in organisation.systems),
        signing_keys=tuple(
            SigningKey(
                organisation=organisation.id,
                kid=str(system.signing_key.get("kid", "")),
                public=system.signing_key,
                valid_from=system.valid_from,
                valid_until=system.valid_until,
            )
            for system in organisation.systems
        ),
    )


def _unit(organisation: str, unit: WorldUnit) -> Unit:
    return Unit(
        unit=unit.id,
        organisation=organisation,
        name=unit.name,
        regime=unit.regime,
        hsa_id=unit.hsa_id,
        guarded=unit.guarded,
        telephone=unit.telephone,
    )


def _system(organisation: str, system: WorldSystem) -> System:
    issuer, _, client_id = system.principal.partition(" ")
    return System(
        issuer=issuer,
        client_id=client_id,
        organisation=organisation,
        valid_from=system.valid_from,
        valid_until=system.valid_until,
    )


def _unit_key(key: WorldKey) -> UnitKey:
    return UnitKey(
        unit=key.unit,
        kid=key.kid,
        public=key.jwk,
        thumbprint=thumbprint_of(key.jwk) or "",
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        countersignatures=key.countersignatures,
    )


def _or_refuse(outcome: object) -> None:
    if isinstance(outcome, Denied):
        raise Refused(outcome.code)
