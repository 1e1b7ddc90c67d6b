"""What goes over the wire. Requests forbid unknown fields."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import Leaf
from services.audit.domain.log import FIRST_YEAR, LAST_YEAR
from services.audit.usecases.read_entry import Opened
from services.audit.usecases.search_entries import MOST, Found, Seen
from shared.auth import Caller
from shared.words import Code, OpaqueId

TheKeeper = NamedDependency[SkipValidation[Keeper]]
"""How a handler here asks for what the use cases need besides a transaction."""

Year = Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
UserId = Annotated[str, msgspec.Meta(pattern=r"^(https?://[!-~]{1,200} )?[!-~]{1,200}$(?!\n)")]
PurposeCode = Annotated[str, msgspec.Meta(pattern=r"^P_[A-Z_]{1,30}$(?!\n)")]
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


def principal_of(user: str, caller: Caller) -> str:
    """A person at work as entries know them. It goes in a body, never in an address, and is a token from then on."""
    return user if " " in user else f"{caller.issuer} {user}"


class SearchLog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search in one organisation's log. Every field that is absent does not narrow."""

    organisation: OpaqueId | None = None
    """Default: the caller's own."""
    year: Year | None = None
    case_id: UUID | None = None
    object_id: UUID | None = None
    child_ref: UUID | None = None
    """The organisation's own reference."""
    answer: Code | None = None
    action: Code | None = None
    unit: OpaqueId | None = None
    actor: Token | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: Index | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 50
    professional: UserId | None = None
    """A person at work, in place of `actor`: their user id at the officer's own login, or `<issuer> <user id>`."""
    purpose: PurposeCode | None = None
    reason: Code | None = None
    held: bool = False
    """Also what a hold hides; the entry of the search says that it was shown."""


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry's public part with its place. `intact` false: the stored bytes are not those that were committed."""

    index: int
    intact: bool
    entry: Leaf | None

    @classmethod
    def of(cls, seen: Seen) -> "EntryView":
        """From the use case's answer."""
        return cls(index=seen.index, intact=seen.intact, entry=seen.leaf)


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a search, newest first; ask again with `before` = `next_before`."""

    log: str
    year: int
    size: int
    entries: tuple[EntryView, ...]
    next_before: int | None
    holds: int
    """How many holds leave entries out of a search without `held`."""

    @classmethod
    def of(cls, found: Found) -> "FoundView":
        """From the use case's answer."""
        return cls(
            log=found.log,
            year=found.year,
            size=found.size,
            entries=tuple(map(EntryView.of, found.entries)),
            next_before=found.next_before,
            holds=found.holds,
        )


class OpenedView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry with its actor's identity, as `<issuer> <subject>`; null when that person has been erased."""

    log: str
    index: int
    intact: bool
    entry: Leaf | None
    actor: str | None
    actor_erased: bool
    actor_matches_seal: bool

    @classmethod
    def of(cls, opened: Opened) -> "OpenedView":
        """From the use case's answer."""
        return cls(
            log=opened.log,
            index=opened.seen.index,
            intact=opened.seen.intact,
            entry=opened.seen.leaf,
            actor=opened.actor,
            actor_erased=opened.erased,
            actor_matches_seal=opened.actor_fits,
        )


class ExportLog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which log to export: whole, or with any of the last four that part of it."""

    organisation: OpaqueId
    year: Year
    child_ref: UUID | None = None
    case_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows it."""
        return (self.child_ref, self.case_id, self.since, self.until) == (None, None, None, None)


class ConsistencyView(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 6962's PROOF(first, D[second]), hashes in base64."""

    first: int
    second: int
    hashes: tuple[str, ...]
