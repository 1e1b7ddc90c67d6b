"""What sharing publishes and answers, and the notices that organisations get."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.consent import GoverningRow, RowKey
from shared.contracts.message import Event, Notice, Question


class WantedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is asked for: this category to this unit for this purpose."""

    recipient_unit: str
    purpose: str
    category: str
    about: str = "child"


class ConsentWanted(Event, frozen=True, kw_only=True):
    """A professional asks the family, for one discloser; consent works out who must answer."""

    name: ClassVar[str] = "consent-wanted"
    receivers: ClassVar[tuple[str, ...]] = ("consent",)

    request_id: UUID
    case_id: UUID
    subject_id: UUID
    organisation: str
    discloser_unit: str
    model: str
    rows: tuple[WantedRow, ...]
    until: datetime
    """Proposed end; consent caps it by the model's longest."""
    answer_by: datetime
    longest_months: int = 6
    """The longest that the model lets a consent hold, from the question on; consent lets none hold longer than 12."""


class UnitSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as other houses need it."""

    unit: str
    name: str
    regime: str


class OrganisationChanged(Event, frozen=True, kw_only=True):
    """An organisation as it is now: the other houses keep their own copy."""

    name: ClassVar[str] = "organisation-changed"
    receivers: ClassVar[tuple[str, ...]] = ("consent", "audit")

    organisation: str
    display_name: str
    public: bool
    """An authority under OSL; false for a private body."""
    units: tuple[UnitSeen, ...]
    systems: tuple[str, ...]
    """`<issuer> <client_id>` of its connected systems."""
    revision: int


class GrantChanged(Event, frozen=True, kw_only=True):
    """What one person or system may do for one unit, from and to; a revoked one has `revoked_at`."""

    name: ClassVar[str] = "grant-changed"
    receivers: ClassVar[tuple[str, ...]] = ("consent", "audit")

    grant_id: UUID
    organisation: str
    unit: str | None
    """None: the whole organisation, for administrators and data-protection officers."""
    principal: str
    """`<issuer> <subject>` of a person, `<issuer> <client_id>` of a system."""
    role: str
    models: tuple[str, ...]
    """Empty: not bound to a model."""
    valid_from: datetime
    valid_until: datetime
    revision: int
    revoked_at: datetime | None = None


class StopAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Sharing's word: from its commit on, nothing is released under these rows."""

    consent_id: UUID
    revision: int
    stopped_at: datetime


class Stop(Question[StopAnswer], frozen=True, kw_only=True):
    """Consent to sharing, after its own commit: the barrier of DESIGN 5. Idempotent."""

    house: ClassVar[str] = "sharing"
    name: ClassVar[str] = "stop"
    answer: ClassVar[type[StopAnswer]] = StopAnswer

    consent_id: UUID
    revision: int
    rows: tuple[GoverningRow, ...]


class DeliveryReady(Notice, frozen=True, kw_only=True):
    """A sealed item waits for the recipient, who fetches it: the fetch is the release."""

    name: ClassVar[str] = "delivery"

    delivery_id: UUID
    case_id: UUID
    child_ref: UUID
    """The recipient organisation's own reference."""
    discloser_unit: str
    recipient_unit: str
    category: str
    purpose: str
    use_by: datetime


class DeliveryStopped(Notice, frozen=True, kw_only=True):
    """What was on its way, or has been read, stands on a consent that has ended."""

    name: ClassVar[str] = "stopped"

    delivery_id: UUID
    released: bool
    """True: already fetched; answer `deleted` or `kept` with the paragraph."""


class ReceiptStored(Notice, frozen=True, kw_only=True):
    """To the discloser: the recipient has confirmed."""

    name: ClassVar[str] = "receipt"

    delivery_id: UUID
    state: str
    """`stored`, `opened`, `refused`, `duty-done`, `deleted`, `kept`."""
    at: datetime


class Disclosed(Event, frozen=True, kw_only=True):
    """Something about a child was released, or told: consent keeps it for the family's inbox. Ids and codes, no content.

    `held` says that the family is not told yet (T_SAFE, decided by a human); a `tell-held` about it may come before or after.
    """

    name: ClassVar[str] = "disclosed"
    receivers: ClassVar[tuple[str, ...]] = ("consent",)

    disclosure_id: UUID
    """The delivery's id, or that of what was told at a meeting; the same id again changes nothing."""
    case_id: UUID
    subject_id: UUID
    organisation: str
    """The discloser."""
    discloser_unit: str
    recipient_unit: str
    purpose: str
    categories: tuple[str, ...]
    basis: tuple[str, ...]
    """Paragraphs, as the decision names them."""
    tell: tuple[str, ...]
    """T_ codes of the row that decided; with T_NONE, T_LEASK or T_STATUS categories and units are not shown."""
    disclosed_at: datetime
    consent_id: UUID | None = None
    """The consent that it stood on, where it did."""
    held: bool = False
    review_on: date | None = None
    """When a human looks at the hold again. Passing it opens nothing by itself."""


