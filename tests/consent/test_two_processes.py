"""Two guardians answering, and one withdrawing, in the same millisecond from two processes: one consistent result, both told the truth."""

import asyncio
import itertools
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.consent import Choice
from shared.auth import Caller
from shared.contracts.consent import CoverageState, RowCoverage
from shared.contracts.entry import Entry
from shared.contracts.sharing import ConsentWanted
from shared.database import Database
from tests.conftest import Cluster
from tests.consent.signer import GATE, Told, Turn
from tests.consent.world import Family, ask, covered, family, number, say
from tests.eventually import eventually
from tests.rules.code import ROOT

ROUNDS = 6
_DAY = itertools.count(1)


class Signer:
    """One of the two processes."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def stand(self, turn: Turn) -> None:
        """Look at the page and stand before the gate."""
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(turn) + b"\n")
        assert await self._line() == b"ready\n"

    async def told(self) -> Told:
        return msgspec.json.decode(await self._line(), type=Told)

    async def _line(self) -> bytes:
        assert self.process.stdout is not None
        return await asyncio.wait_for(self.process.stdout.readline(), 60)


@pytest.fixture(scope="module")
async def signers(cluster: Cluster, consent_db: Database) -> AsyncIterator[tuple[Signer, Signer]]:
    url = cluster.url("consent", await consent_db.pool.fetchval("select current_database()"))
    command = (sys.executable, "-P", "-m", "tests.consent.signer", url)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment, cwd="/") for _ in range(2)]
    yield Signer(started[0]), Signer(started[1])
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        with suppress(ProcessLookupError):
            await process.wait()


async def at_once(database: Database, signers: tuple[Signer, Signer], *turns: Turn) -> list[Told]:
    """Both stand before the gate, which then opens for both."""
    async with database.connection() as gate:
        await gate.execute("select pg_advisory_lock($1)", GATE)
        for signer, turn in zip(signers, turns, strict=True):
            await signer.stand(turn)

        async def both_wait() -> bool:
            waiting = await gate.fetchval("select count(*) from pg_locks where locktype = 'advisory' and objid = $1 and not granted", GATE)
            return bool(waiting == len(turns))

        await eventually(both_wait)
        await gate.execute("select pg_advisory_unlock($1)", GATE)
    return [await signer.told() for signer in signers]


async def made(database: Database) -> tuple[Family, ConsentWanted]:
    """A family of its own, of which the child has said yes already."""
    async with database.transaction() as tx:
        home = await family(tx, child=number(f"201309{next(_DAY):02}", 988))
        event = await ask(tx, home.subject_id)
        await say(tx, home.child, event.request_id)
    return home, event


async def held(database: Database) -> tuple[Family, ConsentWanted, UUID, ConsentWanted]:
    """A consent, and a renewal of it that only the guardians have not answered."""
    home, event = await made(database)
    async with database.transaction() as tx:
        for who in (home.mother, home.father):
            await say(tx, who, event.request_id)
        row = (await covered(tx, event)).row
        assert row is not None
        renewal = await ask(tx, home.subject_id)
        await say(tx, home.child, renewal.request_id)
    return home, event, row.consent_id, renewal


async def result(database: Database, event: ConsentWanted) -> RowCoverage:
    async with database.transaction() as tx:
        return await covered(tx, event)


async def was_first(database: Database, caller: Caller, answered: ConsentWanted, withdrawn: UUID) -> bool:
    """Whether somebody's answer came before the withdrawal: both wrote their entry under the child's lock."""
    rows = await database.pool.fetch("select body from outbox where name = 'entry' order by position")
    entries = [msgspec.json.decode(row["body"], type=Entry) for row in rows]
    answers = [place for place, one in enumerate(entries) if one.object_id == answered.request_id and one.person.actor == caller.principal]
    stops = [place for place, one in enumerate(entries) if one.object_id == withdrawn and one.action == "consent.withdrawn"]
    return max(answers) < max(stops)


def turn(caller: Caller, event: ConsentWanted, choice: Choice | None = None, consent_id: UUID | None = None) -> Turn:
    return Turn(caller=caller, request_id=event.request_id, choice=choice, consent_id=consent_id)


async def test_two_who_answer_yes_make_one_consent_and_the_second_is_told_so(consent_db: Database, signers: tuple[Signer, Signer]) -> None:
    for _ in range(ROUNDS):
        home, event = await made(consent_db)

        told = await at_once(consent_db, signers, turn(home.mother, event, Choice.YES), turn(home.father, event, Choice.YES))

        assert sorted(str(one.complete) for one in told) == ["False", "True"]
        assert (await result(consent_db, event)).state is CoverageState.GIVEN
        assert await consent_db.pool.fetchval("select count(*) from consent where request_id = $1", event.request_id) == 1


async def test_a_yes_and_a_no_are_a_no_and_nobody_is_told_that_it_holds(consent_db: Database, signers: tuple[Signer, Signer]) -> None:
    for _ in range(ROUNDS):
        home, event = await made(consent_db)

        told = await at_once(consent_db, signers, turn(home.mother, event, Choice.YES), turn(home.father, event, Choice.NO))

        assert [one.complete for one in told] == [False, False]
        assert (await result(consent_db, event)).state is CoverageState.REFUSED


async def test_one_answers_the_renewal_while_the_other_answers_and_takes_it_all_back(
    consent_db: Database, signers: tuple[Signer, Signer]
) -> None:
    for _ in range(ROUNDS):
        home, _event, consent_id, renewal = await held(consent_db)

        told = await at_once(
            consent_db,
            signers,
            turn(home.mother, renewal, Choice.YES),
            turn(home.father, renewal, Choice.YES, consent_id),
        )

        assert told[1].withdrawal == "being-confirmed", "sharing has not been asked, and that is what is said"
        after = await result(consent_db, renewal)
        assert after.state is CoverageState.WITHDRAWN
        assert after.row is not None
        assert after.row.withdrawn
        assert told[0].complete == await was_first(consent_db, home.mother, renewal, consent_id), "it held when she was told, or it did not"


async def test_both_take_it_back_and_both_are_told_that_it_stops(consent_db: Database, signers: tuple[Signer, Signer]) -> None:
    for _ in range(ROUNDS):
        home, event, consent_id, renewal = await held(consent_db)

        told = await at_once(consent_db, signers, turn(home.mother, event, None, consent_id), turn(home.father, event, None, consent_id))

        assert [one.withdrawal for one in told] == ["being-confirmed", "being-confirmed"]
        assert await consent_db.pool.fetchval("select count(*) from stop where consent_id = $1", consent_id) == 2
        assert (await result(consent_db, renewal)).state is CoverageState.WITHDRAWN
