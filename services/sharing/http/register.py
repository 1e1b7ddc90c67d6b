"""The register, for administrators and the operator: organisations, units, systems, keys, agreements and the kill switch."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from services.sharing.domain.countersigning import thumbprint_of
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Agreement, UnitKey
from services.sharing.http.outcomes import told
from services.sharing.usecases.change_register import (
    Changed,
    ConnectSystem,
    EnrolOrganisation,
    OfferUnitKey,
    RegisterSigningKey,
    RegisterUnit,
    RevokeKey,
    RevokeSystem,
    connect_system,
    enrol_organisation,
    register_signing_key,
    register_unit,
    revoke_key,
    revoke_system,
)
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.read_register import (
    OnboardingView,
    OrganisationsView,
    OrganisationView,
    SwitchesView,
    list_organisations,
    list_switches,
    read_onboarding,
    read_organisation,
)
from services.sharing.usecases.register_unit_key import register_unit_key
from services.sharing.usecases.sign_agreement import RenewAgreement, SignAgreement, end_agreement, renew_agreement, sign_agreement
from services.sharing.usecases.throw_switch import SwitchView, ThrowSwitch, throw_switch
from shared.auth import LOA3, Kind, requires
from shared.database import Connection
from shared.errors import AppError
from shared.work import TheCaller, TheWork

READS = requires("sharing:read", kinds=frozenset({Kind.PERSON}), acr=LOA3)
CHANGES = requires("sharing:confirm", kinds=frozenset({Kind.PERSON}), acr=LOA3)
"""Who is asked for a grant of administrator by the use case; a system passes neither."""
On = NamedDependency[SkipValidation[Ground]]


@get("/v1/register/organisations", guards=[READS])
async def show_organisations(caller: TheCaller, work: TheWork) -> OrganisationsView:
    """All for the operator, for an administrator their own."""

    async def effect(tx: Connection) -> OrganisationsView | AppError:
        return told(await list_organisations(tx, caller, now=work.now))

    return await work.once(effect)


@get("/v1/register/organisations/{organisation:str}", guards=[READS])
async def show_organisation(organisation: FromPath[str], caller: TheCaller, work: TheWork) -> OrganisationView:
    """One organisation with everything that hangs on it."""

    async def effect(tx: Connection) -> OrganisationView | AppError:
        return told(await read_organisation(tx, caller, organisation, now=work.now))

    return await work.once(effect)


@get("/v1/register/organisations/{organisation:str}/onboarding", guards=[READS])
async def show_onboarding(organisation: FromPath[str], caller: TheCaller, work: TheWork) -> OnboardingView:
    """How far a new organisation has come, from facts alone."""

    async def effect(tx: Connection) -> OnboardingView | AppError:
        return told(await read_onboarding(tx, caller, organisation, now=work.now))

    return await work.once(effect)


@post("/v1/register/organisations", guards=[CHANGES], status_code=200)
async def enrol(data: JSONBody[EnrolOrganisation], caller: TheCaller, work: TheWork) -> Changed:
    """The operator enrols an organisation, or brings its words up to date."""

    async def effect(tx: Connection) -> Changed | AppError:
        return told(await enrol_organisation(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/units", guards=[CHANGES], status_code=200)
async def set_unit(data: JSONBody[RegisterUnit], caller: TheCaller, work: TheWork) -> Changed:
    """The operator registers a unit with its regime."""

    async def effect(tx: Connection) -> Changed | AppError:
        return told(await register_unit(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/systems", guards=[CHANGES], status_code=200)
async def connect(data: JSONBody[ConnectSystem], caller: TheCaller, work: TheWork) -> Changed:
    """An administrator connects a system of their organisation."""

    async def effect(tx: Connection) -> Changed | AppError:
        return told(await connect_system(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/systems/revocations", guards=[CHANGES], status_code=200)
async def disconnect(data: JSONBody[RevokeSystem], caller: TheCaller, work: TheWork) -> Changed:
    """A system speaks for nobody from now on; its connections end within two seconds."""

    async def effect(tx: Connection) -> Changed | AppError:
        return told(await revoke_system(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/signing-keys", guards=[CHANGES], status_code=200)
async def add_signing_key(data: JSONBody[RegisterSigningKey], caller: TheCaller, work: TheWork) -> Changed:
    """The next key that the organisation signs with; the one before goes on until it ends or is revoked."""

    async def effect(tx: Connection) -> Changed | AppError:
        return told(await register_signing_key(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/unit-keys", guards=[CHANGES], status_code=200)
async def add_unit_key(data: JSONBody[OfferUnitKey], caller: TheCaller, work: TheWork, ground: On) -> Changed:
    """A unit's next key with both registrars' word; the one before goes on until it ends or is revoked."""
    key = UnitKey(
        unit=data.unit,
        kid=data.kid,
        public=data.jwk,
        thumbprint=thumbprint_of(data.jwk) or "",
        valid_from=data.valid_from,
        valid_until=data.valid_until,
        countersignatures=data.countersignatures,
    )

    async def effect(tx: Connection) -> Changed | AppError:
        outcome = await register_unit_key(tx, caller, key, ground.registrars, now=work.now)
        return told(outcome if isinstance(outcome, Denied) else Changed(changed=outcome))

    return await work.once(effect)


@post("/v1/register/keys/revocations", guards=[CHANGES], status_code=200)
async def end_key(data: JSONBody[RevokeKey], caller: TheCaller, work: TheWork) -> Changed:
    """A unit's key or a signing key is in force no longer."""

    async def effect(tx: Connection) -> Changed | AppError:
        return told(await revoke_key(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/agreements", guards=[CHANGES], status_code=201)
async def sign(data: JSONBody[SignAgreement], caller: TheCaller, work: TheWork) -> Agreement:
    """The operator records that organisations have agreed to work by a model."""

    async def effect(tx: Connection) -> Agreement | AppError:
        return told(await sign_agreement(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/agreements/{agreement_id:uuid}/end", guards=[CHANGES], status_code=200)
async def leave(agreement_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> Agreement:
    """The operator or any party ends it at once."""

    async def effect(tx: Connection) -> Agreement | AppError:
        return told(await end_agreement(tx, caller, agreement_id, now=work.now))

    return await work.once(effect)


@post("/v1/register/agreements/{agreement_id:uuid}/renewal", guards=[CHANGES], status_code=201)
async def renew(agreement_id: FromPath[UUID], data: JSONBody[RenewAgreement], caller: TheCaller, work: TheWork) -> Agreement:
    """A new one between the same, from now on."""

    async def effect(tx: Connection) -> Agreement | AppError:
        return told(await renew_agreement(tx, caller, agreement_id, data, now=work.now))

    return await work.once(effect)


@get("/v1/register/switches", guards=[READS])
async def show_switches(caller: TheCaller, work: TheWork) -> SwitchesView:
    """Everything that is switched off."""

    async def effect(tx: Connection) -> SwitchesView | AppError:
        return told(await list_switches(tx, caller, now=work.now))

    return await work.once(effect)


@post("/v1/register/switches", guards=[CHANGES], status_code=200)
async def switch(data: JSONBody[ThrowSwitch], caller: TheCaller, work: TheWork) -> SwitchView:
    """Off or on again, from the commit on."""

    async def effect(tx: Connection) -> SwitchView | AppError:
        outcome = await throw_switch(tx, caller, data, now=work.now)
        if isinstance(outcome, Denied):
            return told(outcome)
        return SwitchView(kind=data.kind, value=data.value, off=data.off, changed=outcome)

    return await work.once(effect)


ROUTES: list[Any] = [
    show_organisations,
    show_organisation,
    show_onboarding,
    enrol,
    set_unit,
    connect,
    disconnect,
    add_signing_key,
    add_unit_key,
    end_key,
    sign,
    leave,
    renew,
    show_switches,
    switch,
]
