"""A case, its decisions and permits as recorded: what was asked, answered, confirmed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.sharing.domain.facts import DERIVED, Detail, Judgements, Said
from shared.contracts.consent import RowKey
from shared.law.codes import Answer, Attestation, Label, LeafCategory, Purpose
from shared.words import OpaqueId, Whose


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One child, one model, one purpose, and the units that take part."""

    case_id: UUID
    organisation: str
    unit: str
    subject_id: UUID
    child_ref: UUID
    """The opening organisation's own reference."""
    model: str
    model_version: int
    purpose: Purpose
    opened_by: str
    opened_at: datetime


class CaseParty(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that takes part."""

    unit: str
    organisation: str


class AskedItem(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing somebody wants to tell: which unit holds it, to whom, and what a human says about it."""

    discloser_unit: OpaqueId
    recipient_unit: OpaqueId
    category: LeafCategory
    about: Whose = "child"
    detail: Detail = Detail.SUMMARY
    attested: dict[Attestation, bool] = {}  # noqa: RUF012 -- msgspec gives each its own
    judgements: Judgements = Judgements()

    def said(self) -> dict[str, Any]:
        """What else was said of it, as it is recorded: a release is decided from the same facts."""
        return {name: msgspec.to_builtins(getattr(self, name)) for name in Said.__struct_fields__}


class DecisionItem(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded answer for one item."""

    item_id: UUID
    decision_id: UUID
    place: int
    discloser_unit: str
    recipient_unit: str
    purpose: Purpose
    category: LeafCategory
    about: str
    detail: Detail
    attested: dict[Attestation, bool]
    judgements: Judgements
    answer: Answer
    label: Label
    rule: str | None
    """The matrix row."""
    needs_consent: bool
    reasons: tuple[str, ...]
    trace: dict[str, Any]
    """The whole answer as given."""
    entry_id: UUID
    declined_at: datetime | None = None
    declined_by: str | None = None
    decline_reason: str | None = None
    said: dict[str, Any] = {}
    """What else was said of the item: the fields of Said."""

    def asked(self, attested: dict[Attestation, bool] | None = None, judgements: Judgements | None = None) -> AskedItem:
        """The question again, with what a human has said since."""
        return AskedItem(
            **msgspec.structs.asdict(msgspec.convert(self.said, Said)),
            discloser_unit=self.discloser_unit,
            recipient_unit=self.recipient_unit,
            category=self.category,
            about=self.about,
            detail=self.detail,
            attested={**self.attested, **(attested or {})},
            judgements=_over(self.judgements, judgements),
        )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked, when, and by which rules."""

    decision_id: UUID
    case_id: UUID
    decided_by: str
    decided_at: datetime
    rules: str


class ConsentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The family was asked for one discloser of a decision."""

    request_id: UUID
    decision_id: UUID
    discloser_unit: str
    asked_by: str
    asked_at: datetime
    until: datetime
    answer_by: datetime


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """A named human's word at LoA 3: these items may go to this unit, for a day."""

    permit_id: UUID
    decision_id: UUID
    case_id: UUID
    organisation: str
    recipient_unit: str
    confirmed_by: str
    confirmed_at: datetime
    expires_at: datetime
    entry_id: UUID


class PermitItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a permit, as confirmed."""

    permit_id: UUID
    item_id: UUID
    use_by: datetime
    attested: dict[Attestation, bool]
    judgements: Judgements
    needs_consent: bool
    """By the path that carried the confirmed yes."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed item on its way, with what its row and its recipient are."""

    delivery_id: UUID
    permit_id: UUID
    item_id: UUID
    case_id: UUID
    subject_id: UUID
    discloser_organisation: str
    discloser_unit: str
    recipient_organisation: str
    recipient_unit: str
    recipient_child_ref: UUID
    purpose: Purpose
    category: LeafCategory
    about: str
    needs_consent: bool
    kid: str
    sha256: bytes
    cipher: str | None
    schema: str
    use_by: datetime
    posted_at: datetime
    stopped_at: datetime | None
    released: bool
    stop_reason: str | None = None


def row_key(case: Case, item: AskedItem | DecisionItem) -> RowKey:
    """The row that a consent for this item governs."""
    return RowKey(
        subject_id=case.subject_id,
        discloser_unit=item.discloser_unit,
        recipient_unit=item.recipient_unit,
        purpose=case.purpose,
        category=item.category,
        about=item.about,
    )


def years(birth: date, on: date) -> int:
    """Whole years; an age is reached at 00:00 on the birthday."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def asserted_facts(attested: dict[Attestation, bool]) -> list[Attestation]:
    """What the caller ticked although a structured fact answers it: refused where a child is named (DESIGN 9)."""
    return sorted(DERIVED & set(attested))


def _over(first: Judgements, second: Judgements | None) -> Judgements:
    if second is None:
        return first
    said = {name: value for name, value in msgspec.structs.asdict(second).items() if value is not None}
    return msgspec.structs.replace(first, **said)