class TellHeld(Event, frozen=True, kw_only=True):
    """A human at the discloser holds back, or lets go, that the family is told of one disclosure. The greatest revision counts."""

    name: ClassVar[str] = "tell-held"
    receivers: ClassVar[tuple[str, ...]] = ("consent",)

    disclosure_id: UUID
    organisation: str
    held: bool
    revision: int
    """1, 2, ... for each disclosure; its `disclosed` counts as 0."""
    review_on: date | None = None
    decided_at: datetime


class HandlingTaken(msgspec.Struct, frozen=True, kw_only=True):
    """Sharing's word: from its commit on, every decision and release about this person knows how they are to be handled."""

    subject_id: UUID
    revision: int
    taken_at: datetime


class TakeHandling(Question[HandlingTaken], frozen=True, kw_only=True):
    """Consent to sharing, after its own commit: the barrier for protected identity (DESIGN 5). Idempotent."""

    house: ClassVar[str] = "sharing"
    name: ClassVar[str] = "take-handling"
    answer: ClassVar[type[HandlingTaken]] = HandlingTaken

    subject_id: UUID
    restricted: bool
    revision: int
    handlers: tuple[str, ...] | None = None
    """`<organisation> <issuer> <subject>` of those who alone may know of the person; None: everybody with a grant."""


class ErasurePreview(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind would be destroyed. Nothing is changed and nobody is named."""

    kinds: dict[str, int]


class WouldErase(Question[ErasurePreview], frozen=True, kw_only=True):
    """Consent to sharing: the dry run of an erasure."""

    house: ClassVar[str] = "sharing"
    name: ClassVar[str] = "would-erase"
    answer: ClassVar[type[ErasurePreview]] = ErasurePreview

    subject_id: UUID


class RowCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A governing row as sharing has it."""

    key: RowKey
    consent_id: UUID | None
    state: str
    """`given`, `stopped`, or `unknown`."""
    epoch: int
    revision: int
    valid_from: datetime | None
    valid_until: datetime | None


class Copies(msgspec.Struct, frozen=True, kw_only=True):
    """Sharing's copies about a range of children, and up to where it has applied consent's feed."""

    epoch: int
    position: int
    rows: tuple[RowCopy, ...]


class CopiesBetween(Question[Copies], frozen=True, kw_only=True):
    """Consent to sharing, to reconcile: every copy whose subject lies after the first and not beyond the last."""

    house: ClassVar[str] = "sharing"
    name: ClassVar[str] = "copies"
    answer: ClassVar[type[Copies]] = Copies

    after: UUID | None
    """None: from the first."""
    last: UUID | None
    """None: to the end."""


class MatterSent(Notice, frozen=True, kw_only=True):
    """Another unit asks something of one of the organisation's: a request, an offer, a wish for a plan, a concern, a consultation."""

    name: ClassVar[str] = "matter"

    matter_id: UUID
    kind: str
    case_id: UUID | None
    """None for a consultation, which is about nobody."""
    from_unit: str
    to_unit: str
    categories: tuple[str, ...]
    answer_by: datetime


class MatterAnswered(Notice, frozen=True, kw_only=True):
    """To whoever asked: `received`, or the answer."""

    name: ClassVar[str] = "matter-answered"

    matter_id: UUID
    answer: str
    at: datetime


class DutyOverdue(Notice, frozen=True, kw_only=True):
    """Something that the organisation must do is past its day; it goes to the named role."""

    name: ClassVar[str] = "duty-overdue"

    duty_id: UUID
    kind: str
    unit: str
    role: str
    case_id: UUID | None
    object_id: UUID
    due_at: datetime
    unheld: bool = False
    """Nobody holds the role now: somebody else must look."""
    telephone: str | None = None  # where the other side answers, when something urgent lies unseen there


class GlassBroken(Notice, frozen=True, kw_only=True):
    """To both sides at once: somebody has broken the glass. The named role looks now, and reviews it by its day."""

    name: ClassVar[str] = "glass-broken"

    glass_id: UUID
    case_id: UUID
    discloser_unit: str
    recipient_unit: str
    categories: tuple[str, ...]
    reason: str
    role: str
    unheld: bool
    """Nobody holds that role in the organisation: somebody else must look."""
    until_at: datetime
    review_by: datetime


class DeliveryExpired(Notice, frozen=True, kw_only=True):
    """To the discloser: the use-by date has passed and the cipher is gone."""

    name: ClassVar[str] = "expired"

    delivery_id: UUID
    released: bool
    """False: the recipient never fetched it."""


class WasTold(Notice, frozen=True, kw_only=True):
    """To the side that heard it at a meeting or by telephone: a note belongs in its own record."""

    name: ClassVar[str] = "told"

    told_id: UUID
    case_id: UUID
    discloser_unit: str
    recipient_unit: str
    category: str
    purpose: str
    medium: str
    told_at: datetime


class LimitReached(Notice, frozen=True, kw_only=True):
    """More different children, or more acts, than a unit or a person of the organisation usually has: a manager looks, and may lift it."""

    name: ClassVar[str] = "limit-reached"

    kind: str
    """`unit` or `person`."""
    unit: str | None
    at: datetime
