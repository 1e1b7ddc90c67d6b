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
    ENDED = "ended"
    """By the holder, with a coded reason."""
    STRUCK_OUT = "struck-out"
    """It was registered by mistake, as two persons have said."""
    ADULT = "adult"
    """The child has turned 18: what its guardians gave has ended, whatever it said itself beside them."""
    ERASED = "erased"
    """Somebody whose yes it stands on, or whom it is about, is erased."""


_BY_OTHERS = frozenset({Ending.CUSTODY, Ending.PROTECTED, Ending.ENDED, Ending.ADULT, Ending.ERASED})
VOIDING = frozenset({Ending.ENDED, Ending.STRUCK_OUT, Ending.ADULT, Ending.ERASED})
"""After these no earlier yes counts again: giving anew takes everybody's new yes."""


class State(StrEnum):
    """Where one row stands at an instant (`design/consent.md` 3.7)."""

    NOT_ASKED = "not-asked"
    PENDING = "pending"
    DEFERRED = "deferred"
    NOT_REACHED = "not-reached"
    """The day to answer by has passed without an answer; one that comes late still counts."""
    GRANTED = "granted"
    PAUSED = "paused"
    REFUSED = "refused"
    CONFLICT = "conflict"
    WITHDRAWN = "withdrawn"
    ENDED = "ended-by-other"
    EXPIRED = "expired"
    STRUCK_OUT = "struck-out"


_ASKED = frozenset(State) - {State.NOT_ASKED}
_FIRST = MappingProxyType(
    {
        State.NOT_ASKED: frozenset({State.PENDING}),
        State.STRUCK_OUT: _ASKED - {State.ENDED},
    }
)
TRANSITIONS = MappingProxyType({**dict.fromkeys(_ASKED, _ASKED), **_FIRST})
"""What may follow on what. What has been asked stays asked; answers, withdrawals and facts may then come in any order, for whoever
has stopped a row may be followed by another who does, or by all who give it anew. What is struck out is ended no more.
What never changes back is the consent id: it is final once stopped, and giving anew is a new one. What an act of the holder may do
in which state is `domain/life.py`."""


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
    answer_by: datetime | None = None
    """Until when the latest round hoped for answers."""
    ended_at: datetime | None = None
    """When the governing row was stopped, or struck out after that."""
    ended_round: UUID | None = None
    """The round whose consent ended then."""
    paused_until: datetime | None = None
    """The end of the pause that nobody has lifted; None without one."""
    void_at: datetime | None = None
    """When the row was last ended so that no earlier yes counts any more."""


def still_counting(standings: Iterable[Standing], void_at: datetime | None) -> tuple[Standing, ...]:
    """Without each yes that was said before the row was ended or struck out; a no and a withdrawal stand."""
    return tuple(one for one in standings if void_at is None or one.choice is not Choice.YES or one.at > void_at)


def with_word(record: RowRecord, word: Standing) -> RowRecord:
    """The record after one more word, everything else being as it was: the child's lock is held."""
    return msgspec.structs.replace(record, standings=still_counting((*record.standings, word), record.void_at))


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
    return row is not None and row.valid_from <= now and _is_given(record, row, now)


def _is_given(record: RowRecord, row: GoverningRow, now: datetime) -> bool:
    given = row.state is RowState.GIVEN and not row.withdrawn
    return given and now < row.valid_until and agreed(record.who, latest(record.standings))


def is_paused(record: RowRecord, now: datetime) -> bool:
    """Whether the row is given and would let things through, were it not for a pause."""
    row = record.governing
    if row is None or record.paused_until is None or record.paused_until <= now:
        return False
    return _is_given(record, row, now)


def state_of(record: RowRecord, now: datetime) -> State:
    """Where the row stands; *granted* also while a renewal waits for answers."""
    if is_paused(record, now):
        return State.PAUSED
    if holds(record, now):
        return State.GRANTED
    if record.request_id is None:
        return State.NOT_ASKED
    return _not_given(record, now)


def _not_given(record: RowRecord, now: datetime) -> State:
    said = _said(record.who, words_of(record))
    if record.ended is Ending.STRUCK_OUT and _is_last(record):
        return State.STRUCK_OUT
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
    if row is not None and row.state is RowState.STOPPED and record.ended in _BY_OTHERS and _is_last(record):
        return State.ENDED
    overdue = record.answer_by is not None and record.answer_by <= now
    return State.NOT_REACHED if overdue else State.PENDING


def _is_last(record: RowRecord) -> bool:
    """Nobody has been asked anew since the row ended, and nobody has said anything on it."""
    if record.ended_at is None:
        return True
    asked_anew = record.asked_at is not None and record.asked_at >= record.ended_at and record.request_id != record.ended_round
    return not asked_anew and all(one.at <= record.ended_at for one in record.standings)


def _said(who: Disposers | AskHuman, words: dict[UUID, Standing]) -> set[Choice]:
    if isinstance(who, AskHuman):
        return set()
    return {words[one.person_id].choice for one in (*who.needed, *who.heard) if one.person_id in words}
