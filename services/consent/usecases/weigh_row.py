"""Bring together everything that decides one row: who must answer, what they have said, what governs it now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.consent.domain.consent import RowRecord, still_counting
from services.consent.domain.custody import Known
from services.consent.domain.judgement import Judgement
from services.consent.domain.moment import Moment
from services.consent.domain.one_guardian import excuse
from services.consent.domain.periods import day_of, end_of
from services.consent.storage import custody, facts, people
from services.consent.storage.facts import Facts
from services.consent.storage.facts_at import gather_at
from services.consent.storage.vault import Vault
from shared.contracts.consent import RowKey
from shared.database import Connection
from shared.law.codes import LeafCategory, Regime
from shared.law.disposers import AskHuman, Disposers, Item, Maturity, Question, disposers


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """One row with all its facts, as of one instant."""

    record: RowRecord
    known: Known
    """Of the person whose data they are."""
    judgement: Judgement
    who_on: Callable[[date], Disposers | AskHuman]


async def weigh_row(tx: Connection, vault: Vault, child: Known, key: RowKey, regime: Regime, *, now: datetime) -> Weighed:
    """Everything about one row. Reads only; whoever acts on it holds the child's lock."""
    (weighed,) = await weigh_rows(tx, vault, [(child, key, regime)], now=now)
    return weighed


async def weigh_rows(tx: Connection, vault: Vault, asked: Sequence[tuple[Known, RowKey, Regime]], *, now: datetime) -> list[Weighed]:
    """The same for many rows, in their order, with as many statements as for one."""
    today = day_of(now)
    found = await facts.gather(tx, [(child.person.person_id, key) for child, key, _ in asked], day=today) if asked else []
    return [
        _weighed(child, await _third_person(tx, vault, key), key, regime, kept, today)
        for (child, key, regime), kept in zip(asked, found, strict=True)
    ]


async def weigh_rows_at(tx: Connection, vault: Vault, asked: Sequence[tuple[Known, RowKey, Regime]], moment: Moment) -> list[Weighed]:
    """The same for a past moment. Protected identity is handling, and always that of today."""
    day = day_of(moment.at)
    keys = [(child.person.person_id, key) for child, key, _ in asked]
    found = await gather_at(tx, keys, day=day, moment=moment) if asked else []
    weighed = []
    for (child, key, regime), kept in zip(asked, found, strict=True):
        third = await _third_person(tx, vault, key)
        then = None if third is None else third.as_known(moment.known_at)
        weighed.append(_weighed(child.as_known(moment.known_at), then, key, regime, kept, day))
    return weighed


def _weighed(child: Known, third: Known | None, key: RowKey, regime: Regime, kept: Facts, today: date) -> Weighed:
    who_on = _who(child, third, key, regime, kept.judgement)
    held, asked = kept.held, kept.round
    record = RowRecord(
        who=who_on(today),
        request_id=None if asked is None else asked.request_id,
        asked_at=None if asked is None else asked.asked_at,
        standings=still_counting(kept.standings, None if held is None else held.void_at),
        governing=None if held is None else held.row,
        ended=None if held is None else held.ending,
        ended_at=None if held is None else held.ended_at,
        ended_round=None if held is None else held.ended_round,
        last_instant=None if asked is None else end_of(asked.last_day),
        answer_by=None if asked is None else asked.answer_by,
        paused_until=None if held is None else held.paused_until,
        void_at=None if held is None else held.void_at,
    )
    return Weighed(record=record, known=child if third is None else third, judgement=kept.judgement, who_on=who_on)


def _who(child: Known, third: Known | None, key: RowKey, regime: Regime, judgement: Judgement) -> Callable[[date], Disposers | AskHuman]:
    def on(day: date) -> Disposers | AskHuman:
        item = Item(
            regime=regime,
            category=LeafCategory(key.category),
            in_confidence=judgement.in_confidence,
            secret_from=frozenset(judgement.secret_from),
            third_person=None if third is None else third.family_on(day),
            about_child=key.about == "child",
        )
        who = disposers(child.family_on(day), item, Question(maturity=_maturity(judgement, day)))
        return excuse(who, judgement.excused, day)

    return on


def _maturity(judgement: Judgement, day: date) -> Maturity | None:
    lapsed = judgement.last_day is not None and day > judgement.last_day
    return None if lapsed else judgement.maturity


async def _third_person(tx: Connection, vault: Vault, key: RowKey) -> Known | None:
    if key.about == "child":
        return None
    try:
        person = await people.get(tx, vault, UUID(key.about))
    except ValueError:
        return None
    return None if person is None else await custody.known(tx, person)
