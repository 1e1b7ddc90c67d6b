"""What consent publishes and answers. No contract carries a name or a personal number, except where it says so."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.message import Event, Notice, Question


class RowKey(msgspec.Struct, frozen=True, kw_only=True):
    """What one consent at most governs (DESIGN 5). The key of a table in consent and in sharing's copy."""

    subject_id: UUID
    discloser_unit: str
    recipient_unit: str
    purpose: str
    category: str
    about: str = "child"
    """`child`, or the id of the third person whose data it is."""


class RowState(StrEnum):
    """Whether a governing row lets anything through. Time is the reader's to judge, by the validity."""

    GIVEN = "given"
    STOPPED = "stopped"


class GoverningRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as consent's primary had it at `revision`. A greater revision of the same epoch replaces it."""

    key: RowKey
    consent_id: UUID
    state: RowState
    epoch: int
    """When this consent database was made or restored: a greater one makes every earlier row unknown."""
    revision: int
    """Raised under the row's lock in the transaction of every fact that can change the answer."""
    valid_from: datetime
    valid_until: datetime
    """Exclusive instant: the earliest of the consent's end, the 18th birthday, the representation's end."""
    withdrawn: bool = False
    """Final for this consent id, whatever the revision says."""


class RowsChanged(Event, frozen=True, kw_only=True):
    """Consent to sharing, right after a commit that changed rows. `position` is the feed's (see Changes)."""

    name: ClassVar[str] = "rows-changed"
    receivers: ClassVar[tuple[str, ...]] = ("sharing",)

    position: int
    rows: tuple[GoverningRow, ...]


class Stopped(Event, frozen=True, kw_only=True):
    """Consent has sharing's word that nothing is released under this consent's rows any more."""

    name: ClassVar[str] = "stopped"
    receivers: ClassVar[tuple[str, ...]] = ("sharing",)

    consent_id: UUID
    revision: int
    stopped_at: datetime


class SignerStatus(StrEnum):
    """Why an answer is missing."""

    NOT_ASKED = "not-asked"
    NO_ANSWER = "no-answer"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    WANTS_TO_TALK = "wants-to-talk"


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers of one role are missing, and why; never who."""

    role: str
    """`guardian`, `child`, `third-person`."""
    number: int
    status: SignerStatus


class CoverageNeed(msgspec.Struct, frozen=True, kw_only=True):
    """One row asked about, with what decides who must answer for it."""

    key: RowKey
    regime: str
    """Secrecy regime of the discloser unit (`domain` 1.2 code); pupil health and BUP involve the child from 12."""


class CoverageState(StrEnum):
    """What consent knows of a row at an instant."""

    GIVEN = "given"
    NOT_ASKED = "not-asked"
    PENDING = "pending"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ASK_HUMAN = "ask-human"
    """Nobody known who may answer, or custody is disputed: never a yes (I5)."""
    PAUSED = "paused"
    """Given, and the unit that holds the information lets nothing through for now: the family has nothing to answer."""
    STRUCK_OUT = "struck-out"
    """It was registered by mistake: what was said counts no more, and the family must be asked anew."""


class RowCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one row; `row` is the governing row where there is one, to be applied like an event."""

    key: RowKey
    state: CoverageState
    missing: tuple[Missing, ...] = ()
    row: GoverningRow | None = None


class CoverageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """As many as the needs, in their order."""

    rows: tuple[RowCoverage, ...]


class Coverage(Question[CoverageAnswer], frozen=True, kw_only=True):
    """Sharing to consent: what holds for these rows now? Answered from consent's primary only."""

    house: ClassVar[str] = "consent"
    name: ClassVar[str] = "coverage"
    answer: ClassVar[type[CoverageAnswer]] = CoverageAnswer

    needs: tuple[CoverageNeed, ...]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The feed after `since`, oldest first, without gaps.

    Who has applied all of it knows every change committed before the question was asked.
    `complete` is false when a further page must be asked for.
    """

    epoch: int
    position: int
    rows: tuple[GoverningRow, ...]
    complete: bool


class ChangesSince(Question[Changes], frozen=True, kw_only=True):
    """Sharing to consent, for its lease: everything after this position of this epoch (DESIGN 5)."""

    house: ClassVar[str] = "consent"
    name: ClassVar[str] = "changes"
    answer: ClassVar[type[Changes]] = Changes

    epoch: int
    since: int


class ChildFound(msgspec.Struct, frozen=True, kw_only=True):
    """Who a child reference means to the houses. All empty when the reference is not that organisation's."""

    subject_id: UUID | None = None
    birth_date: date | None = None
    """For ages in rules; not stored by who asks."""
    restricted: bool = False
    """Protected identity: handling only, no reason (I8)."""
    handling_revision: int = 0
    """As in `handling-changed`: who keeps a copy applies this answer like the event."""
    handlers: tuple[str, ...] | None = None
    """As in `handling-changed`."""


