"""NATS killed together with its whole store while the suite runs: cases go on, nothing is lost or doubled (I10)."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from nats.js import JetStreamContext

from deploy.embedded.home import Home, Running
from deploy.embedded.supervisor import Part, Supervisor
from deploy.nats.config import read_seeds
from shared.bus import Bus
from shared.streams import ENTRIES, STREAMS
from tests.eventually import eventually
from tests.journeys import books
from tests.journeys.case import clinic_at, consented
from tests.suite_fixture import HOUSES, Whole


@pytest.fixture(scope="module")
async def suite(database_folder: Path) -> AsyncIterator[Whole]:
    """A suite that may lose its bus."""
    whole = Whole(database_folder / "storeless")
    try:
        await whole.start()
        await eventually(whole.is_ready, within=30)
        yield whole
    finally:
        if whole.process is not None:
            whole.stop()


async def lose_the_store(suite: Whole) -> None:
    """The server dies and its files are gone before anybody can start it again."""
    assert suite.process is not None
    pid = suite.pids()["nats"]
    suite.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        shutil.rmtree(suite.home.folder / "nats")
    finally:
        suite.process.send_signal(signal.SIGCONT)
    await eventually(lambda: suite.pids()["nats"] != pid, within=10)


@asynccontextmanager
async def inside(running: Running) -> AsyncIterator[JetStreamContext]:
    """JetStream as deploy sees it."""
    seeds = read_seeds(Home(running.home).secrets)
    bus = await Bus.open(running.addresses["bus"], name="deploy", nkey_seed=seeds.deploy, required=True)
    try:
        yield bus.js
    finally:
        await bus.close()


async def unheard(running: Running) -> int:
    """Entries of sharing's that lie in the store and that audit has not taken."""
    async with inside(running) as js:
        info = await js.consumer_info("SHARING", ENTRIES)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def test_a_case_goes_on_after_the_bus_has_lost_everything(suite: Whole) -> None:
    running = suite.running
    houses = {house: suite.pids()[house] for house in HOUSES}
    async with consented(running) as case, clinic_at(running, running.addresses["sharing"]) as clinic:
        os.kill(houses["audit"], signal.SIGSTOP)  # so that entries are in the store, and nowhere in the log, when it is lost
        try:
            attendance, assessment = await case.post_both()
            waiting = await unheard(running)
            await lose_the_store(suite)
        finally:
            os.kill(houses["audit"], signal.SIGCONT)
        assert waiting > 0

        async def fetched(delivery_id: UUID) -> bool:
            return await case.fetch(clinic, delivery_id) == "released"

        for delivery_id in (attendance, assessment):
            await eventually(partial(fetched, delivery_id), within=20)
        assert await case.withdraw() == "stopped"
        assert await case.fetch(clinic, assessment) != "released"

    await books.assert_whole(running, within=60)
    async with inside(running) as js:
        names = {info.config.name for info in await js.streams_info()}
    assert names == {stream.name for stream in STREAMS}
    assert {house: suite.pids()[house] for house in HOUSES} == houses, "a house had to be started again"


@dataclass
class Sleeper:
    """One part that does nothing, under a supervisor of its own; `made_good` has its process number at each try."""

    supervisor: Supervisor
    made_good: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.supervisor.state()["sleeper"][0]

    async def start(self, first_try: Callable[[], Awaitable[None]]) -> None:
        async def after_restart() -> None:
            self.made_good.append(self.pid)
            if len(self.made_good) == 1:
                await first_try()

        async def alive() -> bool:
            return True

        command = (sys.executable, "-c", "import signal; signal.pause()")
        await self.supervisor.start(Part(name="sleeper", command=command, environment=os.environ, ready=alive, after_restart=after_restart))

    async def has_tried(self, times: int) -> bool:
        return len(self.made_good) == times


@pytest.fixture
async def sleeper(tmp_path: Path) -> AsyncIterator[Sleeper]:
    home = Home(tmp_path)
    home.make()
    assert home.hold()
    supervisor = Supervisor(home, tell=lambda _: None)
    yield Sleeper(supervisor)
    await supervisor.stop()
    home.release()


async def test_what_follows_a_restart_is_repeated_until_it_succeeds_and_never_done_at_the_first_start(sleeper: Sleeper) -> None:
    async def fails() -> None:
        raise ConnectionResetError

    await sleeper.start(fails)
    first = sleeper.pid
    assert not sleeper.made_good

    os.kill(first, signal.SIGKILL)

    await eventually(lambda: sleeper.has_tried(2))
    assert sleeper.made_good == [sleeper.pid, sleeper.pid]
    assert sleeper.pid != first


async def test_a_part_that_dies_while_its_loss_is_made_good_begins_again(sleeper: Sleeper) -> None:
    async def never_ends() -> None:
        await asyncio.Event().wait()

    await sleeper.start(never_ends)
    os.kill(sleeper.pid, signal.SIGKILL)
    await eventually(lambda: sleeper.has_tried(1))

    os.kill(sleeper.pid, signal.SIGKILL)

    await eventually(lambda: sleeper.has_tried(2))
    assert len(set(sleeper.made_good)) == 2
