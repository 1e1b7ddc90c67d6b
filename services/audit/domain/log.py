"""A log as the house knows it, and who may read it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec

ROOT, ROOT_YEAR = "-root", 0
"""The root log, which is no organisation's and no year's; no organisation can be named so."""
FIRST_YEAR, LAST_YEAR = 2024, 2100
"""An entry's year outside these is a clock gone wrong, not a log to be opened."""


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation's log of one year."""

    log_id: int
    organisation: str
    year: int
    origin: str
    opened_at: datetime
    part: int = 1
    """A log that could go on no more is followed by the next part of its year (`usecases/continue_log.py`)."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a log stands, as the committed row says."""

    log_id: int
    size: int
    peaks: bytes
    root: bytes
    epoch: int


class StoredEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a log: the bytes that were hashed, and the hash that was made of them then."""

    year: int
    log_id: int
    entry_index: int
    entry_id: UUID
    stored: bytes
    leaf_hash: bytes
    sequenced_at: datetime


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one person may do for one organisation, as sharing's register said last."""

    grant_id: UUID
    organisation: str
    unit: str | None
    principal: str
    role: str
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None
    revision: int


class LogBrokenError(Exception):
    """What is stored does not add up to what was committed: stop sequencing and signing this log, stay readable (rule 44)."""

    def __init__(self, log_id: int, reason: str, entry_index: int | None = None) -> None:
        super().__init__(f"log {log_id}: {reason}" + ("" if entry_index is None else f" at index {entry_index}"))
        self.log_id = log_id
        self.reason = reason
        self.entry_index = entry_index


class FencedError(Exception):
    """Another sequencer has taken over: this process must stop writing and start anew."""


def origin_of(host: str, organisation: str, year: int, part: int = 1) -> str:
    """The log's identity: a schema-less address (C2SP tlog-checkpoint)."""
    return f"{host}/audit/{organisation}/{year}{_part(part)}"


def root_origin(host: str, part: int = 1) -> str:
    """The root log's identity. No organisation can be named so."""
    return f"{host}/audit/root{_part(part)}"


def _part(part: int) -> str:
    return "" if part == 1 else f"-{part}"


def year_of(at: datetime) -> int:
    """The log-year of an entry: of its own time in UTC, so that a redelivery after New Year finds the same log."""
    return at.astimezone(UTC).year


def is_officer(grants: Iterable[Grant], organisation: str, now: datetime) -> bool:
    """Whether one of a person's grants makes them data-protection officer of all of this organisation now (GDPR art. 38-39)."""
    return any(grant.role == "dpo" and grant.unit is None and _holds(grant, organisation, now) for grant in grants)


def runs_the_service(grants: Iterable[Grant], operator: str, now: datetime) -> bool:
    """Whether one of a person's grants in the operator's organisation is that of its technicians or administrators."""
    return any(grant.role in {"operator", "administrator"} and _holds(grant, operator, now) for grant in grants)


def _holds(grant: Grant, organisation: str, now: datetime) -> bool:
    return grant.organisation == organisation and grant.revoked_at is None and grant.valid_from <= now < grant.valid_until
