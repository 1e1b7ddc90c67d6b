"""Bring together everything that decides one row: who must answer, what they have said, what governs it now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.consent.domain.consent import RowRecord, still_counting
from services.consent.domain.custody import Known
from services.consent.domain.judgement import Judgement
from services.consent.domain.periods import day_of, end_of
from services.consent.storage import consents, custody, life, people, requests
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
    today = day_of(now)
    judgement = await custody.judgement(tx, child.person.person_id, key, day=today)
    third = await _third_person(tx, vault, key)
    who_on = _who(child, third, key, regime, judgement)
    epoch, _ = await consents.feed(tx)
    latest = await requests.latest_round(tx, key)
    governing = await consents.row(tx, key, epoch=epoch)
    last = None if governing is None else await consents.last_ending(tx, governing)
    said = (*await requests.answers(tx, key), *await consents.withdrawals(tx, key))
    record = RowRecord(
        who=who_on(today),
        request_id=None if latest is None else latest.request_id,
        asked_at=None if latest is None else latest.asked_at,
        standings=still_counting(said, None if governing is None else await life.void_at(tx, key)),
        governing=governing,
        ended=None if last is None else last.ending,
        ended_at=None if last is None else last.stopped_at,
        ended_round=None if last is None else last.request_id,
        last_instant=None if latest is None else end_of(latest.last_day),
        answer_by=None if latest is None else latest.answer_by,
        paused_until=None if governing is None else await life.paused_until(tx, key),
    )
    about = child if third is None else third
    return Weighed(record=record, known=about, judgement=judgement, who_on=who_on)


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
        return disposers(child.family_on(day), item, Question(maturity=_maturity(judgement, day)))

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
