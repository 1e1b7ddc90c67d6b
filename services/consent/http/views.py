"""Bodies that clients send; unknown fields are refused. Answers are the use cases' own structs."""

from typing import Literal
from uuid import UUID

import msgspec

from shared.words import PersonalNumber


class NameChild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number stands in the body only, never in a path or query."""

    number: PersonalNumber


class RowChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on one row of the page."""

    row: int
    choice: Literal["yes", "no", "wants-to-talk"]


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says, and the page that they said it to."""

    served_id: UUID
    answers: tuple[RowChoice, ...]


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole consent, or one row of it."""

    row: int | None = None
