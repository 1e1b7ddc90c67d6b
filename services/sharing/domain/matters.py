"""What one unit asks of another, which answers each kind may have, and by when. Data; pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import msgspec

from shared.law.codes import LeafCategory, Purpose
from shared.words import OpaqueId


class MatterKind(StrEnum):
    """What is asked."""

    REQUEST = "request"
    """Information of these categories is needed."""
    OFFER = "offer"
    """Information of these categories could be told."""
    SIP_WISH = "sip-wish"
    """Önskan om SIP: a party wants a coordinated plan (SoL 10:8, HSL 16:4)."""
    CONCERN = "concern"
    """Orosanmälan (SoL 19:1): a duty, which neither the family nor anything of ours stops."""
    CONSULTATION = "consultation"
    """A question about nobody. Going on with a child takes a case and a decision of its own."""


class MatterAnswer(StrEnum):
    """What is answered: never a content."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    ALREADY_PLANNED = "already-planned"
    ADVISED = "advised"
    GO_ON_IDENTIFIED = "go-on-identified"
    INQUIRY_OPENED = "inquiry-opened"
    INQUIRY_NOT_OPENED = "inquiry-not-opened"
    INQUIRY_UNDER_WAY = "inquiry-under-way"
    NOT_SUITABLE = "not-suitable"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """How matters of one kind go."""

    answers: frozenset[MatterAnswer]
    within: timedelta
    duty: str
    model: str | None = None
    """The only model that it belongs to."""


A = MatterAnswer
KINDS: Mapping[MatterKind, Kind] = MappingProxyType(
    {
        MatterKind.REQUEST: Kind(answers=frozenset({A.ACCEPTED, A.DECLINED, A.RETURNED}), within=timedelta(days=14), duty="answer"),
        MatterKind.OFFER: Kind(answers=frozenset({A.ACCEPTED, A.DECLINED, A.RETURNED}), within=timedelta(days=14), duty="answer"),
        MatterKind.SIP_WISH: Kind(answers=frozenset({A.ACCEPTED, A.DECLINED, A.ALREADY_PLANNED}), within=timedelta(days=10), duty="answer"),
        MatterKind.CONCERN: Kind(
            # OSL 26:9 a: only that an inquiry was opened, was not, or is under way; nothing where it would not be suitable
            answers=frozenset({A.INQUIRY_OPENED, A.INQUIRY_NOT_OPENED, A.INQUIRY_UNDER_WAY, A.NOT_SUITABLE}),
            within=timedelta(days=7),  # SoL 19:6
            duty="feedback",
            model="orosanmalan-aterkoppling",
        ),
        MatterKind.CONSULTATION: Kind(
            answers=frozenset({A.ADVISED, A.GO_ON_IDENTIFIED, A.DECLINED}),
            within=timedelta(days=14),
            duty="answer",
            model="avidentifierad-konsultation",
        ),
    }
)
TOO_OFTEN = 2
"""Returned so many times between the same two units in a case, a matter goes to both managers."""
NEVER_STOPPED = frozenset({Purpose.CONCERN, Purpose.EMERGENCY})
"""No missing agreement and no audit out of reach stands in their way (DESIGN 8 d)."""


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """One of them, as it stands. Who sent and who answered stays in the house."""

    matter_id: UUID
    kind: MatterKind
    case_id: UUID | None
    from_organisation: OpaqueId
    from_unit: OpaqueId
    to_organisation: OpaqueId
    to_unit: OpaqueId
    categories: tuple[LeafCategory, ...]
    sent_at: datetime
    answer_by: datetime
    received_at: datetime | None = None
    answer: MatterAnswer | None = None
    answered_at: datetime | None = None
