"""How it stands with two handlers' word for a decision, as one of them sees it before the own word and before confirming."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.reasons import Reason
from services.sharing.domain.release import may_be_released, named_by
from services.sharing.domain.tables import Tables
from services.sharing.storage import handling, releases
from services.sharing.usecases.attest_release import two_attest
from services.sharing.usecases.find_case import find_decision
from services.sharing.usecases.judge_items import Learned, judge_item
from shared.auth import Caller
from shared.database import Connection


class ReleaseSeen(msgspec.Struct, frozen=True, kw_only=True):
    """All empty for a child whose identity nobody protects."""

    may: bool = False
    """Something of the decision could go on two handlers' word, and the reader is one."""
    mine_until: datetime | None = None
    """So long does the reader's own word count."""
    answers: dict[UUID, ItemAnswer] = {}
    """The answers of now to what two stand behind; empty until then."""


async def see_release(
    tx: Connection, caller: Caller, decision_id: UUID, *, tables: Tables, learned: Learned, trusted: bool, now: datetime
) -> ReleaseSeen | Hidden:
    """Beside a reading of the case, whose entry is the reading's."""
    found = await find_decision(tx, caller, decision_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, _, items = found
    case, own = opened.case, await handling.find(tx, opened.case.subject_id)
    closed = [item for item in items if item.declined_at is None and Reason.SPECIAL_HANDLING in item.reasons]
    goes = [item for item in closed if may_be_released(case.purpose, item)]
    if not goes or own.handlers is None or not handling.is_named(own.handlers, caller):
        return ReleaseSeen()
    mine = named_by(await releases.living(tx, decision_id, now=now), own.handlers).get(handling.reader(caller))
    answers: dict[UUID, ItemAnswer] = {}
    for item in goes:
        if await two_attest(tx, tables, case, decision_id, item.discloser_unit, own.handlers, now=now):
            asked = item.asked(item.attested, item.judgements)
            answer = await judge_item(tx, tables, case, asked, learned, now=now, trusted=trusted, decision_id=decision_id)
            answers[item.item_id] = answer
    return ReleaseSeen(may=True, mine_until=None if mine is None else mine.until_at, answers=answers)
