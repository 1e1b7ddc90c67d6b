"""What somebody must do by a day, and what happens when they do not. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.law.codes import Tell
from shared.words import OpaqueId


class DutyKind(StrEnum):
    """What is to be done."""

    ANSWER = "answer"
    FEEDBACK = "feedback"
    """To whoever reported a concern: status only, within a week (SoL 19:6, OSL 26:9 a)."""
    TELL_FAMILY = "tell-family"
    DELETE_RECEIPT = "delete-receipt"
    """The recipient of what was stopped answers `deleted`, or `kept` with the paragraph."""
    RESPONSIBLE = "responsible"
    """A case has nobody who answers for it."""
    STUCK = "stuck"
    """A matter goes back and forth."""
    REVIEW = "review"
    """Somebody looks at what was done in an emergency."""
    RECEIPT = "receipt"
    """The recipient confirms what is urgent within half an hour; else both sides hear, and the sender telephones."""
    HOLD_REVIEW = "hold-review"
    """Somebody decides anew whether the family still must not be told."""


MANAGER, DUTY_OFFICER = "manager", "duty-officer"
BY_HAND = frozenset({DutyKind.TELL_FAMILY, DutyKind.STUCK, DutyKind.RESPONSIBLE})
"""Kinds that a person says are done; the others are done by the act itself."""
TELL_WITHIN = timedelta(days=14)
DELETE_WITHIN = timedelta(days=14)
RECEIPT_WITHIN = timedelta(minutes=30)
STOP_AFTER = timedelta(days=14)
"""So long past its day, a duty with a route stops the route."""
NOT_TOLD = frozenset({Tell.NONE, Tell.STATUS, Tell.LAW_ENFORCEMENT_ASKED})


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One duty, as it stands."""

    duty_id: UUID
    kind: DutyKind
    organisation: OpaqueId
    unit: OpaqueId
    role: OpaqueId
    case_id: UUID | None
    object_id: UUID
    route: str | None
    made_at: datetime
    due_at: datetime
    raised_at: datetime | None = None
    stopped_at: datetime | None = None
    done_at: datetime | None = None


class DutyView(msgspec.Struct, frozen=True, kw_only=True):
    """One duty, as its organisation sees it."""

    duty_id: UUID
    kind: DutyKind
    unit: OpaqueId
    role: OpaqueId
    case_id: UUID | None
    object_id: UUID
    due_at: datetime
    overdue: bool
    done_at: datetime | None


def is_told(tell: tuple[str, ...]) -> bool:
    """Whether the family is to be told, by the codes of the row that decided."""
    return bool(tell) and not NOT_TOLD & set(tell)