class Child(Question[ChildFound], frozen=True, kw_only=True):
    """Sharing or audit to consent: what this organisation's reference means."""

    house: ClassVar[str] = "consent"
    name: ClassVar[str] = "child"
    answer: ClassVar[type[ChildFound]] = ChildFound

    organisation: str
    child_ref: UUID


class ReferenceMade(msgspec.Struct, frozen=True, kw_only=True):
    """The other organisation's own reference for the same child."""

    child_ref: UUID | None = None


class Reference(Question[ReferenceMade], frozen=True, kw_only=True):
    """Sharing to consent: the recipient organisation's `child_ref` for this subject, made on first use."""

    house: ClassVar[str] = "consent"
    name: ClassVar[str] = "reference"
    answer: ClassVar[type[ReferenceMade]] = ReferenceMade

    subject_id: UUID
    organisation: str


class NamedSigner(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose answer is missing, by name."""

    role: str
    """`guardian`, `child`, `third-person`."""
    name: str | None
    """None where consent knows nobody's name."""
    status: SignerStatus


class NamesFound(msgspec.Struct, frozen=True, kw_only=True):
    """Names, for one page and nothing else: who asks stores none. All empty when the person or the case may not have them."""

    allowed: bool = False
    child: str | None = None
    missing: tuple[NamedSigner, ...] = ()


class Names(Question[NamesFound], frozen=True, kw_only=True):
    """Sharing to consent: names of a child and of missing signers, to the discloser's own staff in that case.

    The person is as the asking house has authenticated them; consent checks its own copy of the grant, and that the organisation
    has named the child. An entry at consent either way. Carries names in its answer: never put into a stream.
    """

    house: ClassVar[str] = "consent"
    name: ClassVar[str] = "names"
    answer: ClassVar[type[NamesFound]] = NamesFound

    issuer: str
    subject: str
    acr: str | None = None
    organisation: str
    unit: str
    """The discloser unit that the case's page is about."""
    case_id: UUID
    subject_id: UUID


class RequestAnswered(Notice, frozen=True, kw_only=True):
    """To who asked: somebody has answered. Who, and what, is not said; the state of each row is to be asked for."""

    name: ClassVar[str] = "request-answered"

    request_id: UUID
    case_id: UUID
    child_ref: UUID
    complete: bool
    """Everything that was asked for holds now."""


class ConsentChanged(Notice, frozen=True, kw_only=True):
    """To the holder: rows of a consent hold, or hold no more. The state of each row is to be asked for."""

    name: ClassVar[str] = "consent-changed"

    consent_id: UUID
    request_id: UUID
    case_id: UUID
    child_ref: UUID
    state: str
    """`given`, `stopped`, or `partly` when some rows hold and some do not."""
    revision: int
    """The feed's position: an older notice that comes late changes nothing."""


class HandlingChanged(Event, frozen=True, kw_only=True):
    """A person is to be handled as one with protected identity, or no longer. Never why (I8); the barrier has said it to sharing too."""

    name: ClassVar[str] = "handling-changed"
    receivers: ClassVar[tuple[str, ...]] = ("sharing", "audit")

    subject_id: UUID
    restricted: bool
    revision: int
    """1, 2, ... for each person. A greater one replaces what was known; of two equal ones the restricting counts."""
    handlers: tuple[str, ...] | None = None
    """`<organisation> <issuer> <subject>` of those who alone may know of the person; None: everybody with a grant."""


class PersonErased(Event, frozen=True, kw_only=True):
    """Two have decided that a person is erased, and consent has destroyed its key. Each receiver does the same and answers `erased`."""

    name: ClassVar[str] = "person-erased"
    receivers: ClassVar[tuple[str, ...]] = ("sharing", "audit")

    erasure_id: UUID
    subject_id: UUID
    principals: tuple[str, ...]
    """`<issuer> <subject>` that the person is known to have logged in as: what audit holds about them as an actor."""
    erased_at: datetime


class Erased(Event, frozen=True, kw_only=True):
    """A house has destroyed what it held about the person; what proves that something happened has stayed (I7)."""

    name: ClassVar[str] = "erased"
    receivers: ClassVar[tuple[str, ...]] = ("consent",)
    publishers: ClassVar[tuple[str, ...]] = ("sharing", "audit")

    erasure_id: UUID
    subject_id: UUID
    house: str
    """Which one answers: `sharing` or `audit`."""
    destroyed: dict[str, int]
    """How many of each kind of row or key, by a code of that house; empty when it held nothing."""
    at: datetime
