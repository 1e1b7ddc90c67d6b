"""Is there a valid consent for this row now, and if not, whose answer is missing? Roles and numbers, never a person."""

from collections import Counter
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from services.consent.domain.consent import Choice, RowRecord, Standing, State, state_of, words_of
from shared.contracts.consent import CoverageState, Missing, RowCoverage, RowKey, SignerStatus
from shared.law.disposers import AskHuman, Disposers

_ANSWER = MappingProxyType(
    {
        State.NOT_ASKED: CoverageState.NOT_ASKED,
        State.PENDING: CoverageState.PENDING,
        State.DEFERRED: CoverageState.PENDING,
        State.NOT_REACHED: CoverageState.PENDING,
        State.PAUSED: CoverageState.PAUSED,
        State.STRUCK_OUT: CoverageState.STRUCK_OUT,
        State.GRANTED: CoverageState.GIVEN,
        State.REFUSED: CoverageState.REFUSED,
        State.CONFLICT: CoverageState.REFUSED,
        State.WITHDRAWN: CoverageState.WITHDRAWN,
        State.ENDED: CoverageState.PENDING,
        State.EXPIRED: CoverageState.EXPIRED,
    }
)

_STATUS = MappingProxyType(
    {Choice.NO: SignerStatus.REFUSED, Choice.TALK: SignerStatus.WANTS_TO_TALK, Choice.WITHDRAWN: SignerStatus.WITHDRAWN}
)


def coverage(key: RowKey, record: RowRecord, now: datetime) -> RowCoverage:
    """What consent knows of the row at this instant; the governing row goes along, stopped ones too."""
    if isinstance(record.who, AskHuman):
        return RowCoverage(key=key, state=CoverageState.ASK_HUMAN, row=record.governing)
    stands = state_of(record, now)
    state = _ANSWER[stands]
    if stands in {State.GRANTED, State.PAUSED}:  # nobody's answer is missing while the holder has paused it
        return RowCoverage(key=key, state=state, row=record.governing)
    return RowCoverage(key=key, state=state, missing=_missing(record.who, record, now), row=record.governing)


def _missing(who: Disposers, record: RowRecord, now: datetime) -> tuple[Missing, ...]:
    asked = record.request_id is not None and (record.last_instant is None or now < record.last_instant)
    words = words_of(record) if asked else {}
    counts: Counter[tuple[str, SignerStatus]] = Counter()
    for one in who.needed:
        status = signer_status(one.person_id, words, asked=asked)
        if status is not None:
            counts[one.role, status] += 1
    for one in who.heard:
        word = words.get(one.person_id)
        if word is not None and word.choice in _STATUS:
            counts[one.role, _STATUS[word.choice]] += 1
    if not counts:  # all have said yes, but what they said has ended: it takes a new round
        counts.update((one.role, SignerStatus.NOT_ASKED) for one in who.needed)
    return tuple(Missing(role=str(role), number=number, status=status) for (role, status), number in sorted(counts.items()))


def signer_status(person_id: UUID, words: dict[UUID, Standing], *, asked: bool) -> SignerStatus | None:
    """Why one person's answer is missing; None when it is a yes."""
    if not asked:
        return SignerStatus.NOT_ASKED
    word = words.get(person_id)
    if word is None:
        return SignerStatus.NO_ANSWER
    return None if word.choice is Choice.YES else _STATUS[word.choice]
