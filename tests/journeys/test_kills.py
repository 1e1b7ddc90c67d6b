"""`kill -9` of each one process while the story runs: it can be played to its end, and no entry is lost or doubled (I10)."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from deploy.demo.questions import ATTENDANCE
from deploy.demo.story import play
from deploy.embedded.nursing import CAN_NURSE
from deploy.embedded.parts import PROJECTS
from tests.eventually import eventually
from tests.journeys import books
from tests.journeys.case import clinic_at, consented
from tests.journeys.order import superuser
from tests.journeys.processes import Pauses, alive, send, watcher_of
from tests.suite_fixture import HOUSES, Whole

PARTS = ("postgresql", "nats", "provider", "callout", "consent", "sharing", "audit", "signer", *(("nursery",) if CAN_NURSE else ()))
ACTS, MIDDLE = 6, 3
"""Moments between the acts of the story."""
CHECK_EVERY = 25
"""Kills between two looks into the books."""


@pytest.fixture(autouse=True)
def finds_our_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story runs here, and starts the verifier as the launcher would let it."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, PROJECTS)))


async def kill(suite: Whole, part: str) -> None:
    """`kill -9`, and wait until everything is ready again. With the nursery end the services that it made."""
    gone = HOUSES if part == "nursery" else (part,)
    before = {one: number(suite, one) for one in (part, *gone)}
    send(before[part], signal.SIGKILL)
    await eventually(lambda: all(number(suite, one) not in {before[one], 0} for one in gone), within=20)
    await eventually(suite.is_ready, within=30)


def number(suite: Whole, part: str) -> int:
    """The process number of a part; 0 while there is no watcher, for which the supervisor looks once a second."""
    if part != "watcher":
        return suite.pids()[part]
    with contextlib.suppress(AssertionError):
        return watcher_of(suite.running.pid)
    return 0


async def told_with_kills(suite: Whole, killed: Mapping[int, Sequence[str]]) -> bool:
    """The story while these are killed after these acts, each when the one before is back; whether it ended as promised."""

    async def between(act: int) -> None:
        for part in killed.get(act, ()):
            await kill(suite, part)

    return await play(suite.running, between)


async def test_the_story_survives_the_death_of_each_part_between_its_acts(suite: Whole, tmp_path: Path) -> None:
    parts = iter([*PARTS, "watcher"])
    killed = {act: [part for part, _ in zip(parts, range(2), strict=False)] for act in range(1, ACTS)}

    assert await told_with_kills(suite, killed)

    assert next(parts, None) is None
    await books.assert_whole(suite.running)
    assert len(await books.assert_verifies(suite.running, tmp_path)) > 2


async def start_again(suite: Whole, below: list[tuple[int, str]]) -> None:
    """After the starter's death: nothing is left, and a new start finds the same home."""
    await eventually(lambda: not alive(below), within=15)
    await suite.start()
    await eventually(suite.is_ready, within=30)


async def test_a_killed_starter_leaves_nothing_and_the_next_start_ends_the_story(suite: Whole) -> None:
    started, below = suite.process, suite.below()
    assert started is not None
    before = await books.read(suite.running)

    async def between(act: int) -> None:
        if act == MIDDLE:
            started.kill()
            started.wait()

    assert not await play(suite.running, between)

    await start_again(suite, below)
    after = await books.assert_whole(suite.running)
    assert {entry for entry, _, _ in before.logged} < {entry for entry, _, _ in after.logged}
    assert await play(suite.running)


@pytest.mark.parametrize("moment", ["relay-unpublished", "relay-unmarked"])
@pytest.mark.parametrize("house", books.PRODUCERS)
async def test_a_house_killed_around_a_publish_loses_and_doubles_nothing(suite: Whole, pauses: Pauses, house: str, moment: str) -> None:
    async with consented(suite.running) as case:
        await books.settled(suite.running)
        pauses.arm(f"{house}.{moment}")
        acting = asyncio.create_task(case.page() if house == "consent" else case.post(ATTENDANCE))
        before = await pauses.reached(f"{house}.{moment}")

        send(before, signal.SIGKILL)

        await asyncio.gather(acting, return_exceptions=True)  # its answer may have died with the house
        await eventually(lambda: suite.pids()[house] != before, within=20)
        await eventually(suite.is_ready, within=30)
        await books.assert_whole(suite.running)


