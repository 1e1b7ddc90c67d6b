"""Collaboration models as data: who takes part, for what, and where the model is narrower than the law."""

from datetime import date
from enum import StrEnum

import msgspec

from shared.law.codes import LeafCategory, Purpose, Regime


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a model: an unknown key is a mistake of whoever wrote the file."""


class Identification(StrEnum):
    """Whether the child may be known to the others in the model."""

    IDENTIFIED = "identified"
    AFTER_CONSENT = "after-consent"
    """Nobody else knows whom it is about before the family has said yes; the same question may be put de-identified."""
    DEIDENTIFIED = "de-identified-only"
    NONE = "none"
    """No individual matters at all."""
    AGGREGATE = "aggregate"
    """Counts only, made by each organisation from its own data."""


class ConsentWhen(StrEnum):
    """What waits for the family's yes, beyond what the law makes wait."""

    BEFORE_MEETING = "before-meeting"
    BEFORE_CASE = "before-case"
    """The plan or team itself: it is not made without."""
    PER_ITEM = "per-item"
    """Nothing beyond the law: each item waits where its own path needs consent."""
    STATUTORY = "statutory"
    """Built on a duty in law: nobody is asked."""
    NO_PERSONAL_DATA = "no-personal-data"


class ConsentWho(StrEnum):
    """Whose yes, in the model's own words; who must answer in law is consent's to say."""

    GUARDIANS_AND_CHILD = "guardians-and-child"
    OWN = "own"
    """The young person's own, after a recorded judgement of maturity; from 18 nobody else's."""
    EACH_PERSON = "each-person"
    """Each child and adult for what is about themselves."""
    NOBODY = "nobody"


class Level(StrEnum):
    """How early the help comes."""

    UNIVERSAL = "universal"
    SELECTIVE = "selective"
    INDICATED = "indicated"


class Flow(_Part, frozen=True, kw_only=True):
    """What may go from these regimes to those under the model."""

    discloser: tuple[Regime, ...]
    recipient: tuple[Regime, ...]
    categories: tuple[LeafCategory, ...]
    purposes: tuple[Purpose, ...] = ()
    """Empty: every purpose of the model."""


class ModelPurpose(_Part, frozen=True, kw_only=True):
    """One purpose of the model in its own words, with the code of law it stands for."""

    code: Purpose
    sv: str
    en: str


class ModelParty(_Part, frozen=True, kw_only=True):
    """One kind of party. A kind without a regime is named, but can be no unit until a lawyer has described its secrecy."""

    kind: str
    sv: str
    en: str
    commits_sv: str
    commits_en: str
    regimes: tuple[Regime, ...]
    mandatory: bool = False
    """The model is not agreed without it."""
    each_case: bool = False
    """No case is opened without it."""


class ConsentTerms(_Part, frozen=True, kw_only=True):
    """The model's own rule of consent and where it comes from."""

    when: ConsentWhen
    who: ConsentWho
    source: str
    """Place in a source, or "proposal": what a lawyer has to confirm."""
    sv: str
    en: str
    longest_months: int = 0
    default_months: int = 0


class Rhythm(_Part, frozen=True, kw_only=True):
    """How often it meets; `days` where a source or an agreement names a number."""

    sv: str
    en: str
    source: str
    days: int | None = None


class Awaited(StrEnum):
    """What somebody must do in time."""

    ACCEPT = "accept"
    FEEDBACK = "feedback"
    RECEIPT = "receipt"
    OPEN_INQUIRY = "open-inquiry"
    FINISH_INQUIRY = "finish-inquiry"
    FOLLOW_UP_TALK = "follow-up-talk"


class Limit(_Part, frozen=True, kw_only=True):
    """One time limit in days."""

    what: Awaited
    days: int
    source: str


class TurnedOn(_Part, frozen=True, kw_only=True):
    """The recorded legal decision that turned something on. A name is never written here: who stands in the decision itself."""

    on: date
    by: str
    """Role at the organisation that decided."""
    decision: str
    """Its number in the organisation's own register."""


class Off(_Part, frozen=True, kw_only=True):
    """What is off until a lawyer has turned it on, and why. Without categories and kinds: the whole model."""

    sv: str
    en: str
    categories: tuple[LeafCategory, ...] = ()
    recipient: tuple[Regime, ...] = ()
    """Empty: towards everybody."""
    turned_on: TurnedOn | None = None


