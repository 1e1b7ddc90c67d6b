"""Custody as ranked statements: the register beats a document that two have verified, which beats what staff say."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.law.disposers import Family, Guardian


class Rank(StrEnum):
    """How strong a source is, strongest first."""

    REGISTER = "register"
    DOCUMENT = "document"
    """A decision by court or board, seen by two."""
    STAFF = "staff"


STRENGTH = {Rank.REGISTER: 2, Rank.DOCUMENT: 1, Rank.STAFF: 0}


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides for a child, as one source says at one time: always the whole picture, never a part of it."""

    statement_id: UUID
    child_id: UUID
    rank: Rank
    organisation: str
    """Who says so; empty for the register."""
    stated_at: datetime
    first_day: date
    last_day: date | None = None
    """The representation's end; the day itself counts."""
    guardians: tuple[Guardian, ...] = ()
    care_order: bool = False
    """LVU: the board claims to decide."""

    @property
    def picture(self) -> tuple[frozenset[Guardian], bool]:
        """What two statements must share to agree."""
        return frozenset(self.guardians), self.care_order


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the register of this house, without name and number."""

    person_id: UUID
    subject_id: UUID
    birth_date: date
    protected: bool = False


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of who decides for one person."""

    person: Person
    statements: tuple[Statement, ...] = ()

    def as_known(self, instant: datetime) -> "Known":
        """Only what had been stated by then."""
        return msgspec.structs.replace(self, statements=tuple(one for one in self.statements if one.stated_at <= instant))

    def family_on(self, day: date) -> Family:
        """The facts of that day. Equals that disagree make a dispute; a care order counts whoever states it."""
        strongest = in_force(self.statements, day)
        pictures = {one.picture for one in strongest}
        return Family(
            person_id=self.person.person_id,
            birth_date=self.person.birth_date,
            today=day,
            guardians=strongest[0].guardians if len(pictures) == 1 else (),
            disputed=len(pictures) > 1,
            care_order=any(one.care_order for one in newest(self.statements, day)),
            protected=self.person.protected,
        )

    def representation_ends(self, day: date) -> date | None:
        """The last day of what is in force on that day, if it has one."""
        ends = [one.last_day for one in in_force(self.statements, day) if one.last_day is not None]
        return min(ends, default=None)

    def changes_after(self, day: date) -> list[date]:
        """The later days on which another statement comes into force or one ends."""
        starts = {one.first_day for one in self.statements}
        ends = {one.last_day + timedelta(days=1) for one in self.statements if one.last_day is not None}
        return sorted(one for one in starts | ends if one > day)


def newest(statements: Iterable[Statement], day: date) -> list[Statement]:
    """Of each source its latest statement in force that day: a source replaces only its own."""
    latest: dict[tuple[Rank, str], Statement] = {}
    for one in sorted(statements, key=lambda s: (s.stated_at, s.statement_id)):
        if one.first_day <= day and (one.last_day is None or day <= one.last_day):
            latest[one.rank, one.organisation] = one
    return list(latest.values())


def in_force(statements: Iterable[Statement], day: date) -> list[Statement]:
    """The strongest of them; several when equals speak."""
    current = newest(statements, day)
    top = max((STRENGTH[one.rank] for one in current), default=None)
    return [one for one in current if STRENGTH[one.rank] == top]
