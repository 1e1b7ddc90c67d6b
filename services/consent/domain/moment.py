"""A past moment that is asked about: what held then, and up to when what was learnt counts."""

from datetime import datetime
from typing import Final

import msgspec

from shared.errors import Fault, Invalid

FIRST_YEAR: Final = 2000
"""Long before anything here; earlier ones cannot be turned into a day of every time zone."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: the instant asked about. `known_at`: what was recorded after it is left out; `at` itself is what was known then."""

    at: datetime
    known_at: datetime


def check_past(at: datetime | None, now: datetime) -> None:
    """What will hold is never told: words may still come. Raises Invalid."""
    if at is not None and (at > now or at.year < FIRST_YEAR):
        raise Invalid("request-invalid", faults=[Fault("#/at", "lies ahead" if at > now else "too long ago")])
