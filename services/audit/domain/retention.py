"""How long a log keeps who it was (audit.md 32): a year, past its time, is thinned by a decision of the organisation.

Five years after the year closed is the floor (HSLF-FS 2016:40, 4 kap. 9 §, for health care; the yardstick for the rest). A public
authority's log is an official document: weeding it out takes a decision of its own archive rules (arkivlagen 1990:782, 10 §).
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

FLOOR: Final = 5
"""Years after the year closed, at least."""


class State(StrEnum):
    """How far it has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    """Two have said so: it is being done, or waits for a hold."""
    THINNED = "thinned"


class Blocker(StrEnum):
    """What stands against it now."""

    NOT_DUE = "not-due"
    NOT_SIGNED = "not-signed"
    """The last checkpoint does not cover the whole log."""
    STOPPED = "stopped"
    """The log does not add up: what it holds may be needed to find out why."""
    ALREADY_PROPOSED = "already-proposed"


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """The two officers' word. They are tokens of the log `log_id`."""

    retirement_id: UUID
    organisation: str
    year: int
    decision: str
    state: State
    log_id: int
    proposed_by: bytes
    proposed_at: datetime
    changed_at: datetime
    confirmed_by: bytes | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far one log of the year is. `keys` and `parts` are destroyed, `kept` persons wait for a hold."""

    retirement_id: UUID
    log_id: int
    size: int
    upto: int
    keys: int
    parts: int
    kept: int


def due_on(year: int, years: int) -> date:
    """The first day on which a year may be thinned, so many years after it closed."""
    return date(year + 1 + years, 1, 1)
