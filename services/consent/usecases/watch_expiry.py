"""Tell a family before and when what it gave runs out; at 18 stop what the guardians gave and ask the young adult anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.consent.domain.consent import Ending
from services.consent.domain.custody import Known
from services.consent.domain.periods import day_of, end_of
from services.consent.domain.reminders import Plans, due
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import consents, custody, people, requests
from services.consent.usecases.change_rows import stop_rows
from services.consent.usecases.confirm_stop import confirm_stop
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import concerned, notify_person
from services.consent.usecases.weigh_row import weigh_row
from shared.contracts.consent import GoverningRow, RowState
from shared.contracts.message import Ask
from shared.contracts.sharing import Stop
from shared.database import Connection, Database
from shared.ids import new_id
from shared.law.disposers import ADULT, age_on

LOOP = "watch-expiry"
AT_ONCE = 100
FIRST = UUID(int=0)
ANSWER_WITHIN = timedelta(days=14)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """A consent with the rows that it still governs, their locks held."""

    request: Request
    child: Known
    rows: tuple[tuple[AskedRow, GoverningRow], ...]
    people: tuple[UUID, ...] = field(default=())


async def warn_before(tx: Connection, means: Means, plans: Plans, consent_id: UUID, *, now: datetime) -> int:
    """A notice to each who is asked or heard, once for each step of the model's plan; how many."""
    ends = await _ends(tx, means, consent_id, now=now)
    coming = [] if ends is None else [row.valid_until for _, row in ends.rows if now < row.valid_until]
    if ends is None or not coming:
        return 0
    step = due(plans.of(ends.request.model).before_expiry, min(coming), now)
    if step is None:
        return 0
    return await _tell(tx, ends, consent_id, "expires-soon", f"{min(coming).isoformat()}-{step}", now=now)


async def note_end(tx: Connection, means: Means, consent_id: UUID, *, now: datetime) -> tuple[Stop, ...]:
    """Note that rows have run out. Where the child has come of age since it was given, they are stopped, and it is asked anew.

    Nothing is let through from the end on, noted or not: this is for those who read. The stops go through the barrier after the commit.
    """
    ends = await _ends(tx, means, consent_id, now=now)
    if ends is None:
        return ()
    over = [(asked, row) for asked, row in ends.rows if row.valid_until <= now]
    for _, row in over:
        await consents.note_end(tx, row.key)
    grown = [one for one in over if await _came_of_age(tx, ends, consent_id, one[0], now=now)]
    if over and not grown:
        await _tell(tx, ends, consent_id, "expired", max(row.valid_until for _, row in over).isoformat(), now=now)
    if not grown:
        return ()
    stops = await stop_rows(tx, [row for _, row in grown], Ending.ADULT, by=None, now=now)
    asked = [one for one, _ in grown]
    await _record(tx, ends, asked, "consent.ended", ("came-of-age",), object_id=consent_id, now=now)
    await _ask_anew(tx, means, ends, asked, consent_id, now=now)
    return stops


async def _ends(tx: Connection, means: Means, consent_id: UUID, *, now: datetime) -> Ends | None:
    consent = await consents.get(tx, consent_id)
    request = None if consent is None else await requests.get(tx, consent.request_id)
    if request is None:
        return None
    await people.lock(tx, request.child_id)
    child = await people.get(tx, means.vault, request.child_id)
    if child is None:
        return None
    known = await custody.known(tx, child)
    epoch, _ = await consents.feed(tx)
    rows: list[tuple[AskedRow, GoverningRow]] = []
    told: set[UUID] = set()
    for asked in sorted(await consents.rows(tx, consent_id), key=lambda one: requests.key_values(one.key)):
        row = await consents.lock_row(tx, asked.key, epoch=epoch)
        if row is not None and row.consent_id == consent_id and row.state is RowState.GIVEN:
            rows.append((asked, row))
            told.update(concerned(await weigh_row(tx, means.vault, known, asked.key, request.regime, now=now)))
    return Ends(request=request, child=known, rows=tuple(rows), people=tuple(sorted(told)))


