"""Remind those whose answer is awaited, and open a task for the unit where reminding does not help."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.periods import day_of
from services.consent.domain.reminders import Plans, TaskKind, awaited, due, tasks_of
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import custody, notices, people, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import notify_person
from services.consent.usecases.weigh_row import Weighed, weigh_row
from shared.database import Connection, Database

LOOP = "remind-unanswered"
AT_ONCE = 100
FIRST = UUID(int=0)


async def remind_unanswered(tx: Connection, means: Means, plans: Plans, request: Request, *, now: datetime) -> int:
    """Notices and tasks of one question as it stands now; how many changed. Holds the child's lock, so an answer is before or after."""
    await people.lock(tx, request.child_id)
    child = await people.get(tx, means.vault, request.child_id)
    if child is None:
        return 0
    known = await custody.known(tx, child)
    rows: list[tuple[AskedRow, Weighed]] = []
    for row in await requests.rows(tx, request.request_id):
        weighed = await weigh_row(tx, means.vault, known, row.key, request.regime, now=now)
        if weighed.record.request_id == request.request_id:  # a later round asks for it now
            rows.append((row, weighed))
    step = due(plans.of(request.model).before_answer_by, request.answer_by, now)
    reminded = 0
    if step is not None:
        people_awaited = {person_id for _, weighed in rows for person_id in awaited(weighed.record)}
        for person_id in sorted(people_awaited):
            reminded += await notify_person(tx, person_id, "reminder", request.request_id, None, now=now, step=f"answer-by-{step}")
    changed = await _set_tasks(tx, request, tasks_of([weighed.record for _, weighed in rows], now), now=now)
    for action, done in (("family.reminded", bool(reminded)), ("tasks.changed", bool(changed))):
        if done:
            await record(
                tx,
                LOOP,
                action,
                organisation=request.organisation,
                now=now,
                subject=child.subject_id,
                request=request,
                rows=[row for row, _ in rows],
                reasons=tuple(changed) if action == "tasks.changed" else (),
                object_id=request.request_id,
            )
    return reminded + len(changed)


async def _set_tasks(tx: Connection, request: Request, wanted: set[TaskKind], *, now: datetime) -> list[str]:
    changed = []
    for kind in TaskKind:
        if kind in wanted:
            done = await notices.open_task(tx, kind, request.request_id, now=now)
        else:
            done = await notices.close_task(tx, kind, request.request_id, now=now)
        if done:
            changed.append(f"{kind}.{'opened' if kind in wanted else 'closed'}")
    return changed


class RemindUnanswered:
    """Walks through all unsettled questions, a page a turn, each in its own transaction."""

    def __init__(self, database: Database, means: Means, plans: Plans) -> None:
        self._database = database
        self._means = means
        self._plans = plans
        self._after = FIRST

    async def run_once(self, now: datetime) -> int:
        """How many questions were looked at; zero at the end of the walk, and the next turn starts anew."""
        async with self._database.connection() as connection:
            page = await requests.unsettled(connection, self._after, day_of(now), now, AT_ONCE)
        for request in page:
            async with self._database.transaction() as tx:
                await remind_unanswered(tx, self._means, self._plans, request, now=now)
        self._after = page[-1].request_id if len(page) == AT_ONCE else FIRST
        return len(page) if len(page) == AT_ONCE else 0
