"""Holds on what a log has of a child or a case: restriction of processing and legal hold (audit.md 30, A27).

Nothing under a hold is erased or thinned, its keys are kept, and ordinary views leave it out until somebody asks for it by name.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Kind(StrEnum):
    """Why processing stops short."""

    RESTRICTED = "restricted"
    """GDPR article 18: kept, and otherwise only used with consent or for legal claims."""
    LEGAL = "legal"
    """Somebody needs it as evidence."""


class Reason(StrEnum):
    """What it rests on."""

    ACCURACY = "accuracy"
    UNLAWFUL = "unlawful"
    CLAIM = "claim"
    OBJECTION = "objection"
    SUPERVISION = "supervision"
    COURT = "court"
    POLICE = "police"
    INTERNAL = "internal"


REASONS = {
    Kind.RESTRICTED: frozenset({Reason.ACCURACY, Reason.UNLAWFUL, Reason.CLAIM, Reason.OBJECTION}),  # GDPR 18.1 a to d
    Kind.LEGAL: frozenset({Reason.SUPERVISION, Reason.COURT, Reason.POLICE, Reason.INTERNAL}),
}


class State(StrEnum):
    """How far it has come. A second officer confirms both what the first one lays and what the first one lifts."""

    PROPOSED = "proposed"
    IN_FORCE = "in-force"
    LIFT_PROPOSED = "lift-proposed"
    LIFTED = "lifted"


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One hold. Officers are tokens of the log `log_id`; the child of one without a case stands sealed in the key store."""

    hold_id: UUID
    organisation: str
    log_id: int
    kind: Kind
    reason: Reason
    case_id: UUID | None
    review_on: date
    state: State
    placed_by: bytes
    placed_at: datetime
    changed_at: datetime
    confirmed_by: bytes | None = None
    lift_by: bytes | None = None
    lifted_by: bytes | None = None
