"""What a person gets in hand for an answer or a withdrawal: their own act and nothing of anybody else's."""

import json
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

KIND = "samsyn-consent-receipt"
VERSION = 1


class Act(StrEnum):
    """What the receipt is for."""

    ANSWER = "answer"
    WITHDRAWAL = "withdrawal"


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """One act as it is kept: codes and ids."""

    receipt_id: UUID
    person_id: UUID
    request_id: UUID
    consent_id: UUID | None
    act: Act
    row_numbers: tuple[int, ...]
    choices: tuple[str, ...]
    way: str
    issuer: str
    acr: str
    authenticated_at: datetime | None
    served_id: UUID | None
    acted_at: datetime


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A code in both languages, as the text that was answered called it."""

    code: str
    sv: str
    en: str


class ReceiptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row and what the person said of it."""

    row: int
    recipient_unit: str
    recipient: str
    category: Words
    purpose: Words
    about: str
    """`child`, or `yourself`."""
    choice: str
    """`yes`, `no`, `wants-to-talk`, `withdrawn`."""


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Who, as what, and how they were known."""

    name: str | None
    role: str
    method: str
    """`e-identity`, `telephone`, ...: the way of the answer."""
    issuer: str
    acr: str
    authenticated_at: datetime | None


class TextShown(msgspec.Struct, frozen=True, kw_only=True):
    """Which text: SHA-256 in hexadecimal of its canonical form in all languages, and of the very bytes shown."""

    text_id: str
    version: int
    sha256: str
    language: str | None
    rendering: str | None
    shown_sha256: str | None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The signed payload. Times in UTC."""

    kind: str
    version: int
    receipt_id: UUID
    act: Act
    acted_at: datetime
    signer: Signer
    child: str | None
    organisation: str
    organisation_name: str
    discloser_unit: str
    discloser: str
    request_id: UUID
    consent_id: UUID | None
    rows: tuple[ReceiptRow, ...]
    last_day: date
    """The latest day on which the consent may hold, which counts."""
    text: TextShown


def canonical(receipt: Receipt) -> bytes:
    """RFC 8785: our member names are ASCII and our numbers integers, for which sorting by character is its order."""
    return json.dumps(msgspec.to_builtins(receipt), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
