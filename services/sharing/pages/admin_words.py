"""What the register's codes are called on the administrator's pages, and its people, units and changes in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from services.sharing.domain.register import Grant, RegisterChange
from services.sharing.domain.wording import say
from services.sharing.pages.words import Speech
from services.sharing.usecases.grant_access import GrantAccess
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.propose_access import GiveAccess
from services.sharing.usecases.read_register import OrganisationView
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.law.codes import Regime
from shared.pages import N_, AnyRequest, Site

ROLES: Mapping[str, str] = {
    "counsellor": N_("kurator"),
    "psychologist": N_("psykolog"),
    "nurse": N_("skolsköterska"),
    "doctor": N_("läkare"),
    "teacher": N_("lärare"),
    "special-educator": N_("specialpedagog"),
    "social-worker": N_("socialsekreterare"),
    "manager": N_("chef"),
    "duty-officer": N_("jourhavande"),
    "dpo": N_("dataskyddsombud"),
    "administrator": N_("administratör"),
    "operator": N_("drifttekniker"),
    "system": N_("anslutet system"),
}
GIVEN = tuple(code for code in ROLES if code not in {"operator", "system"})
"""Roles that a page gives; a system's comes with its connection, an operator's with the operator's file."""
ACTIONS: Mapping[str, str] = {
    "organisation.registered": N_("Organisationens uppgifter"),
    "unit.registered": N_("Enhet registrerad"),
    "system.connected": N_("System anslutet"),
    "system.revoked": N_("System avslutat"),
    "signing-key.registered": N_("Signeringsnyckel registrerad"),
    "signing-key.rotated": N_("Nästa signeringsnyckel registrerad"),
    "signing-key.revoked": N_("Signeringsnyckel återkallad"),
    "unit-key.registered": N_("Enhetens nyckel registrerad"),
    "unit-key.rotated": N_("Enhetens nästa nyckel registrerad"),
    "unit-key.revoked": N_("Enhetens nyckel återkallad"),
    "agreement.signed": N_("Överenskommelse tecknad"),
    "agreement.ended": N_("Överenskommelse avslutad"),
    "grant.given": N_("Behörighet given"),
    "grant.revoked": N_("Behörighet återtagen"),
    "grant.taken-over": N_("Ny ansvarig för en behörighet"),
    "grant.proposed": N_("Behörighet föreslagen"),
    "grant.approved": N_("Behörighet godkänd av en andra person"),
    "grant.turned-down": N_("Behörighet avslagen av en andra person"),
    "switch.thrown": N_("Nödstopp slaget"),
    "switch.reset": N_("Nödstopp hävt"),
    "limits.set": N_("Gränser ändrade"),
    "limit.lifted": N_("Gräns hävd för en dag"),
}
FINDINGS: Mapping[str, tuple[str, str]] = {
    "no-administrator": (N_("Ingen administratör"), N_("Organisationen har ingen som kan ge eller ta tillbaka behörigheter.")),
    "no-manager": (
        N_("Ingen ansvarig"),
        N_("Den som svarade för behörigheten är inte administratör längre. Ta över den, eller ta tillbaka den."),
    ),
    "unheld": (N_("Ingen har rollen"), N_("Larm och nödöppningar hos enheten når ingen. Ge någon rollen.")),
    "unused": (N_("Används inte"), N_("Inte använd på 60 dagar. Behövs den inte, ta tillbaka den.")),
    "expiring": (N_("Går snart ut"), N_("Slutar gälla inom 30 dagar.")),
    "no-key": (N_("Ingen nyckel"), N_("Ingen kan skicka något till enheten.")),
    "key-expiring": (N_("Nyckeln går snart ut"), N_("Slutar gälla inom 14 dagar. Registrera nästa i tid.")),
}
"""What a review finds: its name, and what it means; the gravest first."""
STEPS: Mapping[str, tuple[str, str]] = {
    "organisation-number": (N_("Organisationsnummer"), N_("Driften skriver in numret. Kontrollsiffran prövas.")),
    "unit-with-regime": (N_("En enhet med sin sekretess"), N_("Driften registrerar varje enhet med den sekretess som gäller där.")),
    "first-administrator": (N_("En första administratör"), N_("Driften ger en namngiven person rollen. Sedan ger hen de andra.")),
    "agreement": (N_("En överenskommelse"), N_("Parterna tecknar den modell som ni ska arbeta efter.")),
    "countersigned-key": (N_("En nyckel för varje enhet"), N_("Enheten gör nyckeln själv. Båda registratorerna signerar den.")),
    "system-connected": (N_("Ett anslutet system"), N_("Administratören ansluter ert system, eller skrivbordet för er som inget har.")),
    "system-seen": (N_("Systemet har hörts av"), N_("Det händer av sig självt när systemet loggar in första gången.")),
    "first-delivery": (N_("En första leverans"), N_("Det händer av sig självt när något har skickats eller tagits emot.")),
}
"""The way in: each step, and who does what."""
SWITCHES: Mapping[str, str] = {
    "organisation": N_("organisation"),
    "unit": N_("enhet"),
    "route": N_("väg mellan två enheter"),
    "row": N_("regel"),
    "key": N_("nyckel"),
}
LIFTS: Mapping[str, str] = {
    "whole-class": N_("en hel klass eller grupp"),
    "handover": N_("ärenden lämnas över"),
    "reorganisation": N_("verksamheten ordnas om"),
    "emergency": N_("något brådskande"),
    "other": N_("annat"),
}
SIGNERS = (
    N_("Nämndens ordförande"),
    N_("Förvaltningschef"),
    N_("Skolchef"),
    N_("Verksamhetschef"),
    N_("Verkställande direktör"),
)
"""Offices that sign agreements; the Swedish word is what the register keeps."""
DONE_ACTS: Mapping[str, str] = {
    "connect": N_("Systemet är anslutet"),
    "disconnect": N_("Systemet är avslutat"),
    "signing-key": N_("Nyckeln är registrerad"),
    "drop-key": N_("Nyckeln är återkallad"),
    "leave": N_("Överenskommelsen är avslutad"),
    "renew": N_("Överenskommelsen är förnyad"),
    "agree": N_("Överenskommelsen är inskriven"),
    "limits": N_("Gränserna är ändrade"),
    "lift": N_("Gränsen är hävd till midnatt"),
    "switch-off": N_("Det är avstängt"),
    "switch-on": N_("Det är på igen"),
}
FIELDS: Mapping[str, str] = {
    "principal": N_("Vem"),
    "unit": N_("Enhet"),
    "role": N_("Roll"),
    "models": N_("Modeller"),
    "valid_from": N_("Från"),
    "valid_until": N_("Till"),
    "revoked_at": N_("Återtagen"),
    "granted_by": N_("Given av"),
    "responsible": N_("Ansvarig"),
    "display_name": N_("Namn"),
    "name": N_("Namn"),
    "number": N_("Organisationsnummer"),
    "hsa_id": N_("HSA-id"),
    "regime": N_("Sekretess"),
    "guarded": N_("Skyddad part"),
    "client_id": N_("System"),
    "kid": N_("Nyckelns id"),
    "model": N_("Modell"),
    "signed_by": N_("Tecknad av"),
    "proposed_by": N_("Föreslagen av"),
    "decided_by": N_("Avgjord av"),
    "decided_at": N_("Avgjord"),
    "thrown_by": N_("Slaget av"),
    "unit_children": N_("Barn om dagen, enhet"),
    "person_children": N_("Barn om dagen, person"),
    "unit_acts": N_("Handlingar i timmen, enhet"),
    "person_acts": N_("Handlingar i timmen, person"),
    "reason": N_("Skäl"),
}
"""Fields of a change that say something to a human; ids, figures of revision and key material do not."""
PERSONS = frozenset({"principal", "granted_by", "responsible", "proposed_by", "decided_by", "thrown_by"})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a change, before and after."""

    field: str
    before: Any
    after: Any


def last_day(until: datetime) -> date:
    """The last day on which something holds that ends at this instant."""
    return (until.astimezone(STOCKHOLM) - timedelta(microseconds=1)).date()


def day_begins(day: date) -> datetime:
    """Midnight in Sweden."""
    return datetime.combine(day, time(), STOCKHOLM)


def written_day(text: str) -> date | None:
    """`2026-03-11`; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Registered(Speech):
    """One organisation's codes in the words of the administrator who reads."""

    def __init__(self, ground: Ground, site: Site, request: AnyRequest, caller: Caller, view: OrganisationView | None = None) -> None:
        super().__init__(ground, site, request, {} if view is None else {unit.unit: unit.name for unit in view.units})
        self._site_words = site.words(request)
        self._caller = caller
        self._names = {} if view is None else {**view.names, view.organisation.organisation: view.organisation.display_name}

    def _(self, text: str) -> str:
        return str(self._site_words.gettext(text))

    def who(self, principal: str) -> str:
        """The person's id at the login, `du`, or the system's address. The register holds no names."""
        return self._("du") if principal == self._caller.principal else principal.rpartition(" ")[2].removeprefix("https://")

    def role(self, code: str) -> str:
        """`kurator`."""
        return self._(ROLES[code]) if code in ROLES else super().role(code)

    def field(self, name: str) -> str:
        """What a field of a change is called."""
        return self._(FIELDS[name])

    def regime(self, code: str) -> str:
        """`Regionens hälso- och sjukvård`."""
        return say(self._tables.regimes[Regime(code)], self.language)

    def organisation(self, code: str) -> str:
        """`Socialnämnden, Ekdala kommun`."""
        return self._names.get(code, code)

    def where(self, unit: str | None) -> str:
        """`Björkskolan`, or the whole organisation."""
        return self._("hela organisationen") if unit is None else self.unit(unit)

    def models(self, codes: Iterable[str]) -> str:
        """`HLT-team`, or all of them."""
        return ", ".join(self.model(code) for code in codes) or self._("alla modeller")

    def period(self, start: datetime, until: datetime, revoked: datetime | None = None) -> Markup:
        """`2026-03-11 till 2027-03-10`; what was taken back ends that day."""
        end = until if revoked is None else min(until, revoked)
        days = {"from": start.astimezone(STOCKHOLM).date(), "to": last_day(end)}
        return escape(self._("%(from)s till %(to)s")) % {name: Markup("<time>{}</time>").format(day) for name, day in days.items()}

    def right(self, grant: Grant | GiveAccess | GrantAccess) -> Markup:
        """`kurator på Björkskolan, HLT-team, 2026-03-11 till 2027-03-10`."""
        said = self._("%(role)s: %(unit)s") % {"role": self.role(grant.role), "unit": self.where(grant.unit)}
        period = self.period(grant.valid_from, grant.valid_until, grant.revoked_at if isinstance(grant, Grant) else None)
        return Markup("{} ({}), {}").format(said, self.models(grant.models), period)

    def differences(self, change: RegisterChange) -> list[Difference]:
        """What differs between before and after; of a proposal what is wanted too."""
        before, after = _flat(change.before), _flat(change.after)
        return [
            Difference(field=self._(FIELDS[name]), before=self._value(name, before.get(name)), after=self._value(name, after.get(name)))
            for name in FIELDS
            if before.get(name) != after.get(name) and not (name == "principal" and change.kind == "organisation")
        ]

    def _value(self, name: str, value: Any) -> Any:
        if value is None or value == "":
            return "–"
        ways: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(PERSONS, self.who),
            **dict.fromkeys(_MOMENTS, _moment),
            "unit": self.unit,
            "role": self.role,
            "models": self.models,
            "model": self.model,
            "regime": self.regime,
            "guarded": lambda is_so: self._("ja") if is_so else self._("nej"),
        }
        return ways[name](value) if name in ways else value


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M")


