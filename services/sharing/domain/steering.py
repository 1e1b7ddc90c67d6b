"""Who answers for a case and what comes next: codes, and when a change is wrong. Pure."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.law.codes import Purpose
from shared.words import Code, OpaqueId


class NextStep(StrEnum):
    """What is to be done next. What it is about is written at the desk."""

    ASK_FAMILY = "ask-family"
    GATHER = "gather"
    MEET = "meet"
    PLAN = "plan"
    ACT = "act"
    FOLLOW_UP = "follow-up"
    HAND_OVER = "hand-over"


class CloseReason(StrEnum):
    """Why a case ends."""

    DONE = "done"
    FAMILY_WISH = "family-wish"
    MOVED = "moved"
    OTHER_CASE = "other-case"
    OF_AGE = "of-age"


class Steering(msgspec.Struct, frozen=True, kw_only=True):
    """How a case stands. `responsible` is a principal, shown to the case's own organisation alone."""

    case_id: UUID
    responsible: str | None
    coordinator: str | None
    next_step: NextStep | None
    next_due: datetime | None
    plan_since: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None

    @property
    def status(self) -> str:
        """`open` or `closed`."""
        return "open" if self.closed_at is None else "closed"


class ListedCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case among a unit's. `child_ref` is null for another organisation that takes part."""

    case_id: UUID
    unit: OpaqueId
    organisation: OpaqueId
    model: OpaqueId
    purpose: Purpose
    child_ref: UUID | None
    opened_at: datetime
    next_step: NextStep | None
    next_due: datetime | None
    closed_at: datetime | None
    mine: bool
    has_responsible: bool


class SteeringView(msgspec.Struct, frozen=True, kw_only=True):
    """How the case stands. Who answers for it is told as whether it is the reader."""

    case_id: UUID
    status: Code
    mine: bool
    has_responsible: bool
    coordinator: OpaqueId | None
    next_step: NextStep | None
    next_due: datetime | None
    plan_since: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None