async def _came_of_age(tx: Connection, ends: Ends, consent_id: UUID, asked: AskedRow, *, now: datetime) -> bool:
    if asked.key.about != "child" or age_on(ends.child.person.birth_date, day_of(now)) < ADULT:
        return False
    return await consents.given_by(tx, consent_id, asked.row_number) != [ends.child.person.person_id]


async def _ask_anew(tx: Connection, means: Means, ends: Ends, rows: Sequence[AskedRow], consent_id: UUID, *, now: datetime) -> None:
    """The same rows, for what is left of the same period; nothing when that is over, or nobody may be asked here (I8)."""
    earlier, adult = ends.request, ends.child.person
    if earlier.last_day < day_of(now) or adult.protected:
        return
    texts = means.texts
    await requests.keep_text(tx, texts.sha256, texts.text.id, texts.text.version, texts, now=now)
    anew = Request(
        request_id=new_id(now),
        case_id=earlier.case_id,
        child_id=earlier.child_id,
        organisation=earlier.organisation,
        discloser_unit=earlier.discloser_unit,
        regime=earlier.regime,
        model=earlier.model,
        text_sha256=texts.sha256,
        asked_at=now,
        answer_by=min(now + ANSWER_WITHIN, end_of(earlier.last_day)),
        last_day=earlier.last_day,
        longest_months=earlier.longest_months,
    )
    asked = [AskedRow(row_number=number, key=row.key) for number, row in enumerate(rows, start=1)]
    await requests.add(tx, anew, asked)
    await _record(tx, ends, asked, "consent.asked", ("came-of-age",), object_id=anew.request_id, now=now)
    await notify_person(tx, adult.person_id, "came-of-age", anew.request_id, None, now=now, step=str(consent_id))


async def _tell(tx: Connection, ends: Ends, consent_id: UUID, kind: str, step: str, *, now: datetime) -> int:
    told = 0
    for person_id in ends.people:
        told += await notify_person(tx, person_id, kind, ends.request.request_id, consent_id, now=now, step=step)
    if told:
        await _record(tx, ends, [asked for asked, _ in ends.rows], "family.told", (kind,), object_id=consent_id, now=now)
    return told


async def _record(
    tx: Connection, ends: Ends, rows: Sequence[AskedRow], action: str, reasons: tuple[str, ...], *, object_id: UUID, now: datetime
) -> None:
    await record(
        tx,
        LOOP,
        action,
        organisation=ends.request.organisation,
        now=now,
        subject=ends.child.person.subject_id,
        request=ends.request,
        rows=rows,
        reasons=reasons,
        object_id=object_id,
    )


class WatchExpiry:
    """Walks through what runs out soon and what has run out, each consent in its own transaction."""

    def __init__(self, database: Database, ask: Ask, means: Means, plans: Plans) -> None:
        self._database = database
        self._ask = ask
        self._means = means
        self._plans = plans
        self._after = FIRST

    async def run_once(self, now: datetime) -> int:
        """How many consents were looked at; zero at the end of the walk, and the next turn starts anew."""
        async with self._database.connection() as connection:
            over = await consents.run_out(connection, now, AT_ONCE)
            coming = await consents.running_out(connection, now, now + self._plans.longest_before_expiry, self._after, AT_ONCE)
        for consent_id in over:
            async with self._database.transaction() as tx:
                stops = await note_end(tx, self._means, consent_id, now=now)
            await confirm_stop(self._database, self._ask, self._means, stops, now=now)
        for consent_id in coming:
            async with self._database.transaction() as tx:
                await warn_before(tx, self._means, self._plans, consent_id, now=now)
        whole = len(coming) == AT_ONCE
        self._after = coming[-1] if whole else FIRST
        return len(over) + len(coming) if whole or len(over) == AT_ONCE else 0
