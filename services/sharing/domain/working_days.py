"""Swedish working days (lag 1989:253 on public holidays; Saturdays and the eves that count as Sundays, SemL 2 a §). Pure."""

from datetime import date, datetime, time, timedelta

from shared.clock import STOCKHOLM

CLOSES = time(17)
"""When a working day ends, in Swedish time."""
_SATURDAY, _FRIDAY = 5, 4
_FIXED = frozenset({(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)})
_FROM_EASTER = (-2, 1, 39)
"""Good Friday, Easter Monday, Ascension Day; the others that move fall on weekends, or are below."""


def by_next_working_day(at: datetime) -> datetime:
    """The end of the first working day after the day of `at`."""
    day = at.astimezone(STOCKHOLM).date() + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, CLOSES, STOCKHOLM).astimezone(at.tzinfo)


def is_working_day(day: date) -> bool:
    """Whether offices are open."""
    if day.weekday() >= _SATURDAY or (day.month, day.day) in _FIXED:
        return False
    midsummers_eve = day.month == 6 and day.weekday() == _FRIDAY and 19 <= day.day <= 25  # noqa: PLR2004  a Friday of these days
    return not midsummers_eve and day not in {easter(day.year) + timedelta(days=days) for days in _FROM_EASTER}


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    correction = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - correction - of_century % 4) % 7
    late = (golden + 11 * correction + 22 * weekday) // 451
    month, day = divmod(correction + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
