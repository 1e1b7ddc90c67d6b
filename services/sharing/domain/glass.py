"""Break-glass: what somebody takes upon themselves when a life or somebody's health is in danger and no other way is in time. Pure.

Necessity (BrB 24:4) is a defence afterwards and never a permission, so the rules say `ask`: a named human answers for it, for four
hours, for what an emergency needs and nothing else, before both units' duty officers, and is reviewed within a working day.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from shared.law.codes import Answer, LeafCategory, PathKind
from shared.words import OpaqueId

LASTS: Final = timedelta(hours=4)
FRESH: Final = timedelta(minutes=5)
"""So new must the login be."""
EMERGENCY_SET: Final = frozenset(
    {
        LeafCategory.IDENTITY,
        LeafCategory.WHEREABOUTS,
        LeafCategory.HEALTH_CARE,
        LeafCategory.PUPIL_HEALTH,
        LeafCategory.SUBSTANCES,
        LeafCategory.DISABILITY,
        LeafCategory.RISK_PROTECTION,
    }
)
"""Who, where, what must be known to treat and to protect."""


class GlassReason(StrEnum):
    """Why."""

    DANGER_TO_LIFE = "danger-to-life"
    ACUTE_ILLNESS = "acute-illness"
    SUICIDE_RISK = "suicide-risk"
    ONGOING_VIOLENCE = "ongoing-violence"
    MISSING = "missing"


class Verdict(StrEnum):
    """What whoever reviews it finds."""

    JUSTIFIED = "justified"
    OTHER_WAY_WAS_OPEN = "other-way-was-open"
    TOO_MUCH = "too-much"
    NOT_JUSTIFIED = "not-justified"


class Glass(msgspec.Struct, frozen=True, kw_only=True):
    """One time that it was done, as it stands."""

    glass_id: UUID
    case_id: UUID
    permit_id: UUID
    organisation: OpaqueId
    unit: OpaqueId
    recipient_organisation: OpaqueId
    recipient_unit: OpaqueId
    categories: tuple[LeafCategory, ...]
    reason: GlassReason
    broken_by: str
    broken_at: datetime
    until_at: datetime
    review_by: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    verdict: Verdict | None = None


class GlassView(msgspec.Struct, frozen=True, kw_only=True):
    """The same for both organisations: who did it stands in the log."""

    glass_id: UUID
    case_id: UUID
    unit: OpaqueId
    recipient_unit: OpaqueId
    categories: tuple[LeafCategory, ...]
    reason: GlassReason
    broken_at: datetime
    until_at: datetime
    review_by: datetime
    reviewed_at: datetime | None
    verdict: Verdict | None


def by_necessity(answer: ItemAnswer) -> ItemAnswer:
    """The rules' `ask` as a yes that a human answers for, where necessity is the way that stands open; any other answer as it is."""
    path = next((path for path in answer.paths if path.kind is PathKind.EMERGENCY and path.is_open), None)
    if answer.answer is not Answer.ASK or path is None:
        return answer
    return msgspec.structs.replace(answer, answer=Answer.YES, reasons=("break-glass",), basis=path.basis, whom=(), open_facts=())


def view_glass(glass: Glass) -> GlassView:
    """Without who."""
    return GlassView(**{name: getattr(glass, name) for name in GlassView.__struct_fields__})