@pytest.mark.parametrize("moment", ["inbox-uncommitted", "inbox-committed"])
async def test_a_house_killed_around_what_it_was_told_does_it_once(suite: Whole, pauses: Pauses, moment: str) -> None:
    """Before the commit of what follows from an event, and between that commit and the receipt: the family's list has it once."""
    async with consented(suite.running) as case:
        (delivery_id,) = await case.post(ATTENDANCE)
        await books.settled(suite.running)
        async with clinic_at(suite.running, suite.running.addresses["sharing"]) as clinic:
            pauses.arm(f"consent.{moment}")
            assert await case.fetch(clinic, delivery_id) == "released"
        before = await pauses.reached(f"consent.{moment}")

        send(before, signal.SIGKILL)

        await eventually(lambda: suite.pids()["consent"] != before, within=20)
        await eventually(suite.is_ready, within=30)
        await books.assert_whole(suite.running)
        async with superuser(suite.running, "consent") as connection:
            assert await connection.fetchval("select count(*) from disclosure where disclosure_id = $1", delivery_id) == 1


async def test_a_bus_that_loses_its_whole_store_loses_and_doubles_nothing(suite: Whole) -> None:
    """The store is deleted when the bus holds entries that audit has not taken."""
    async with consented(suite.running) as case:
        await books.settled(suite.running)
        below, audit, started = suite.below(), suite.pids()["audit"], suite.process
        assert started is not None
        send(audit, signal.SIGSTOP)
        attendance, _ = await case.post_both()
        await books.published(suite.running)
        assert not await books.is_settled(suite.running)
        started.kill()
        started.wait()
        send(audit, signal.SIGKILL)
        await eventually(lambda: not alive(below), within=15)
        shutil.rmtree(suite.home.folder / "nats")

        await start_again(suite, below)

        await books.assert_whole(suite.running)
        async with clinic_at(suite.running, suite.running.addresses["sharing"]) as clinic:
            assert await case.fetch(clinic, attendance) == "released"
        await books.assert_whole(suite.running)


async def keep_busy(suite: Whole) -> None:
    """Families, deliveries, fetches and withdrawals without end; what a kill breaks is begun anew."""
    while True:
        with contextlib.suppress(Exception):
            await eventually(suite.home.running, within=30)  # after the starter's death there is nothing to be busy with, nor to wait on
            async with consented(suite.running) as case, clinic_at(suite.running, suite.running.addresses["sharing"]) as clinic:
                for delivery in await case.post_both():
                    await case.fetch(clinic, delivery)
                await case.withdraw()


@pytest.mark.long
async def test_a_thousand_kills(suite: Whole, tmp_path: Path) -> None:
    """`SAMSYN_TEST_KILLS` says how many and `SAMSYN_TEST_SEED` in which order."""
    chance = random.Random(int(os.environ.get("SAMSYN_TEST_SEED", "1")))  # noqa: S311  not for a secret
    busy = asyncio.create_task(keep_busy(suite))
    for number in range(1, int(os.environ.get("SAMSYN_TEST_KILLS", "1000")) + 1):
        part = chance.choice([*PARTS, "watcher", "starter"])
        if part == "starter":
            started, below = suite.process, suite.below()
            assert started is not None
            started.kill()
            started.wait()
            await start_again(suite, below)
        else:
            await kill(suite, part)
        if number % CHECK_EVERY == 0:
            busy.cancel()
            await asyncio.gather(busy, return_exceptions=True)
            await books.assert_whole(suite.running, within=90)
            busy = asyncio.create_task(keep_busy(suite))
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    await books.assert_whole(suite.running, within=90)
    await books.assert_verifies(suite.running, tmp_path)
    assert await play(suite.running)
