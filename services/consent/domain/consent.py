"""A row of a consent through its life. State is computed from answers, representations, events and an instant, never stored."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import msgspec

from shared.contracts.consent import GoverningRow, RowState
from shared.law.disposers import AskHuman, Disposers


class Choice(StrEnum):
    """What somebody said, last."""

    YES = "yes"
    NO = "no"
    TALK = "wants-to-talk"
    WITHDRAWN = "withdrawn"
    """Not an answer that can be given: what a withdrawal makes of an earlier yes."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One person's word on one row, given in one round (request) or, for a withdrawal, on every round of that row."""

    person_id: UUID
    choice: Choice
    at: datetime
    """When it was said: a paper that is recorded late does not beat a later answer."""
    recorded_at: datetime
    request_id: UUID | None = None
    """None for a withdrawal."""


class Ending(StrEnum):
    """Why a row was stopped, as a closed list."""

    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    """Somebody who had said yes, or is asked anew, now says no."""
    CUSTODY = "custody"
    """Somebody's yes is missing since custody, maturity or secrecy changed."""
    PROTECTED = "protected"


class State(StrEnum):
    """Where one row stands at an instant (`design/consent.md` 3.7)."""

    NOT_ASKED = "not-asked"
    PENDING = "pending"
    DEFERRED = "deferred"
    GRANTED = "granted"
    REFUSED = "refused"
    CONFLICT = "conflict"
    WITHDRAWN = "withdrawn"
    ENDED = "ended-by-other"
    EXPIRED = "expired"


_ASKED = frozenset(State) - {State.NOT_ASKED}

TRANSITIONS = MappingProxyType({State.NOT_ASKED: frozenset({State.PENDING}), **dict.fromkeys(_ASKED, _ASKED)})
"""What may follow on what. What has been asked stays asked; answers, withdrawals and facts may then come in any order, for whoever
has stopped a row may be followed by another who does, or by all who give it anew. What never changes back is the consent id: it is
final once stopped, and giving anew is a new one."""


class RowRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides one row."""

    who: Disposers | AskHuman
    request_id: UUID | None = None
    """The latest round in which the row was asked for; None when it never was."""
    asked_at: datetime | None = None
    """When that round was opened."""
    standings: tuple[Standing, ...] = ()
    """Every answer and withdrawal on this row, of all rounds."""
    governing: GoverningRow | None = None
    ended: Ending | None = None
    """Why the governing row was stopped."""
    last_instant: datetime | None = None
    """When the latest round's period ends, whether it was ever granted or not."""


def latest(standings: Iterable[Standing]) -> dict[UUID, Standing]:
    """Each person's last word by time of saying it, whatever the round."""
    return {one.person_id: one for one in sorted(standings, key=lambda s: (s.at, s.recorded_at))}


def words_of(record: RowRecord) -> dict[UUID, Standing]:
    """What counts in the latest round: a yes only when said in it, every other word when said since it was opened.

    Who is only heard is not asked anew: their no stands until they say otherwise.
    """
    if record.request_id is None or record.asked_at is None:
        return {}
    heard = set() if isinstance(record.who, AskHuman) else {one.person_id for one in record.who.heard}
    words = latest(one for one in record.standings if one.request_id == record.request_id)
    for person_id, last in latest(record.standings).items():
        if last.choice is not Choice.YES and (last.at >= record.asked_at or person_id in heard):
            words[person_id] = last
    return words


def agreed(who: Disposers | AskHuman, words: dict[UUID, Standing]) -> bool:
    """Has everybody who must said yes, and nobody who is heard no? Nobody known is never a yes (I5)."""
    if isinstance(who, AskHuman) or not who.needed:
        return False
    everybody = all(one.person_id in words and words[one.person_id].choice is Choice.YES for one in who.needed)
    return everybody and not any(one.person_id in words and words[one.person_id].choice is not Choice.YES for one in who.heard)


def holds(record: RowRecord, now: datetime) -> bool:
    """Whether the governing row lets anything through now."""
    row = record.governing
    if row is None or row.state is not RowState.GIVEN or row.withdrawn:
        return False
    return row.valid_from <= now < row.valid_until and agreed(record.who, latest(record.standings))


def state_of(record: RowRecord, now: datetime) -> State:
    """Where the row stands; *granted* also while a renewal waits for answers."""
    if holds(record, now):
        return State.GRANTED
    if record.request_id is None:
        return State.NOT_ASKED
    said = _said(record.who, words_of(record))
    if Choice.NO in said:
        return State.CONFLICT if Choice.YES in said else State.REFUSED
    if Choice.WITHDRAWN in said:
        return State.WITHDRAWN
    if record.last_instant is not None and record.last_instant <= now:
        return State.EXPIRED
    return _unanswered(record, said, now)


def _unanswered(record: RowRecord, said: set[Choice], now: datetime) -> State:
    row = record.governing
    if Choice.TALK in said:
        return State.DEFERRED
    if row is not None and row.state is RowState.GIVEN and row.valid_until <= now:
        return State.EXPIRED
    if row is not None and row.state is RowState.STOPPED and record.ended in {Ending.CUSTODY, Ending.PROTECTED}:
        return State.ENDED
    return State.PENDING


def _said(who: Disposers | AskHuman, words: dict[UUID, Standing]) -> set[Choice]:
    if isinstance(who, AskHuman):
        return set()
    return {words[one.person_id].choice for one in (*who.needed, *who.heard) if one.person_id in words}
