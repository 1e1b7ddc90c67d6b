"""The acts of `admin_act.py`, one function each: what is wrong with the draft, or what it changes and the use case that does it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.sharing.domain.outcomes import Denied, Refusal
from services.sharing.domain.register import Agreement, Organisation
from services.sharing.pages.admin import Opened
from services.sharing.pages.admin_words import LIFTS, SIGNERS, SWITCHES, day_begins, last_day, written_day
from services.sharing.usecases.change_register import (
    Changed,
    ConnectSystem,
    KeyId,
    RegisterSigningKey,
    RevokeKey,
    RevokeSystem,
    connect_system,
    register_signing_key,
    revoke_key,
    revoke_system,
)
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.limit_acts import LiftLimit, LiftReason, SetLimits, lift_limit, set_limits
from services.sharing.usecases.sign_agreement import RenewAgreement, SignAgreement, end_agreement, renew_agreement, sign_agreement
from services.sharing.usecases.throw_switch import SwitchKind, ThrowSwitch, throw_switch
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.errors import NotFound
from shared.pages import N_
from shared.words import Principal

Typed = dict[str, list[str]]
Faults = dict[str, str]
Effect = Callable[..., Awaitable[msgspec.Struct | Refusal]]
"""`effect(tx, caller, now=now)`."""
LIMITS = ("unit_children", "person_children", "unit_acts", "person_acts")
MOST = 1_000_000
YEAR = timedelta(days=365)
NO_DAY = N_("Skriv en dag som ÅÅÅÅ-MM-DD, efter i dag")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One act as it is being written."""

    found: Opened
    ground: Ground
    caller: Caller
    now: datetime
    thing: str
    """What is changed, where the act is about something that is there."""
    typed: Typed
    others: tuple[Organisation, ...] = ()
    """All organisations, for the operator who writes down an agreement."""

    @property
    def name(self) -> str:
        """The organisation."""
        return self.found.view.organisation.organisation

    def one(self, field: str) -> str:
        """What stands in it."""
        return (self.typed.get(field) or [""])[0].strip()

    def until(self, faults: Faults) -> datetime:
        """The end of the last day; a fault for one that is no day, or is over."""
        day = written_day(self.one("until"))
        if day is None or day <= self.now.astimezone(STOCKHOLM).date():
            faults["until"] = NO_DAY
            return self.now
        return day_begins(day + timedelta(days=1))

    def agreement(self) -> Agreement:
        """The one that the act is about. Raises NotFound."""
        found: Agreement = _first(one for one in self.found.view.agreements if str(one.agreement_id) == self.thing)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What an act will do."""

    rows: list[tuple[str, Any, Any]]
    """What, as it is now, as it will be."""
    effect: Effect


Read = Callable[[Scene], "Plan | Faults"]


def connect(scene: Scene) -> Plan | Faults:
    """A system is connected, or goes on to another day."""
    says, faults = scene.found.says, Faults()
    client = scene.thing or scene.one("client")
    principal, until = f"{scene.caller.issuer} {client}", scene.until(faults)
    if not _fits(principal, Principal):
        faults = {"client": N_("Skriv systemets id vid inloggningen"), **faults}
    if faults:
        return faults
    known = next((one for one in scene.found.view.systems if one.client_id == client), None)
    start = known.valid_from if known and known.revoked_at is None else scene.now
    wanted = ConnectSystem(organisation=scene.name, principal=principal, valid_from=start, valid_until=until)
    before = says._("inte anslutet") if known is None or known.revoked_at else last_day(known.valid_until)
    return Plan(rows=[(f"{says._('System')} {client}: {says._('till')}", before, last_day(until))], effect=_does(connect_system, wanted))


def disconnect(scene: Scene) -> Plan | Faults:
    """A system speaks for nobody any more."""
    says = scene.found.says
    known = _first(one for one in scene.found.view.systems if one.client_id == scene.thing and one.revoked_at is None)
    wanted = RevokeSystem(organisation=scene.name, principal=f"{known.issuer} {known.client_id}")
    before = says._("ansluten till %(day)s") % {"day": last_day(known.valid_until)}
    return Plan(rows=[(f"{says._('System')} {known.client_id}", before, says._("avslutad nu"))], effect=_does(revoke_system, wanted))


def signing_key(scene: Scene) -> Plan | Faults:
    """The next key that the organisation signs with."""
    says, faults = scene.found.says, Faults()
    until, kid, key = scene.until(faults), scene.one("kid"), scene.one("key")
    held = [one.kid for one in scene.found.view.signing_keys if one.revoked_at is None and scene.now < one.valid_until]
    if kid in held or not _fits(kid, KeyId):
        faults["kid"] = N_("Skriv ett id utan mellanslag, som ingen annan nyckel har")
    if not key:
        faults["key"] = N_("Skriv den publika nyckeln, aldrig den hemliga")
    if faults:
        return faults
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": key}
    wanted = RegisterSigningKey(organisation=scene.name, jwk=jwk, valid_from=scene.now, valid_until=until)
    rows = [
        (says._("Nycklar i kraft"), ", ".join(held) or "–", ", ".join([*held, kid])),
        (f"{kid}: {says._('till')}", "–", last_day(until)),
    ]
    return Plan(rows=rows, effect=_does(register_signing_key, wanted))


def drop_key(scene: Scene) -> Plan | Faults:
    """A unit's key (`unit:kid`) or one that the organisation signs with (`kid`)."""
    says, view = scene.found.says, scene.found.view
    unit, _, kid = scene.thing.rpartition(":")
    held = [(key.unit, key.kid) for key in view.unit_keys if key.revoked_at is None]
    held += [("", key.kid) for key in view.signing_keys if key.revoked_at is None]
    if (unit, kid) not in held:
        raise NotFound
    wanted = RevokeKey(organisation=scene.name, kid=kid, unit=unit or None)
    others = [one for where, one in held if where == unit and one != kid]
    whose = says.unit(unit) if unit else view.organisation.display_name
    rows = [(f"{whose}: {says._('nyckeln')} {kid}", says._("i kraft"), says._("återkallad nu"))]
    rows.append((says._("Nycklar kvar"), "", ", ".join(others) or says._("ingen")))
    return Plan(rows=rows, effect=_does(revoke_key, wanted))


