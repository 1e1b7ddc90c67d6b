"""What lies in the log: the public part of an entry as stored bytes, with tokens and commitments where persons are.

The bytes are stored and hashed as they are; verification never encodes anew. Fields are only added at the end,
with a default, so that bytes of any age are read by the struct of today.
"""

import hashlib
import unicodedata
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

MAX_LEAF = 8 * 1024
"""Bytes. A C2SP bundle could carry 65 535; an act described in codes has no need of a tenth of this."""

MAX_INTEGER = 2**53 - 1
"""The greatest integer that RFC 8785 (JSON Canonicalization) can carry."""

_SEAL = b"samsyn-seal-v1"
SALT_SIZE = 32
TOKEN_SIZE = 16


class Leaf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The public part. `actor` and `subject` are random tokens of one person in one log, in hex.

    `actor_seal` and `subject_seal` commit to the two person parts; each is opened by its own salt, which dies with
    its person's data key, so that erasing a child leaves the professional's part readable and the other way round.
    """

    v: int
    entry_id: str
    organisation: str
    at: str
    """RFC 3339, UTC, always six decimals."""
    action: str
    actor_kind: str
    actor: str
    actor_seal: str
    producer: str
    producer_sequence: int | None = None
    """Set by the producer's relay; absent where audit writes about its own readings."""
    previous_hash: str | None = None
    """SHA-256 of the body of the producer's entry before this one."""
    subject: str | None = None
    subject_seal: str | None = None
    actor_organisation: str | None = None
    unit: str | None = None
    answer: str | None = None
    reasons: tuple[str, ...] = ()
    purpose: str | None = None
    legal_basis: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    model: str | None = None
    rules: str | None = None
    case_id: str | None = None
    object_id: str | None = None
    query: tuple[str, ...] = ()
    """Audit's own readings: what was asked for, as `field=code`."""
    count: int | None = None
    """How many entries the answer held, never which."""


class LeafRefusedError(ValueError):
    """The entry cannot become a leaf. `code` says why and holds no data of the entry."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode(leaf: Leaf) -> bytes:
    """The bytes to store: keys in order, strings in NFC, no insignificant space: RFC 8785 for what a leaf may hold.

    Raises LeafRefusedError for an integer no canonical JSON can carry and for a leaf that is too large.
    """
    for number in (leaf.v, leaf.producer_sequence, leaf.count):
        if number is not None and not 0 <= number <= MAX_INTEGER:
            raise LeafRefusedError("integer-out-of-range")
    data = canonical(leaf)
    if len(data) > MAX_LEAF:
        raise LeafRefusedError("leaf-too-large")
    return data


def decode(data: bytes) -> Leaf:
    """Stored bytes as a struct, for reading only. Raises msgspec.DecodeError for what is no leaf."""
    return msgspec.json.decode(data, type=Leaf)


def canonical(value: Any) -> bytes:
    """Canonical JSON of structs, strings and integers with ASCII keys, equal to RFC 8785 on these (a test compares)."""
    data = msgspec.json.encode(value, order="sorted")
    return data if data.isascii() else msgspec.json.encode(_normal(msgspec.to_builtins(value)), order="sorted")


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals, so that text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def seal(salt: bytes, person_part: bytes) -> str:
    """The commitment to a person part: without the salt it tells nothing, not even to who guesses the person."""
    if len(salt) != SALT_SIZE:
        raise ValueError("a seal's salt is 32 bytes")
    return hashlib.sha256(_SEAL + salt + person_part).hexdigest()


def actor_part(actor: str) -> bytes:
    """The canonical bytes that `actor_seal` commits to."""
    return canonical({"actor": actor})


def subject_part(subject: UUID, sealed_reason: str | None) -> bytes:
    """The canonical bytes that `subject_seal` commits to: the child, and a written reason as its ciphertext."""
    return canonical({"subject": str(subject), **({"sealed_reason": sealed_reason} if sealed_reason else {})})


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    return value
