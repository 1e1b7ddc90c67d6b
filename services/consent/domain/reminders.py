"""When a family is reminded, of whom no answer is awaited any more, and when a human at the unit must see to it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from services.consent.domain.consent import RowRecord, State, state_of, words_of
from shared.law.disposers import AskHuman


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days before a day to answer by, and before a consent runs out."""

    before_answer_by: tuple[int, ...]
    before_expiry: tuple[int, ...]


class Plans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One plan for each collaboration model that has its own."""

    default: Plan
    models: Mapping[str, Plan] = {}

    def of(self, model: str) -> Plan:
        """The model's own plan, or the default."""
        return self.models.get(model, self.default)

    @property
    def longest_before_expiry(self) -> timedelta:
        """How far ahead the loop must look."""
        return timedelta(days=max(day for plan in (self.default, *self.models.values()) for day in plan.before_expiry))


class TaskKind(StrEnum):
    """What waits for a human."""

    ASK_HUMAN = "ask-human"
    """No rule says who may answer; why is not said, for the reason may be protected identity."""
    NOT_REACHED = "not-reached"
    WANTS_TO_TALK = "wants-to-talk"
    CONFLICT = "conflict"


_BY_STATE = {State.NOT_REACHED: TaskKind.NOT_REACHED, State.DEFERRED: TaskKind.WANTS_TO_TALK, State.CONFLICT: TaskKind.CONFLICT}


def due(days: Iterable[int], end: datetime, now: datetime) -> int | None:
    """The step whose time has come: only the last one when several were missed; None before the first and after the end."""
    reached = [day for day in days if end - timedelta(days=day) <= now < end]
    return min(reached, default=None)


def awaited(record: RowRecord) -> list[UUID]:
    """Whose answer is awaited: nobody who has said anything in this round. What one has said changes nothing for another."""
    if isinstance(record.who, AskHuman):
        return []
    words = words_of(record)
    return [one.person_id for one in record.who.needed if one.person_id not in words]


def tasks_of(records: Iterable[RowRecord], now: datetime) -> set[TaskKind]:
    """What a human must see to for one question."""
    found = set()
    for record in records:
        state = state_of(record, now)
        if isinstance(record.who, AskHuman) and state in {State.PENDING, State.NOT_REACHED, State.ENDED}:
            found.add(TaskKind.ASK_HUMAN)
        elif state in _BY_STATE:
            found.add(_BY_STATE[state])
    return found