def leave(scene: Scene) -> Plan | Faults:
    """An agreement ends for all its parties."""
    says, agreement = scene.found.says, scene.agreement()
    if agreement.revoked_at is not None:
        raise NotFound
    period = says.period(agreement.valid_from, agreement.valid_until)
    rows: list[tuple[str, Any, Any]] = [(says.model(agreement.model), period, says._("avslutad nu, för alla parter"))]
    rows += [(says._("Part"), says.organisation(party), says._("inte längre bunden")) for party in agreement.organisations]
    return Plan(rows=rows, effect=_does(end_agreement, agreement.agreement_id))


def renew(scene: Scene) -> Plan | Faults:
    """The same agreement anew."""
    says, agreement, faults = scene.found.says, scene.agreement(), Faults()
    until, signer = scene.until(faults), _signer(scene, faults)
    if faults:
        return faults
    wanted = RenewAgreement(valid_until=until, signed_by=signer)
    before = says.period(agreement.valid_from, agreement.valid_until, agreement.revoked_at)
    rows = [(says.model(agreement.model), before, says.period(scene.now, until)), (says._("Tecknad av"), agreement.signed_by, signer)]
    return Plan(rows=rows, effect=lambda tx, caller, *, now: renew_agreement(tx, caller, agreement.agreement_id, wanted, now=now))


