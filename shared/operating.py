"""What every house offers the operator's own staff: messages that could not be taken, to look at and to take again.

A body of a message between houses holds ids and codes, an entry's also who acted: so the operator's people only, at level 3, and
each look and each replay is an entry in the operator's log.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from shared import logs
from shared.auth import LOA3, Caller, Kind, requires
from shared.database import Connection
from shared.dead_letters import DeadLetter, find_dead_letter, list_dead_letters, replay_dead_letter
from shared.errors import AppError, Conflict, NotFound
from shared.inbox import Handles
from shared.work import TheCaller, TheWork

PEOPLE = frozenset({Kind.PERSON})
ROLES = frozenset({"operator", "administrator"})
"""Grants in the operator's organisation whose holders run the service."""


class Allow(Protocol):
    """A house's own check that a caller runs the service, by its copy of the register."""

    async def __call__(self, tx: Connection, caller: Caller, action: str, *, object_id: UUID | None, now: datetime) -> AppError | None:
        """None when the act may go on; else the refusal. Either has its entry in `tx`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Operating:
    """How a house knows the operator's staff."""

    allow: Allow
    scope: str
    """What a login of staff at this house carries."""


class DeadLetterView(msgspec.Struct, frozen=True, kw_only=True):
    """A message that this house could not take, and the code of why."""

    id: UUID
    source: str
    name: str
    reason: str
    died_at: datetime
    replayed_at: datetime | None


class DeadLetters(msgspec.Struct, frozen=True, kw_only=True):
    """At most a hundred, newest first."""

    dead_letters: tuple[DeadLetterView, ...]


class DeadLetterShown(DeadLetterView, frozen=True, kw_only=True):
    """One with what it holds: ids and codes, as the sending house wrote them."""

    subject: str
    headers: dict[str, str]
    body: str


def routes_of(handles: Handles, operating: Operating) -> list[HTTPRouteHandler]:
    """The three routes of one house."""

    @get("/v1/dead-letters", guards=[requires(operating.scope, kinds=PEOPLE, acr=LOA3)])
    async def dead_letters(caller: TheCaller, work: TheWork) -> DeadLetters:
        """What this house could not take."""

        async def effect(tx: Connection) -> DeadLetters | AppError:
            if (refusal := await operating.allow(tx, caller, "dead-letters.listed", object_id=None, now=work.now)) is not None:
                return refusal
            return await list_letters(tx)

        return await work.once(effect)

    @get("/v1/dead-letters/{letter_id:uuid}", guards=[requires(operating.scope, kinds=PEOPLE, acr=LOA3)])
    async def dead_letter(letter_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> DeadLetterShown:
        """One of them, whole."""

        async def effect(tx: Connection) -> DeadLetterShown | AppError:
            if (refusal := await operating.allow(tx, caller, "dead-letter.read", object_id=letter_id, now=work.now)) is not None:
                return refusal
            letter = await find_dead_letter(tx, letter_id)
            return NotFound() if letter is None else _whole(letter)

        return await work.once(effect)

    @post("/v1/dead-letters/{letter_id:uuid}/replay", guards=[requires(operating.scope, kinds=PEOPLE, acr=LOA3)], status_code=200)
    async def replay(letter_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> DeadLetterView:
        """Take it as if it came now. It still happens at most once."""

        async def effect(tx: Connection) -> DeadLetterView | AppError:
            if (refusal := await operating.allow(tx, caller, "dead-letter.replayed", object_id=letter_id, now=work.now)) is not None:
                return refusal
            return await take_again(tx, handles, letter_id, now=work.now)

        return await work.once(effect)

    return [dead_letters, dead_letter, replay]


async def list_letters(tx: Connection) -> DeadLetters:
    """Without what they hold."""
    return DeadLetters(dead_letters=tuple(_view(letter) for letter in await list_dead_letters(tx)))


async def take_again(tx: Connection, handles: Handles, letter_id: UUID, *, now: datetime) -> DeadLetterView | AppError:
    """In a savepoint: the entry of the try, which `Operating.allow` has made, stands whatever the handler does."""
    try:
        async with tx.transaction():
            return _view(await replay_dead_letter(tx, handles, letter_id, now=now))
    except (NotFound, Conflict) as error:
        return error
    except Exception as error:  # noqa: BLE001  what killed it may still be there; logged by type
        logs.failure("dead-letter.failed", error)
        return Conflict("dead-letter-not-taken")


def _view(letter: DeadLetter) -> DeadLetterView:
    return DeadLetterView(**_fields(letter, DeadLetterView))


def _whole(letter: DeadLetter) -> DeadLetterShown:
    fields = _fields(letter, DeadLetterView)
    headers = {name: str(value) for name, value in letter.headers.items()}
    return DeadLetterShown(**fields, subject=letter.subject, headers=headers, body=letter.body.decode("utf-8", "replace"))


def _fields(letter: DeadLetter, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in kind.__struct_fields__}
