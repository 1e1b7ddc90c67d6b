"""An answer that did not come by e-identity: what must stand beside it, as a closed list and a pure check."""

from datetime import datetime
from enum import StrEnum

import msgspec

from shared.law.disposers import ADULT, Role


class RecordedWay(StrEnum):
    """How somebody answered without an e-identity."""

    PAPER = "paper"
    """Signed; the scan stays at the organisation, its SHA-256 stands here."""
    ORAL = "oral"
    """Said to one and heard by another."""


class WhyOral(StrEnum):
    """Why there is no paper."""

    BY_TELEPHONE = "by-telephone"
    IN_MEETING = "in-meeting"
    CANNOT_WRITE = "cannot-write"
    INTERPRETED = "interpreted"
    """Through an interpreter, who translates the page aloud."""
    IN_HASTE = "in-haste"
    """The child's need does not wait for paper."""


class Interpreter(StrEnum):
    """How an interpreter took part. Who it was stays at the organisation."""

    IN_ROOM = "in-room"
    BY_TELEPHONE = "by-telephone"
    BY_VIDEO = "by-video"


class Helper(StrEnum):
    """Who helped somebody to read, understand or write. A helper never answers for them."""

    RELATIVE = "relative"
    STAFF = "staff"
    """Of a school, a clinic or an office."""
    CHOSEN = "chosen"
    """A contact person, friend or advocate whom they have chosen themselves."""


class HowHeard(StrEnum):
    """How a child said it (Convention on the Rights of the Child 12)."""

    OWN_WORDS = "own-words"
    SUPPORTED = "supported"
    """With pictures, signs or another aid to communication."""
    THROUGH_ADULT = "through-adult"
    """The adult told it, with the child there."""


class Refusal(StrEnum):
    """Why somebody says no, where they want to say it. Nobody but themselves reads it."""

    NOT_NEEDED = "not-needed"
    TOO_MUCH = "too-much"
    NOT_TO_THEM = "not-to-them"
    NOT_NOW = "not-now"
    OTHER = "other"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the answer, as far as it decides whether it may be recorded."""

    way: RecordedWay
    role: Role
    age: int
    answered_at: datetime
    has_document: bool
    has_witness: bool
    has_reason: bool
    adult_age: int | None = None
    """Of the person with whom a child answered."""
    interpreted: bool = False
    """The reason says so."""
    has_interpreter: bool = False
    has_language: bool = False
    heard: bool = False
    """How the child said it, or who talked with it, is told."""


def faults(evidence: Evidence, *, asked_at: datetime, now: datetime) -> list[tuple[str, str]]:
    """Member and what is wrong with it; empty when the answer may be recorded."""
    found = []
    if not asked_at <= evidence.answered_at <= now:
        found.append(("answered_at", "must lie between the question and now"))
    if evidence.has_document is not (evidence.way is RecordedWay.PAPER):
        found.append(("document_sha256", "the scan's SHA-256, with an answer on paper and only then"))
    if evidence.has_witness is not (evidence.way is RecordedWay.ORAL):
        found.append(("witness", "a colleague who heard it, with an oral answer and only then"))
    if evidence.has_reason is not (evidence.way is RecordedWay.ORAL):
        found.append(("reason", "why there is no paper, with an oral answer and only then"))
    alone = evidence.role is Role.CHILD and evidence.age < ADULT
    if alone is not (evidence.adult_age is not None):
        found.append(("together_with", "the adult with whom a child answers, and only then"))
    elif evidence.adult_age is not None and evidence.adult_age < ADULT:
        found.append(("together_with", "must be an adult"))
    if evidence.interpreted and not evidence.has_interpreter:
        found.append(("interpreted_by", "how the interpreter took part, where one is the reason"))
    if evidence.has_language is not evidence.has_interpreter:
        found.append(("interpreted_to", "the language interpreted to, with an interpreter and only then"))
    if evidence.heard and not alone:
        found.append(("heard_how", "how a child was heard, and by whom, with a child's answer only"))
    return found