def agree(scene: Scene) -> Plan | Faults:
    """The operator writes down what organisations have agreed."""
    says, faults = scene.found.says, Faults()
    model, known = scene.one("model"), {one.organisation: one.display_name for one in scene.others}
    parties = tuple(dict.fromkeys([scene.name, *(one for one in scene.typed.get("parties", []) if one in known)]))
    until, signer = scene.until(faults), _signer(scene, faults)
    if model not in scene.ground.tables.models:
        faults = {"model": N_("Välj en modell"), **faults}
    if len(parties) < 2:  # noqa: PLR2004  nobody agrees alone
        faults = {**faults, "parties": N_("Välj minst en part till")}
    if faults:
        return faults
    wanted = SignAgreement(model=model, organisations=parties, signed_by=signer, valid_from=scene.now, valid_until=until)
    rows = [(says.model(model), "–", says.period(scene.now, until)), (says._("Tecknad av"), "–", signer)]
    rows += [(says._("Part"), "–", known.get(party, party)) for party in parties]
    return Plan(rows=rows, effect=_does(sign_agreement, wanted))


def limit(scene: Scene) -> Plan | Faults:
    """What is usual here."""
    says, old = scene.found.says, scene.found.view.limits
    numbers = {name: scene.one(name) for name in LIMITS}
    faults = {
        name: N_("Skriv ett tal, minst 1")
        for name, text in numbers.items()
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST)
    }
    if faults:
        return faults
    wanted = SetLimits(organisation=scene.name, **{name: int(text) for name, text in numbers.items()})
    rows = [(says.field(name), getattr(old, name), getattr(wanted, name)) for name in LIMITS]
    return Plan(rows=rows, effect=_does(set_limits, wanted))


def lift(scene: Scene) -> Plan | Faults:
    """For the rest of the day, one unit or one person."""
    says, faults = scene.found.says, Faults()
    unit, person, reason = scene.one("unit"), scene.one("person"), scene.one("why")
    principal = f"{scene.caller.issuer} {person}" if person else None
    if bool(person) == bool(unit) or (unit and unit not in {one.unit for one in scene.found.view.units}):
        faults["unit"] = N_("Välj en enhet, eller skriv en person: ett av dem")
    elif principal is not None and not _fits(principal, Principal):
        faults["person"] = N_("Skriv personens id vid inloggningen, aldrig ett personnummer")
    if reason not in LIFTS:
        faults["why"] = N_("Välj ett skäl")
    if faults:
        return faults
    wanted = LiftLimit(organisation=scene.name, reason=LiftReason(reason), unit=unit or None, person=principal)
    whom = says.unit(unit) if unit else person
    return Plan(rows=[(whom, says._("gränsen gäller"), says._("ingen gräns till midnatt"))], effect=_does(lift_limit, wanted))


def switch_off(scene: Scene) -> Plan | Faults:
    """The operator stops an organisation, a unit or a key. `SWITCHES` has more kinds, which the command line throws."""
    chosen = scene.one("target")
    if chosen not in dict(targets(scene)):
        return {"target": N_("Välj vad som ska stängas av")}
    return _switch(scene, chosen, off=True)


def switch_on(scene: Scene) -> Plan | Faults:
    """On again."""
    if scene.thing not in {f"{one.kind} {one.value}" for one in scene.found.view.switches}:
        raise NotFound
    return _switch(scene, scene.thing, off=False)


def targets(scene: Scene) -> list[tuple[str, str]]:
    """What of this organisation can be switched off here."""
    says, view = scene.found.says, scene.found.view
    found = [(f"organisation {scene.name}", says._("hela organisationen"))]
    found += [(f"unit {one.unit}", one.name) for one in view.units]
    found += [(f"key {one.kid}", f"{says._('nyckeln')} {one.kid}") for one in view.unit_keys if one.revoked_at is None]
    off = {f"{one.kind} {one.value}" for one in view.switches}
    return [(code, text) for code, text in found if code not in off]


def _switch(scene: Scene, chosen: str, *, off: bool) -> Plan:
    kind, _, value = chosen.partition(" ")
    says, wanted = scene.found.says, ThrowSwitch(kind=SwitchKind(kind), value=value, off=off)

    async def effect(tx: Connection, caller: Caller, *, now: datetime) -> Changed | Denied:
        outcome = await throw_switch(tx, caller, wanted, now=now)
        return outcome if isinstance(outcome, Denied) else Changed(changed=outcome)

    on, stopped = says._("på"), says._("avstängt")
    return Plan(rows=[(f"{says._(SWITCHES[kind])} {value}", on if off else stopped, stopped if off else on)], effect=effect)


