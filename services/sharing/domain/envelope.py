"""What the broker may see of a sealed item: its protected header and its length, and whether they match the permit."""

import base64
import binascii
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

SIZE_CLASSES = (1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20)
"""Plaintext is padded to one of these, in bytes, so that length tells little (design: sharing 5)."""
LARGEST_OVER_NATS = 256 << 10
LARGEST_HEADER = 4096
PARTS = 5
"""RFC 7516 3.1: header, key, vector, ciphertext, tag."""


class EphemeralKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sender's one-time public key (RFC 7518 4.6.1.1)."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "X25519"]
    x: str
    y: str | None = None


class ItemHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The protected header of one item: everything that binds the cipher to its permit. `zip` and all else is refused."""

    alg: Literal["ECDH-ES+A256KW"]
    enc: Literal["A256GCM"]
    typ: Literal["samsyn-item+jwe"]
    kid: str
    epk: EphemeralKey
    permit: UUID
    item: UUID
    """The item's id in the permit."""
    discloser: str
    recipient: str
    """Units."""
    purpose: str
    category: str
    use_by: datetime
    schema: str
    """SHA-256 (hex) of the content schema."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What a permit says of one item; a header must say the same."""

    permit: UUID
    item: UUID
    discloser: str
    recipient: str
    purpose: str
    category: str
    use_by: datetime


def read_header(compact: str) -> ItemHeader | None:
    """The header of a compact JWE, or None when it is not one of ours: wrong parts, algorithm, member or encoding."""
    parts = compact.split(".")
    if len(parts) != PARTS or not all(parts) or len(parts[0]) > LARGEST_HEADER:
        return None
    try:
        raw = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4))
        return msgspec.json.decode(raw, type=ItemHeader)
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return None


def mismatch(header: ItemHeader, bound: Bound, kids: frozenset[str], *, now: datetime) -> str | None:
    """None when the cipher is bound to this permit, this item and a live key of the recipient; else the reason code."""
    for name in ("permit", "item", "discloser", "recipient", "purpose", "category", "use_by"):
        if getattr(header, name) != getattr(bound, name):
            return f"bound-to-other-{name.replace('_', '-')}"
    if header.kid not in kids:
        return "key-not-in-force"
    if bound.use_by <= now:
        return "use-by-passed"
    return None


def fits_size_class(compact: str) -> bool:
    """Whether the ciphertext has one of the lengths that say little: AES-GCM's is as long as what it hides."""
    encoded = compact.split(".")[3]
    return len(encoded) * 3 // 4 in SIZE_CLASSES