class Model(_Part, frozen=True, kw_only=True):
    """One collaboration model, version and all, with kinds of party resolved to regimes. A new version never changes running cases."""

    id: str
    version: int
    sv: str
    en: str
    parties: tuple[Regime, ...]
    roles: tuple[str, ...]
    """Roles whose holders may act in it and see its cases."""
    age_from: int
    age_to: int
    """Whole years, both included."""
    purposes: tuple[ModelPurpose, ...]
    flows: tuple[Flow, ...]
    consent_months: int
    """Longest consent that the model allows."""
    default_months: int
    rhythm_days: int | None = None
    enabled: bool = True
    """False until a lawyer has turned it on."""
    identification: Identification = Identification.IDENTIFIED
    consent: ConsentTerms | None = None
    who: tuple[ModelParty, ...] = ()
    """The parties in words."""
    levels: tuple[Level, ...] = ()
    convenes: tuple[str, ...] = ()
    """Roles that alone may open a case in it; empty: every role of the model."""
    coordinator: str | None = None
    """The role that holds the whole together; exactly one per case."""
    onlookers: tuple[str, ...] = ()
    """Roles that take part and open no case: they get counts, hear that it moves, or sit in."""
    reads: dict[str, tuple[LeafCategory, ...]] = {}
    """Roles that read less than the model lets through."""
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    rhythms: tuple[Rhythm, ...] = ()
    limits: tuple[Limit, ...] = ()
    off: tuple[Off, ...] = ()
    search: tuple[str, ...] = ()
    handbook: str | None = None
    """The text outside the system that it follows, with its edition."""
    instead: str | None = None
    """The model to point at when the parties do not fit this one."""
    remote: bool = False
    """An answer by event counts as presence; every step can be done at a distance."""
    demands: tuple[str, ...] = ()
    """What an overlay wants done: codes with a text."""
    needs_lawyer: bool = True


def is_duty(model: Model, recipient: Regime, purpose: Purpose) -> bool:
    """A duty to report to or answer the social board (SoL 19:1, 20:6), or danger to life (BrB 24:4): no agreement on how to work stops it.

    A model built on the duty itself says what it covers; every other leaves a duty to the law.
    """
    if model.consent is not None and model.consent.when is ConsentWhen.STATUTORY:
        return False
    return purpose is Purpose.EMERGENCY or (recipient is Regime.SOC and purpose in {Purpose.CONCERN, Purpose.INQUIRY})


def allows(model: Model, discloser: Regime, recipient: Regime, purpose: Purpose, category: LeafCategory, age: int | None) -> str | None:
    """None when the model lets this item be asked about, else the reason code of the model's own no."""
    if is_duty(model, recipient, purpose):
        return None
    if not model.enabled:
        return "model-off"
    if (outside := _identified(model, category) or _outside(model, discloser, recipient, purpose, age)) is not None:
        return outside
    if not any(_lets(flow, discloser, recipient, purpose, category) for flow in model.flows):
        return "category-not-allowed"
    return None if off_until_lawyer(model, recipient, category) is None else "category-off"


def off_until_lawyer(model: Model, recipient: Regime, category: LeafCategory) -> Off | None:
    """What keeps this category from this recipient until a lawyer has decided, with its reason; None when nothing does."""
    for off in model.off:
        reaches = not off.recipient or recipient in off.recipient
        if off.turned_on is None and reaches and (not off.categories or category in off.categories):
            return off
    return None


def _identified(model: Model, category: LeafCategory) -> str | None:
    if model.identification in {Identification.NONE, Identification.AGGREGATE}:
        return "no-individuals"
    if model.identification is Identification.DEIDENTIFIED and category is not LeafCategory.DEIDENTIFIED_QUESTION:
        return "de-identified-only"
    return None


def _outside(model: Model, discloser: Regime, recipient: Regime, purpose: Purpose, age: int | None) -> str | None:
    if discloser not in model.parties or recipient not in model.parties:
        return "party-not-in-template"
    if not any(purpose == p.code for p in model.purposes):
        return "purpose-not-in-template"
    if age is not None and not model.age_from <= age <= model.age_to:
        return "age-not-in-template"
    return None


def _lets(flow: Flow, discloser: Regime, recipient: Regime, purpose: Purpose, category: LeafCategory) -> bool:
    return (
        category in flow.categories
        and discloser in flow.discloser
        and recipient in flow.recipient
        and (not flow.purposes or purpose in flow.purposes)
    )