def _does(use_case: Callable[..., Awaitable[msgspec.Struct | Refusal]], request: Any) -> Effect:
    async def effect(tx: Connection, caller: Caller, *, now: datetime) -> msgspec.Struct | Refusal:
        return await use_case(tx, caller, request, now=now)

    return effect


def _signer(scene: Scene, faults: Faults) -> str:
    chosen = scene.one("signer")
    if chosen not in SIGNERS:
        faults["signer"] = N_("Välj vem som tecknade")
    return chosen


def _fits(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _first(found: Any) -> Any:
    one = next(iter(found), None)
    if one is None:
        raise NotFound
    return one


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One act of an administrator."""

    read: Read
    title: str
    does: str
    """The button that does it."""
    means: str
    """What follows, told before."""
    boxes: tuple[str, ...] = ()
    """What is filled in; none: it is only confirmed."""
    back: str = ""
    """The page of the organisation that shows the result."""
    stops: bool = False
    all_known: bool = False
    """Whether the form needs every organisation: for the operator."""


SOON = N_("Det gäller genast, på alla ställen inom två sekunder.")
ACTS: Mapping[str, Act] = {
    "connect": Act(
        read=connect,
        title=N_("Anslut ett system, eller förläng"),
        does=N_("Anslut"),
        means=N_("Systemet får tala för organisationen. Vad det får göra är en behörighet för sig."),
        boxes=("client", "until"),
        back="/systems",
    ),
    "disconnect": Act(read=disconnect, title=N_("Avsluta systemet?"), does=N_("Avsluta nu"), means=SOON, back="/systems", stops=True),
    "signing-key": Act(
        read=signing_key,
        title=N_("Nästa signeringsnyckel"),
        does=N_("Registrera"),
        means=N_("Den förra gäller tills den går ut eller återkallas. Byt i systemet, återkalla sedan den förra."),
        boxes=("kid", "key", "until"),
        back="/systems",
    ),
    "drop-key": Act(read=drop_key, title=N_("Återkalla nyckeln?"), does=N_("Återkalla nu"), means=SOON, back="/systems", stops=True),
    "leave": Act(
        read=leave,
        title=N_("Avsluta överenskommelsen?"),
        does=N_("Avsluta nu"),
        means=N_("Inget ärende, tillstånd eller utlämnande går vidare under den. Den kan tecknas på nytt."),
        stops=True,
    ),
    "renew": Act(
        read=renew,
        title=N_("Förnya överenskommelsen"),
        does=N_("Förnya"),
        means=N_("En ny överenskommelse mellan samma parter, från nu. Den gamla står kvar som den var."),
        boxes=("signer", "until"),
    ),
    "agree": Act(
        read=agree,
        title=N_("Ny överenskommelse"),
        does=N_("Skriv in"),
        means=N_("Parterna får arbeta efter modellen från nu."),
        boxes=("model", "parties", "signer", "until"),
        all_known=True,
    ),
    "limits": Act(
        read=limit,
        title=N_("Ändra gränserna"),
        does=N_("Ändra nu"),
        means=N_("Den som når en gräns stannar, och ni får veta det. En orosanmälan stannar aldrig."),
        boxes=LIMITS,
    ),
    "lift": Act(
        read=lift,
        title=N_("Häv gränsen för i dag"),
        does=N_("Häv"),
        means=N_("Till midnatt, för en enhet eller en person. Inte för dig själv."),
        boxes=("unit", "person", "why"),
    ),
    "switch-off": Act(read=switch_off, title=N_("Stäng av"), does=N_("Stäng av nu"), means=SOON, boxes=("target",), stops=True),
    "switch-on": Act(read=switch_on, title=N_("Slå på igen?"), does=N_("Slå på"), means=SOON),
}
