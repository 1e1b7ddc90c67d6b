"""Bodies that clients send; unknown fields are refused. Answers are the use cases' own structs."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from services.consent.domain.life import EndReason, PauseReason, StrikeReason, Witness
from services.consent.domain.recording import Refusal
from shared.words import PersonalNumber


class NameChild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number stands in the body only, never in a path or query."""

    number: PersonalNumber


class RowChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on one row of the page."""

    row: int
    choice: Literal["yes", "no", "wants-to-talk"]
    reason: Refusal | None = None
    """With a no, for who wants to say why. Nobody but the person themselves reads it."""


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says, and the page that they said it to."""

    served_id: UUID
    answers: tuple[RowChoice, ...]


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole consent, or one row of it."""

    row: int | None = None


class Pausing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, and the last day on which it is paused; the whole consent, or one row of it."""

    reason: PauseReason
    last_day: date
    row: int | None = None


class Resuming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole consent, or one row of it."""

    row: int | None = None


class Changing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows that are still wanted, all without; and until which day."""

    last_day: date
    rows: tuple[int, ...] | None = None


class EndingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the holder ends it."""

    reason: EndReason
    row: int | None = None


class Striking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was wrong with the registration."""

    reason: StrikeReason
    row: int | None = None


class TelephoneWithdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who called, and how staff knew; the number stands in the body only."""

    number: PersonalNumber
    witness: Witness
    row: int | None = None


class OfChild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The organisation's own reference to a child; a moment that has been, or none for now."""

    child_ref: UUID
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
