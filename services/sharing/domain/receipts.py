"""What a recipient confirms, signed with its organisation's key: stored, opened, refused, duty done; deleted or kept after a stop."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from services.sharing.domain.register import SigningKey

SIGNATURE = "Ed25519"
TYPE = "samsyn-receipt+jws"
LARGEST = 8192
"""Characters of a compact receipt."""


class ReceiptState(StrEnum):
    """Graded: each says more than the one before, and none is proven by another."""

    STORED = "stored"
    OPENED = "opened"
    REFUSED = "refused"
    DUTY_DONE = "duty-done"
    DELETED = "deleted"
    KEPT = "kept"


class RefusalReason(StrEnum):
    """Why a recipient could not take an item."""

    NOT_FOR_US = "not-for-us"
    NOT_AUTHENTIC = "not-authentic"
    WRONG_BINDING = "wrong-binding"
    CONTENT_INVALID = "content-invalid"
    CHILD_UNKNOWN = "child-unknown"


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payload of a receipt."""

    delivery: UUID
    state: ReceiptState
    at: datetime
    reason: RefusalReason | None = None
    """With `refused`."""
    paragraph: str | None = None
    """With `kept`: the law that says the record must be kept, for example `PDL 3:17`."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt as stored. The JWS is the proof."""

    receipt_id: UUID
    delivery_id: UUID
    state: ReceiptState
    reason: str | None
    jws: str
    received_at: datetime


def read(compact: str, keys: Iterable[SigningKey], *, now: datetime) -> Said | None:
    """What the receipt says, if one of the organisation's keys in force has signed it; else None."""
    if len(compact) > LARGEST:
        return None
    for key in keys:
        if key.is_in_force(now):
            try:
                signed = jws.deserialize_compact(compact, OKPKey.import_key(key.public), algorithms=[SIGNATURE])
                if signed.protected.get("kid") == key.kid and signed.protected.get("typ") == TYPE:
                    return msgspec.json.decode(signed.payload, type=Said)
            except (JoseError, ValueError, msgspec.MsgspecError, RecursionError):
                continue
    return None


def fault_of(said: Said, *, released: bool, stopped: bool) -> str | None:
    """None when the receipt may be given now, else the code of what is wrong with it."""
    if not released:
        return "not-released-yet"
    if said.state in {ReceiptState.DELETED, ReceiptState.KEPT} and not stopped:
        return "not-stopped"
    if (said.state is ReceiptState.REFUSED) != (said.reason is not None):
        return "reason-does-not-fit"
    if (said.state is ReceiptState.KEPT) != (said.paragraph is not None):
        return "paragraph-does-not-fit"
    return None
