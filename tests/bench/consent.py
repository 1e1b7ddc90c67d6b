"""`python -m tests.bench.consent [--long]`: coverage, a guardian's answer, and withdrawal to *stopped*. Nothing here is asserted.

Coverage stands beside a bare select of the governing rows, an answer beside a bare transaction with the same rows, both on one durable
PostgreSQL. Withdrawal is timed from the family's request to the answer *stopped*, over a whole suite, idle and while others press too.
`--long` does the first two among a million consents of 200 000 children, written by COPY.
"""

import asyncio
import contextlib
import itertools
import shutil
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from deploy.demo.narrator import Narrator
from deploy.demo.population import Family as Citizens
from deploy.demo.questions import ask_the_family, may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from services.consent.domain.consent import Choice
from services.consent.storage.consents import QUERIES
from services.consent.storage.requests import key_values
from services.consent.usecases.answer_request import Answered, RowAnswer, answer_request
from services.consent.usecases.check_coverage import check_coverage
from shared.auth import Caller
from shared.contracts.consent import Coverage, CoverageNeed, CoverageState
from shared.database import Database
from shared.ids import opaque_id
from shared.law.codes import LeafCategory
from tests.bench import crowd
from tests.bench.ground import database_of, folder_for_all
from tests.bench.measure import Line, run, show
from tests.consent.world import MEANS, NOW, ask, family, key_of, number, say
from tests.consent.world import show as show_page
from tests.suite_fixture import Whole

BATCH = 40
CONNECTIONS = 4
FAMILIES = 150
ROUNDS = 5
ROUND_SECONDS = 0.6
PRESSES = 120
OTHERS = 6
TABLES = ("answer", "receipt", "outbox")
NEW = frozenset({"answer_id", "receipt_id", "id", "entry_id"})
"""Ids that are new for each copy of the rows."""


async def on_database(*, long: bool) -> list[Line]:
    """Coverage and answers, side by side with what PostgreSQL alone does."""
    async with database_of("consent", size=CONNECTIONS) as (database, owner):
        needs = await _given(database)
        if long:
            await crowd.fill(owner)
        return [await _coverage(database, needs, BATCH), await _coverage(database, needs, 1), await _answers(database)]


async def _given(database: Database) -> list[CoverageNeed]:
    """One family that has said yes to as many rows as a batch has, of two units."""
    categories = tuple(str(one) for one in LeafCategory if one is not LeafCategory.RELATIVES_DATA)
    needs: list[CoverageNeed] = []
    async with database.transaction() as tx:
        home = await family(tx, child=number("20130517", 980))
        for unit, regime in (("o5ek-u2", "S_EH"), ("o5ek-u1", "S_SCH")):
            event = await ask(tx, home.subject_id, unit=unit, categories=categories)
            for who in (home.mother, home.father, home.child):
                await say(tx, who, event.request_id)
            needs += [CoverageNeed(key=key_of(event, place), regime=regime) for place in range(len(event.rows))]
    return needs[:BATCH]


async def _coverage(database: Database, needs: list[CoverageNeed], batch: int) -> Line:
    question = Coverage(needs=tuple(needs[:batch]))

    async def ours() -> int:
        async with database.transaction() as tx:
            answer = await check_coverage(tx, MEANS.vault, question, now=NOW + timedelta(minutes=1))
        assert all(row.state is CoverageState.GIVEN for row in answer.rows)
        return batch

    async def bare() -> int:
        async with database.transaction() as tx:
            for need in needs[:batch]:
                await tx.fetchrow(QUERIES["get_row"], *key_values(need.key))
        return batch

    ratio, rate = await _beside(ours, bare)
    return Line(f"coverage, rows, {batch} in a batch", rate, ratio, "a select of each row", 0.5)


