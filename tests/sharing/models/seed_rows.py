"""What the sources ask of the system, row by row, as checks that can be run: `tests/cases/seed_rows.toml`."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from tests.sharing.models.checks import Check

ROWS = Path(__file__).parents[2] / "cases" / "seed_rows.toml"


class Elsewhere(StrEnum):
    """Which part of the system answers what rules and models cannot."""

    CONSENT = "consent"
    """Who must answer, records, languages, withdrawal."""
    REGISTER = "register"
    """Organisations, units, agreements, grants and who sees which case."""
    CASES = "cases"
    """Cases, meetings, plans, handing over of roles."""
    DELIVERY = "delivery"
    """Requests, items, receipts, answers as events."""
    DUTIES = "duties"
    """Timers and reminders."""
    DESK = "desk"
    """What is written, read and checked at the organisation."""
    LOG = "log"
    """Entries, their text and their proofs."""
    FOLLOW_UP = "follow-up"
    """Counts, reports, exports."""
    PAGES = "pages"
    """What a person sees."""
    OUTSIDE = "outside"
    """Training grounds, public pages and installing: no rule decides them."""


class SeedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: its sentence, the models it belongs to, and how the sentence is tried."""

    id: str
    name: str
    says: str
    """The sentence as the row states it, with its own words for the answers."""
    models: tuple[str, ...]
    """Models and overlays; ALL is a rule for every model."""
    checks: tuple[Check, ...] = ()
    rest: Elsewhere | None = None
    """What answers the part of the sentence that the checks leave out, or all of it where there are none."""
    why: str | None = None
    """Why rules and models do not answer that part."""
    differs: str | None = None
    """Where our answer is another than the sentence's, on purpose, and why."""


@cache
def seed_rows() -> tuple[SeedRow, ...]:
    """All rows, as reviewed."""
    return msgspec.convert(tomllib.loads(ROWS.read_text())["row"], tuple[SeedRow, ...])
