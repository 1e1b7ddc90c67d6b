"""What is unusual for this person: their own acts of the last weeks, not what others do, are the measure (audit.md 38)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

WEEKS: Final = timedelta(days=28)
"""How far back a person's habit is looked at."""
DAYS: Final = 5
"""Days with an act that a habit takes at least: somebody new has none."""
LEAST: Final = 10
"""Different children in a day that are nothing to ask about, whoever it is."""
TIMES: Final = 3
"""So many times the person's own fullest day."""
DORMANT: Final = timedelta(days=90)
"""An account that nobody used for so long, and that then is used."""


def is_unusual(today: int, earlier: Sequence[int]) -> bool:
    """Whether today's number of different children is far beyond each of the earlier days with an act."""
    return len(earlier) >= DAYS and today > LEAST and today > TIMES * max(earlier)


def was_dormant(last: datetime | None, at: datetime) -> bool:
    """Whether an act follows on a long silence. Somebody's first act follows on none."""
    return last is not None and at - last > DORMANT
