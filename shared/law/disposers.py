"""Who disposes of a child's secrecy for one question: OSL 12:2-3, FB 6:11 and 6:13, as a pure function.

Consent runs it for real people, sharing for hypothetical ones. Ages are reached at 00:00 in Stockholm on the birthday.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.law.codes import LeafCategory, Regime

ADULT = 18
WITH_GUARDIANS = 15
HEARD = 12


class Custody(StrEnum):
    """On what ground somebody decides for the child."""

    JOINT = "joint"
    SOLE = "sole"
    APPOINTED = "appointed"
    """Specially appointed guardian, alone or two together."""
    TEMPORARY = "temporary"
    """Temporary guardian, FB 6:10 a-g."""
    GOD_MAN = "god-man"
    """For an unaccompanied child, lag 2005:429 2 §."""


class Role(StrEnum):
    """As what somebody answers."""

    GUARDIAN = "guardian"
    CHILD = "child"
    THIRD_PERSON = "third-person"


class Maturity(StrEnum):
    """A named professional's judgement for one question, never for the child as such."""

    CHILD_ALONE = "child-alone"
    JOINT = "joint"
    GUARDIANS = "guardians"


class AskReason(StrEnum):
    """Why no rule can say who disposes."""

    NOBODY_KNOWN = "nobody-known"
    GUARDIAN_UNKNOWN = "guardian-unknown"
    """Joint custody, but only one guardian is known."""
    CUSTODY_DISPUTED = "custody-disputed"
    CARE_ORDER = "care-order"
    """LVU: the board decides in the child's personal matters as far as needed, LVU 11 §."""
    AGE_UNKNOWN = "age-unknown"
    PERSON_UNKNOWN = "person-unknown"
    """The data are about somebody whom we know nothing of."""
    PROTECTED = "protected"
    """Asking over a portal could tell where somebody is; it is done in person."""


class Guardian(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who decides for the child today."""

    person_id: UUID
    custody: Custody


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One person and who decides for them, as known on `today`."""

    person_id: UUID
    birth_date: date | None
    today: date
    """The day in Stockholm."""
    guardians: tuple[Guardian, ...] = ()
    disputed: bool = False
    care_order: bool = False
    protected: bool = False


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What would be told, as far as it decides who must agree."""

    regime: Regime
    """Of the unit that holds the item."""
    category: LeafCategory
    in_confidence: bool = False
    """The child told it in confidence."""
    secret_from: frozenset[UUID] = frozenset()
    """Guardians against whom it is secret (OSL 12:3 p. 1): neither asked nor told."""
    third_person: Family | None = None
    """Whose data they are, when not the child's; another child brings its own guardians."""
    about_child: bool = True


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What has been judged for this question."""

    maturity: Maturity | None = None


class Disposer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose yes is needed."""

    person_id: UUID
    role: Role


class Disposers(msgspec.Struct, frozen=True, kw_only=True):
    """All of `needed` must agree; a no from anybody in `needed` or `heard` closes the path. Never empty."""

    needed: tuple[Disposer, ...]
    heard: tuple[Disposer, ...] = ()
    """A child of 12 or more whose yes is not needed: its view is recorded, its no blocks until a human has decided."""


class AskHuman(msgspec.Struct, frozen=True, kw_only=True):
    """No rule can say: never a yes (I5)."""

    reason: AskReason


PUPIL_HEALTH = frozenset({Regime.S_EH, Regime.S_EMI, Regime.F_EH, Regime.F_EMI})
HEALTH_CARE = frozenset({Regime.H_REG, Regime.H_PRIV, Regime.H_KOM})


def disposers(family: Family, item: Item, question: Question) -> Disposers | AskHuman:
    """Who must agree before the item may be told with consent as the basis.

    Source: OSL 12:2-3, FB 6:11, 6:13; ages are policy (`domain` 3.4) and yield to a maturity judgement for the question.
    The one-guardian exception of FB 6:13 st. 2 is an attestation of its own and does not change who disposes.
    """
    if not item.about_child:
        return _third_person(item, question)
    if family.birth_date is None or family.protected:
        return AskHuman(reason=AskReason.PROTECTED if family.protected else AskReason.AGE_UNKNOWN)
    child = Disposer(person_id=family.person_id, role=Role.CHILD)
    age = age_on(family.birth_date, family.today)
    if family.care_order and age < ADULT:
        return AskHuman(reason=AskReason.CARE_ORDER)
    if age >= ADULT or question.maturity is Maturity.CHILD_ALONE:
        return Disposers(needed=(child,))
    return _with_guardians(family, item, question, child, age)


def _with_guardians(family: Family, item: Item, question: Question, child: Disposer, age: int) -> Disposers | AskHuman:
    if family.disputed:
        return AskHuman(reason=AskReason.CUSTODY_DISPUTED)
    if len(family.guardians) == 1 and family.guardians[0].custody is Custody.JOINT:
        return AskHuman(reason=AskReason.GUARDIAN_UNKNOWN)
    guardians = tuple(
        Disposer(person_id=one.person_id, role=Role.GUARDIAN)
        for one in sorted(family.guardians, key=lambda g: g.person_id)
        if one.person_id not in item.secret_from
    )
    if not guardians:
        return AskHuman(reason=AskReason.NOBODY_KNOWN)
    if _child_is_needed(item, question, age):
        return Disposers(needed=(*guardians, child))
    return Disposers(needed=guardians, heard=(child,) if age >= HEARD else ())


def _child_is_needed(item: Item, question: Question, age: int) -> bool:
    if question.maturity is not None:
        return question.maturity is Maturity.JOINT
    if age >= WITH_GUARDIANS:
        return True
    return age >= HEARD and (item.in_confidence or is_childs_own_care(item))


def is_childs_own_care(item: Item) -> bool:
    """Pupil health, child psychiatry or youth clinic.

    A regime does not tell child psychiatry from a health centre, so all health care counts: one person more is asked (needs lawyer).
    """
    return item.regime in PUPIL_HEALTH or item.regime in HEALTH_CARE or item.category is LeafCategory.PUPIL_HEALTH


def _third_person(item: Item, question: Question) -> Disposers | AskHuman:
    if item.third_person is None:
        return AskHuman(reason=AskReason.PERSON_UNKNOWN)
    own = disposers(item.third_person, msgspec.structs.replace(item, about_child=True, third_person=None), question)
    if isinstance(own, AskHuman):
        return own
    needed, heard = (tuple(Disposer(person_id=one.person_id, role=Role.THIRD_PERSON) for one in group) for group in (own.needed, own.heard))
    return Disposers(needed=needed, heard=heard)


def age_on(born: date, day: date) -> int:
    """Whole years on that day."""
    return day.year - born.year - (day < birthday(born, day.year))


def birthday(born: date, year: int) -> date:
    """Who is born on 29 February reaches an age on 28 February in other years (lag 1930:173, 1 § st. 1)."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
