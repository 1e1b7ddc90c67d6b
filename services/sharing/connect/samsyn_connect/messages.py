"""What goes over the wire between an organisation and Samsyn; answers ignore fields that this version does not know."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from samsyn_connect.countersign import OfferedKey


class AskKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The question for a unit's keys."""

    unit: str


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation's public signing key (Ed25519)."""

    kid: str
    jwk: dict[str, Any]


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's public keys, not yet believed, and its organisation's signing keys."""

    unit: str
    organisation: str
    keys: tuple[OfferedKey, ...]
    signing_keys: tuple[SigningKey, ...]


class SealedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One cipher under a permit."""

    item_id: UUID
    jwe: str


class SendItems(msgspec.Struct, frozen=True, kw_only=True):
    """Items under one permit; each is judged by itself."""

    permit_id: UUID
    items: tuple[SealedItem, ...]


class ItemResult(msgspec.Struct, frozen=True, kw_only=True):
    """Accepted with a delivery, or refused with a reason code."""

    item_id: UUID
    accepted: bool
    delivery_id: UUID | None = None
    reason: str | None = None


class ItemsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of the items."""

    items: tuple[ItemResult, ...]


class FetchItem(msgspec.Struct, frozen=True, kw_only=True):
    """Release this delivery to us."""

    delivery_id: UUID


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """The cipher, and what it must be bound to."""

    delivery_id: UUID
    case_id: UUID
    child_ref: UUID
    jwe: str
    binding: dict[str, str]
    discloser_organisation: str
    released_at: datetime
    filing_note: dict[str, Any]


class SendReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A compact JWS."""

    receipt: str


class ReceiptStored(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt is in."""

    delivery_id: UUID
    state: str
    received_at: datetime


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """These notices are dealt with."""

    ids: tuple[UUID, ...]


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """How many were still open."""

    confirmed: int


class DeliveryNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed item waits. Fetch it when a person needs it: the fetch is the release."""

    delivery_id: UUID
    case_id: UUID
    child_ref: UUID
    discloser_unit: str
    recipient_unit: str
    category: str
    purpose: str
    use_by: datetime


class InboxNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice of the inbox over HTTP: ids only. It comes again until it is confirmed."""

    position: int
    id: UUID
    name: str
    """`delivery`, `stopped`, `receipt`, ..."""
    at: datetime
    body: dict[str, Any]


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """Everything not confirmed, oldest first, at most 100."""

    notices: tuple[InboxNotice, ...]