async def _answers(database: Database) -> Line:
    """Somebody answers, or changes their mind, in one of many families, so that nobody has a long history of answers."""
    homes: list[tuple[Caller, UUID, UUID]] = []
    async with database.transaction() as tx:
        for place in range(FAMILIES):
            home = await family(tx, child=number(f"2013{1 + place // 28:02}{1 + place % 28:02}", 981))
            event = await ask(tx, home.subject_id)
            homes.append((home.mother, event.request_id, (await show_page(tx, home.mother, event.request_id)).served_id))
    turn = itertools.count()

    async def one() -> None:
        mine = next(turn)
        mother, request_id, served_id = homes[mine % FAMILIES]
        said = [RowAnswer(row=1, choice=Choice.TALK if mine // FAMILIES % 2 else Choice.YES)]
        async with database.transaction() as tx:
            now = NOW + timedelta(milliseconds=mine)
            answered = await answer_request(tx, MEANS, mother, request_id, served_id, said, now=now)
        assert isinstance(answered, Answered)

    rows = await _rows_of(database, one)

    async def copy() -> None:
        async with database.transaction() as tx:
            for table, row in rows:
                values = [opaque_id() if name in NEW else value for name, value in row.items()]
                places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
                await tx.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *values)  # noqa: S608 -- our own names

    async def at_once(work: Callable[[], Awaitable[None]]) -> int:
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        return CONNECTIONS

    ratio, rate = await _beside(lambda: at_once(one), lambda: at_once(copy))
    return Line(f"answers, {CONNECTIONS} at once", rate, ratio, "the bare transaction", 0.4)


async def _rows_of(database: Database, work: Callable[[], Awaitable[None]]) -> list[tuple[str, Mapping[str, Any]]]:
    before = {table: await database.pool.fetchval(f"select count(*) from {table}") for table in TABLES}  # noqa: S608 -- our own names
    await work()
    found: list[tuple[str, Mapping[str, Any]]] = []
    for table in TABLES:
        rows = await database.pool.fetch(f"select * from {table} order by ctid offset $1", before[table])  # noqa: S608 -- our own names
        found += [(table, {name: value for name, value in row.items() if name != "position"}) for row in rows]
    return found


async def _beside(ours: Callable[[], Awaitable[int]], bare: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    await ours()
    await bare()
    pairs = [(await _rate(ours), await _rate(bare)) for _ in range(ROUNDS)]
    return statistics.median(one / other for one, other in pairs), statistics.median(one for one, _ in pairs)


async def _rate(work: Callable[[], Awaitable[int]]) -> float:
    done, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < ROUND_SECONDS:
        done += await work()
    return done / passed


async def over_the_suite() -> str:
    """Milliseconds from the press to *stopped*; the consent is given anew between two presses."""
    async with _suite() as running, Stage(running, Narrator(lambda _: None)) as stage:
        await ask_the_family(stage, await may_i_tell(stage))
        others = [await _other(running, f"Nova{place}") for place in range(OTHERS)]
        told = f"  idle                            {_told(await _press(stage, stage.family, PRESSES))}\n"
        for name, pause in (("six others press once a second ", 1.0), ("six others press without pause  ", 0.0)):
            ended = asyncio.Event()
            load = [asyncio.create_task(_load(other, ended, pause)) for other in others]
            told += f"  {name} {_told(await _press(stage, stage.family, PRESSES))}\n"
            ended.set()
            await asyncio.gather(*load)
        for other in others:
            await other.__aexit__()
    return told


async def _other(running: Running, child: str) -> Stage:
    stage = await Stage(running, Narrator(lambda _: None)).__aenter__()
    await ask_the_family(stage, await may_i_tell(stage, child))
    return stage


async def _load(stage: Stage, ended: asyncio.Event, pause: float) -> None:
    while not ended.is_set():
        await _press(stage, stage.family, 1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await ended.wait()


async def _press(stage: Stage, citizens: Citizens, times: int) -> list[float]:
    guardian = await stage.citizen(citizens.guardians[0].number)
    request_id = (await stage.call(guardian, "GET", "consent", "/v1/requests", expect=200))["requests"][0]["request_id"]
    taken = []
    for _ in range(times):
        page = await stage.call(guardian, "GET", "consent", f"/v1/requests/{request_id}", expect=200)  # a new yes is to a page shown anew
        yes = {"served_id": page["served_id"], "answers": [{"row": row["row"], "choice": "yes"} for row in page["your_answers"]]}
        await stage.call(guardian, "POST", "consent", f"/v1/requests/{request_id}/answers", yes, expect=200)
        consents = (await stage.call(guardian, "GET", "consent", "/v1/consents", expect=200))["consents"]
        held = next(one["consent_id"] for one in consents if any(row["state"] == "holds" for row in one["rows"]))
        start = time.perf_counter()
        stopped = await stage.call(guardian, "POST", "consent", f"/v1/consents/{held}/withdrawal", {}, expect=200)
        taken.append((time.perf_counter() - start) * 1000)
        assert stopped["state"] == "stopped", stopped
    return taken


def _told(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms (goal p99 50)"


@asynccontextmanager
async def _suite() -> AsyncIterator[Running]:
    folder = folder_for_all()
    whole = Whole(folder / "suite")
    try:
        yield await whole.start()
    finally:
        if whole.process is not None:
            whole.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Both parts."""
    show("Consent on one PostgreSQL", run(on_database(long="--long" in sys.argv)))
    sys.stdout.write(f"\nFrom the press to *stopped*\n{run(over_the_suite())}")


if __name__ == "__main__":
    main()
