"""A question to a family, as it was asked."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.contracts.consent import RowKey
from shared.law.codes import Regime


class AskedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to say yes or no to; the number is its place on the page."""

    row_number: int
    key: RowKey


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One discloser's question about one child. Never edited: another question is another request."""

    request_id: UUID
    case_id: UUID
    child_id: UUID
    organisation: str
    discloser_unit: str
    regime: Regime
    model: str
    text_sha256: bytes
    asked_at: datetime
    answer_by: datetime
    last_day: date
    longest_months: int
    """How long its model lets it hold from when it is asked; longer is never asked for."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Proof of what was on the page before the answer."""

    served_id: UUID
    request_id: UUID
    person_id: UUID
    text_sha256: bytes
    language: str
    rendering: str
    shown_sha256: bytes
    served_at: datetime


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One row of one consent that has ended before its time."""

    stop_id: UUID
    consent_id: UUID
    row_number: int
    person_id: UUID | None
    """Who withdrew; None when a fact ended it."""
    ending: str
    stopped_at: datetime
    reason: str | None = None
    """A code, where somebody else than the family ended it."""
    recorded_by: str | None = None
    """The staff member or system that ended it, or took the family's call."""
    witness: str | None = None
    """How staff knew who called; None when it was not by telephone."""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A row that lets nothing through until a day, or until its holder lifts it."""

    pause_id: UUID
    consent_id: UUID
    row_number: int
    reason: str
    paused_by: str
    paused_at: datetime
    until: datetime
    """Exclusive."""


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """A registration called wrong by one person, and by a second once `confirmed_by` is there."""

    strike_id: UUID
    consent_id: UUID
    row_number: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
