"""What the pages of an officer share: the guard, whose log, rows of entries, and what a form or an address may hold."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import FIRST_YEAR, LAST_YEAR
from services.audit.pages.words import ANSWERS, PURPOSES, act, said
from services.audit.usecases.search_entries import Seen
from services.audit.usecases.watch_quorum import Witnessed
from shared.auth import LOA3, Caller, Kind, requires
from shared.clock import STOCKHOLM
from shared.pages.texts import Catalogue

OFFICER = requires("audit:read", kinds=frozenset({Kind.PERSON}), acr=LOA3)
TheKeeper = NamedDependency[SkipValidation[Keeper]]
TheWitnessed = NamedDependency[SkipValidation[Witnessed]]
Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
"""Who a person is in one log."""
UserId = Annotated[str, msgspec.Meta(pattern=r"^(https?://[!-~]{1,200} )?[!-~]{1,200}$(?!\n)")]
"""A person at work, at the officer's own login or at another."""
SHORT = 6
"""Characters of a token that a person can keep in mind."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as one line of a list."""

    index: int
    entry_id: str
    at: datetime | None
    sentence: str
    actor: str
    subject: str
    purpose: str
    answer: str
    look: str
    intact: bool


def organisation_of(caller: Caller, keeper: Keeper) -> str:
    """Whose log the caller looks at."""
    return caller.organisation or keeper.operator


def row(words: Catalogue, seen: Seen) -> Row:
    """In the reader's language; a row whose bytes are no entry any more says so."""
    leaf = seen.leaf
    if leaf is None:
        gone = words.gettext("Posten går inte att läsa")
        return Row(
            index=seen.index, entry_id="", at=None, sentence=gone, actor="", subject="", purpose="", answer="", look="no", intact=False
        )
    word, look = ANSWERS.get(leaf.answer or "", (leaf.answer or "", "neutral"))
    return Row(
        index=seen.index,
        entry_id=leaf.entry_id,
        at=datetime.fromisoformat(leaf.at),
        sentence=act(words, leaf),
        actor=leaf.actor,
        subject=leaf.subject or "",
        purpose=said(words, PURPOSES, leaf.purpose),
        answer=words.gettext(word) if word else "",
        look=look,
        intact=seen.intact,
    )


def rows(words: Catalogue, seen: Iterable[Seen]) -> list[Row]:
    """Several."""
    return [row(words, one) for one in seen]


def options(words: Catalogue, table: Any) -> list[tuple[str, str]]:
    """A table of words as the choices of a form, by the alphabet."""
    pairs = ((str(code), words.gettext(text[0] if isinstance(text, tuple) else text)) for code, text in table.items())
    return sorted(pairs, key=lambda pair: pair[1].casefold())


def fits(text: str, kind: Any) -> bool:
    """Whether a text has the form of a type of `shared/words.py` or of our views."""
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def uuid(text: str) -> UUID | None:
    """An id that somebody wrote; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def day(text: str) -> date | None:
    """`ÅÅÅÅ-MM-DD` of a year that a log may have; None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def midnight(on: date, *, after: bool = False) -> datetime:
    """When that day begins, or is over, in Sweden."""
    return datetime.combine(on + timedelta(days=int(after)), time(), STOCKHOLM)


def last_day(end: datetime) -> date:
    """The last day that such a time holds; an end is the first instant after it."""
    return (end - timedelta(microseconds=1)).astimezone(STOCKHOLM).date()
