"""What clients get back. Published: members are only ever added, at the end, with a default."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.sharing.domain.cases import DecisionItem
from services.sharing.domain.facts import Judgements
from services.sharing.domain.matters import Matter
from services.sharing.domain.steering import SteeringView
from services.sharing.domain.tables import Text
from shared.contracts.consent import Missing


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its opener sees it; `child_ref` is null for another organisation that takes part."""

    case_id: UUID
    unit: str
    model: str
    purpose: str
    child_ref: UUID | None
    parties: tuple[str, ...]
    opened_at: datetime


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one item with its whole trace. A recommendation: a named human decides (OSL 6:3)."""

    item_id: UUID
    discloser_unit: str
    recipient_unit: str
    category: str
    about: str
    answer: str
    label: str
    row: str | None
    reasons: tuple[str, ...]
    basis: tuple[str, ...]
    paths: tuple[dict[str, Any], ...]
    missing: tuple[Missing, ...]
    to_attest: tuple[str, ...]
    tell: tuple[str, ...]
    law: tuple[str, ...]
    gap: int
    needs_consent: bool
    texts: dict[str, Text]
    """Every code of the answer in words."""
    declined_at: datetime | None = None
    said_by: str = "law"
    """Whether the law, the model, an override, the golden rule or a switch gave the answer."""
    whom: tuple[str, ...] = ()
    """Whom to ask, when the answer is `ask`."""
    open_facts: tuple[str, ...] = ()
    """Only what can still change the answer."""
    alternatives: tuple[dict[str, Any], ...] = ()
    """What could be told instead."""
    proposed: Judgements | None = None
    """The golden rule as the tables would answer it: for a human to confirm or change."""


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """One act of deciding: an answer for each item that was asked."""

    decision_id: UUID
    case_id: UUID
    decided_at: datetime
    rules: str
    items: tuple[ItemView, ...]


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sealed item is: `waiting`, `released`, `stopped`."""

    delivery_id: UUID
    item_id: UUID
    state: str
    use_by: datetime
    posted_at: datetime


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """What the recipient has confirmed."""

    delivery_id: UUID
    state: str
    received_at: datetime


class CaseRead(CaseView, frozen=True, kw_only=True):
    """A case with what has happened in it, as far as the reader's organisation took part."""

    decisions: tuple[DecisionView, ...]
    deliveries: tuple[DeliveryView, ...]
    receipts: tuple[ReceiptView, ...]
    steering: SteeringView | None = None
    """For the organisation that opened it."""
    matters: tuple[Matter, ...] = ()
    """What the reader's units have asked in it, and been asked."""


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the family, for one discloser."""

    request_id: UUID
    discloser_unit: str
    item_ids: tuple[UUID, ...]
    until: datetime
    answer_by: datetime


class RequestsView(msgspec.Struct, frozen=True, kw_only=True):
    """All questions of one decision."""

    requests: tuple[RequestView, ...]


class FilingNote(msgspec.Struct, frozen=True, kw_only=True):
    """For the record of whoever discloses or receives: Samsyn is not a journal."""

    at: datetime
    case_id: UUID
    item_id: UUID
    discloser_unit: str
    recipient_unit: str
    category: str
    purpose: str
    basis: tuple[str, ...]
    law: tuple[str, ...]
    tell: tuple[str, ...]
    sv: str = ""
    """The note as it can be written into the record."""
    en: str = ""


class PermitItemView(msgspec.Struct, frozen=True, kw_only=True):
    """One confirmed item. `binding` stands member for member in the protected header of its cipher."""

    item_id: UUID
    binding: dict[str, Any]
    filing_note: FilingNote


class NotPermitted(msgspec.Struct, frozen=True, kw_only=True):
    """One item that may not go now, and why."""

    item_id: UUID
    answer: str
    reasons: tuple[str, ...]


class PermitView(msgspec.Struct, frozen=True, kw_only=True):
    """A permit and what it did not let go."""

    permit_id: UUID
    decision_id: UUID
    case_id: UUID
    recipient_unit: str
    expires_at: datetime
    items: tuple[PermitItemView, ...]
    refused: tuple[NotPermitted, ...]


class DeclinedView(msgspec.Struct, frozen=True, kw_only=True):
    """A human decided not to tell."""

    decision_id: UUID
    item_ids: tuple[UUID, ...]
    declined_at: datetime


class PostedItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one posted cipher."""

    item_id: UUID
    accepted: bool
    delivery_id: UUID | None = None
    reason: str | None = None


class PostedView(msgspec.Struct, frozen=True, kw_only=True):
    """In the order they were posted."""

    items: tuple[PostedItem, ...]


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed item, released by the commit before this was sent."""

    release_id: UUID
    delivery_id: UUID
    case_id: UUID
    child_ref: UUID
    jwe: str
    binding: dict[str, Any]
    discloser_organisation: str
    released_at: datetime
    filing_note: FilingNote


def view_item(item: DecisionItem, texts: dict[str, Text]) -> ItemView:
    """A recorded item as its client sees it."""
    trace = item.trace
    codes = {item.answer, item.label, *item.reasons, *trace["to_attest"], *trace["tell"]}
    codes |= {condition["code"] for path in trace["paths"] for condition in path["conditions"]}
    alternatives = tuple(trace.get("alternatives", ()))
    codes |= {f"gap-{trace['gap']}", *trace.get("open_facts", ()), *(f"instead-{one['kind']}" for one in alternatives)}
    codes |= {f"said-by-{trace.get('said_by', 'law')}", *(f"whom-{one}" for one in trace.get("whom", ()))}
    return ItemView(
        item_id=item.item_id,
        discloser_unit=item.discloser_unit,
        recipient_unit=item.recipient_unit,
        category=item.category,
        about=item.about,
        answer=item.answer,
        label=item.label,
        row=item.rule,
        reasons=item.reasons,
        basis=tuple(trace["basis"]),
        paths=tuple(trace["paths"]),
        missing=msgspec.convert(trace["missing"], tuple[Missing, ...]),
        to_attest=tuple(trace["to_attest"]),
        tell=tuple(trace["tell"]),
        law=tuple(trace["law"]),
        gap=trace["gap"],
        needs_consent=item.needs_consent,
        texts={code: texts[code] for code in sorted(codes) if code in texts},
        declined_at=item.declined_at,
        said_by=trace.get("said_by", "law"),
        whom=tuple(trace.get("whom", ())),
        open_facts=tuple(trace.get("open_facts", ())),
        alternatives=alternatives,
        proposed=msgspec.convert(trace.get("proposed"), Judgements | None),
    )
