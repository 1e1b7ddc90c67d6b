"""What a family is told of something that was released or told about its child."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.law.codes import Tell


class Shown(StrEnum):
    """How much of it the family reads."""

    NOTHING = "nothing"
    STATUS = "status"
    """Only that something happened (T_STATUS)."""
    ALL = "all"


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """One disclosure with the last word on whether it is held back."""

    disclosure_id: UUID
    case_id: UUID
    subject_id: UUID
    organisation: str
    discloser_unit: str
    recipient_unit: str
    purpose: str
    categories: tuple[str, ...]
    basis: tuple[str, ...]
    tell: tuple[str, ...]
    disclosed_at: datetime
    consent_id: UUID | None
    held: bool
    revision: int
    """Of the human's last word on it; 0 when nobody has said anything since."""


def shown(disclosure: Disclosure) -> Shown:
    """What the codes of the rule, and a human's word, let the family read.

    The law's *tell nobody* stands whatever a human says; *ask the police before telling* waits for that word, and a review date that
    has passed opens nothing by itself. Source: `domain` 2.6, the T_ codes.
    """
    tell = set(disclosure.tell)
    if disclosure.held or Tell.NONE in tell:
        return Shown.NOTHING
    if Tell.LAW_ENFORCEMENT_ASKED in tell and disclosure.revision == 0:
        return Shown.NOTHING
    return Shown.STATUS if Tell.STATUS in tell else Shown.ALL
