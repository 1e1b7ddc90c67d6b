"""The personas that may be chosen, grouped as on the page: staff by organisation, citizens by family. Subjects tell nothing."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from deploy.demo.population import Citizen, read
from deploy.provider.config import LOA3, Persons, StaffPersona

COORDINATION_OFFSET = 60
"""Added to the day of birth in a coordination number."""
MAX_FAMILIES = 100
"""Families on the page, the newest first; anybody else is reached by number."""


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can log in."""

    subject: str
    name: str
    note: str
    """Title of staff, age of a child; empty for a grown-up."""
    acr: str
    organisation: str | None = None
    number: str | None = None
    """A citizen's personal or coordination number, twelve digits; leaves only in UserInfo and only when asked for."""


class Group(msgspec.Struct, frozen=True):
    """An organisation or a family on the page."""

    heading: str
    personas: tuple[Persona, ...]


class People:
    """All personas. Citizens are read anew each time, so that one who came a moment ago can log in."""

    def __init__(self, staff: tuple[StaffPersona, ...], population: Path | None, secret: bytes) -> None:
        self._staff = staff
        self._population = population
        self._secret = secret

    def groups(self, persons: Persons, today: date) -> list[Group]:
        """What the page shows to those who come from a client for these people."""
        staff = _by_organisation(self._staff) if persons is not Persons.CITIZENS else []
        return staff + (self._families(today) if persons is not Persons.STAFF else [])

    def find(self, subject: str, persons: Persons, today: date) -> Persona | None:
        """The persona of a subject, if people of this client may be it."""
        if persons is not Persons.CITIZENS:
            for member in self._staff:
                if member.subject == subject:
                    return _employee(member)
        if persons is not Persons.STAFF:
            for citizen in self._citizens():
                if hmac.compare_digest(self.subject_of(citizen.number), subject):
                    return self._citizen(citizen, today)
        return None

    def subject_of(self, number: str) -> str:
        """The opaque, stable subject of a citizen: HMAC-SHA-256 under a secret that stays in the data folder."""
        digest = hmac.digest(self._secret, number.encode("utf-8"), hashlib.sha256)
        return "c-" + base64.b32encode(digest[:15]).decode("ascii").lower()

    def _citizens(self) -> list[Citizen]:
        return read(self._population) if self._population is not None else []

    def _citizen(self, citizen: Citizen, today: date) -> Persona:
        age = age_of(citizen.number, today)
        return Persona(
            subject=self.subject_of(citizen.number),
            name=citizen.name,
            note=f"{age} år" if age < 18 else "",  # noqa: PLR2004  a child
            acr=LOA3,
            number=citizen.number,
        )

    def _families(self, today: date) -> list[Group]:
        citizens = {citizen.number: citizen for citizen in self._citizens()}
        groups = []
        shown: set[str] = set()
        for child in reversed(citizens.values()):
            if not child.guardians and age_of(child.number, today) >= 18:  # noqa: PLR2004
                continue
            members = [citizens[g.number] for g in child.guardians if g.number in citizens]
            shown.update(member.number for member in (child, *members))
            groups.append(Group(f"Familj: {child.name}", tuple(self._citizen(member, today) for member in (*members, child))))
        alone = [self._citizen(citizen, today) for number, citizen in citizens.items() if number not in shown]
        return groups[:MAX_FAMILIES] + ([Group("Övriga", tuple(alone[:MAX_FAMILIES]))] if alone else [])


def age_of(number: str, today: date) -> int:
    """Whole years of a personal or coordination number on a day."""
    year, month, day = int(number[:4]), int(number[4:6]), int(number[6:8])
    day -= COORDINATION_OFFSET if day > COORDINATION_OFFSET else 0
    return today.year - year - ((today.month, today.day) < (month, day))


def is_coordination_number(number: str) -> bool:
    """Whether the day says that it is a coordination number."""
    return int(number[6:8]) > COORDINATION_OFFSET


def _employee(member: StaffPersona) -> Persona:
    return Persona(subject=member.subject, name=member.name, note=member.title, acr=member.acr, organisation=member.organisation)


def _by_organisation(staff: Iterable[StaffPersona]) -> list[Group]:
    groups: dict[str, list[Persona]] = {}
    for member in staff:
        groups.setdefault(member.organisation_name or member.organisation, []).append(_employee(member))
    return [Group(heading, tuple(personas)) for heading, personas in groups.items()]