_MOMENTS = frozenset({"valid_from", "valid_until", "revoked_at", "decided_at"})


def _flat(state: dict[str, Any] | None) -> dict[str, Any]:
    return {} if state is None else {**state, **(state.get("wanted") or {})}


def by_end(held: Sequence[Grant], now: datetime) -> tuple[list[Grant], list[Grant]]:
    """Those in force or to come, the next to end first; and those that are over, the last ended first."""
    current = sorted(
        (one for one in held if one.revoked_at is None and now < one.valid_until), key=lambda one: (one.valid_until, one.grant_id)
    )
    over = sorted((one for one in held if one not in current), key=_ended, reverse=True)
    return current, over


def _ended(grant: Grant) -> datetime:
    return grant.valid_until if grant.revoked_at is None else min(grant.valid_until, grant.revoked_at)


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Grants on one axis of a hundred: each with its start and length, and where today is."""

    first: date
    last: date
    now: float
    bars: dict[UUID, tuple[float, float]]


def timeline(held: Sequence[Grant], now: datetime) -> Timeline | None:
    """From the first start to the last end, today always between."""
    if not held:
        return None
    first = min(now, *(grant.valid_from for grant in held))
    last = max(now, *(_ended(grant) for grant in held))
    whole = max((last - first).total_seconds(), 1.0)

    def at(moment: datetime) -> float:
        return round(100 * (moment - first).total_seconds() / whole, 2)

    bars = {grant.grant_id: (at(grant.valid_from), max(round(at(_ended(grant)) - at(grant.valid_from), 2), 0.5)) for grant in held}
    return Timeline(first=first.astimezone(STOCKHOLM).date(), last=last_day(last), now=at(now), bars=bars)
