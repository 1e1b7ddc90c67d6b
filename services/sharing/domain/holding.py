"""When the family is told later than at once: never by itself, never without a day (S45). Pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.words import OpaqueId

LONGEST: Final = timedelta(days=90)
"""After so long at most somebody decides anew."""


class HoldReason(StrEnum):
    """Why telling now would do harm."""

    DANGER_TO_CHILD = "danger-to-child"
    DANGER_TO_OTHER = "danger-to-other"
    INQUIRY_HARMED = "inquiry-harmed"
    PROTECTED_IDENTITY = "protected-identity"


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One decision; the greatest revision of a disclosure counts."""

    hold_id: UUID
    disclosure_id: UUID
    revision: int
    case_id: UUID
    organisation: OpaqueId
    unit: OpaqueId
    held: bool
    reason: HoldReason | None
    review_on: date | None
    decided_by: str
    decided_at: datetime


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands."""

    disclosure_id: UUID
    revision: int
    held: bool
    reason: HoldReason | None
    review_on: date | None
    decided_at: datetime
