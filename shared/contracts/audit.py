"""What audit answers the other houses. Never who acted: an extract names units, not people (audit.md 39)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.message import Question


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody at work did about a child, out of the log: codes and ids. Not who; the family's own acts are never among them."""

    entry_id: UUID
    organisation: str
    """In whose log it lies."""
    at: datetime
    action: str
    unit: str | None = None
    answer: str | None = None
    purpose: str | None = None
    legal_basis: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    case_id: UUID | None = None
    object_id: UUID | None = None


class ActsFound(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    acts: tuple[Act, ...] = ()
    more: bool = False
    """There are older ones that are not here."""


class Acts(Question[ActsFound], frozen=True, kw_only=True):
    """Consent to audit: what was done about this child at these organisations. Which of it the reader may see is consent's to judge.

    Committed as a reading in each of the logs before the answer leaves.
    """

    house: ClassVar[str] = "audit"
    name: ClassVar[str] = "acts"
    answer: ClassVar[type[ActsFound]] = ActsFound

    subject_id: UUID
    organisations: tuple[str, ...]
    since: datetime


class ErasableFound(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers alone."""

    kinds: dict[str, int]
    """`subject-keys` that would be destroyed, `entries` that would show as erased, `kept-by-a-hold`: keys that wait for theirs."""


class Erasable(Question[ErasableFound], frozen=True, kw_only=True):
    """Consent to audit: the dry run of an erasure, for the child or guardian as the one whom entries are about. Reads no entry."""

    house: ClassVar[str] = "audit"
    name: ClassVar[str] = "erasable"
    answer: ClassVar[type[ErasableFound]] = ErasableFound

    subject_id: UUID
