"""Days and instants: rules count days in Stockholm, rows carry instants, an end is the first instant that no longer counts."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from shared.clock import STOCKHOLM
from shared.law.disposers import birthday

LONGEST_MONTHS = 12
"""No consent is asked for longer, whatever is proposed (`domain` 3.2: at most 12 months)."""


def day_of(instant: datetime) -> date:
    """The day it is in Stockholm."""
    return instant.astimezone(STOCKHOLM).date()


def start_of(day: date) -> datetime:
    """00:00 in Stockholm, as UTC; the day may be 23 or 25 hours long."""
    return datetime.combine(day, time(), STOCKHOLM).astimezone(UTC)


def end_of(last_day: date) -> datetime:
    """The first instant after the last day: the last day counts."""
    return start_of(last_day + timedelta(days=1))


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day (lag 1930:173, 1 §)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def longest(months: int) -> int:
    """What a model asks for, inside our own limits: from one month to twelve."""
    return max(1, min(months, LONGEST_MONTHS))


def last_day(proposed: datetime, asked_at: datetime, months: int) -> date:
    """The last day a consent may hold: the proposed one, at most so many months after it was asked for."""
    return min(day_of(proposed), months_later(day_of(asked_at), months))


def reaches(born: date, age: int) -> datetime:
    """The instant at which somebody reaches an age: 00:00 on the birthday."""
    return start_of(birthday(born, born.year + age))
