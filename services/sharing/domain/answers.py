"""What the engine answers: the whole trace, so that an answer explains itself and a refusal names who can change it."""

from enum import StrEnum

import msgspec

from services.sharing.domain.facts import Detail, Judgements
from shared.contracts.consent import Missing
from shared.law.codes import Answer, Label, LeafCategory, PathKind, Purpose, SaidBy, Tell, Whom


class State(StrEnum):
    """One condition: met, failed, or open: its answer can still change the outcome."""

    MET = "met"
    FAILED = "failed"
    OPEN = "open"


class Opener(StrEnum):
    """Who can change a condition."""

    CALLER = "caller"
    FAMILY = "family"
    REGISTER = "register"
    NOBODY = "nobody"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a path demands, and how it stands. `code` has a text in both languages."""

    code: str
    state: State
    opener: Opener


class PathAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One legal way with every condition: nothing is cut short, so that the answer explains itself."""

    kind: PathKind
    basis: tuple[str, ...]
    sv: str
    en: str
    conditions: tuple[Condition, ...]
    is_open: bool
    """All conditions met, and there is at least one: all() over nothing is no yes."""
    can_open: bool
    """No condition has failed for good."""
    label: Label | None = None
    """What the law is on this path, where it differs from the row."""


class Instead(StrEnum):
    """In which way something else could be told."""

    CATEGORY = "category"
    DETAIL = "detail"
    DEIDENTIFIED = "deidentified"
    PURPOSE = "purpose"
    PERIOD = "period"


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could be told instead, and what the rules say to it."""

    kind: Instead
    answer: Answer
    purpose: Purpose
    category: LeafCategory
    detail: Detail
    months: int | None = None
    row: str | None = None


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The recommendation for one item. A named human decides (OSL 6:3)."""

    label: Label
    answer: Answer
    reasons: tuple[str, ...]
    """Codes, the deciding one first; each has a text."""
    row: str | None = None
    paths: tuple[PathAnswer, ...] = ()
    basis: tuple[str, ...] = ()
    """Of the open path that carries a yes."""
    needs_consent: bool = False
    """The answer stands, or would stand, on consent: release locks its row."""
    missing: tuple[Missing, ...] = ()
    to_attest: tuple[str, ...] = ()
    """What the caller has not answered and could still open the first path that can open."""
    tell: tuple[Tell, ...] = ()
    law: tuple[str, ...] = ()
    gap: int = 0
    """Steps by which the receiver protects the item less than the discloser."""
    said_by: SaidBy = SaidBy.LAW
    whom: tuple[Whom, ...] = ()
    """Whom to ask, when the answer is `ask`."""
    open_facts: tuple[str, ...] = ()
    """Facts not known whose answer can still change this answer: codes with texts."""
    alternatives: tuple[Alternative, ...] = ()
    """What could be told instead; filled by `advise_item`."""
    proposed: Judgements | None = None
    """The golden rule as purpose and tables would answer it, for a human to confirm or change; filled by `advise_item`."""
