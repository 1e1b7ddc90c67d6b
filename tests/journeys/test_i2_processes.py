"""I2 with real processes that are paused and killed: after *stopped* has been answered, nothing is released under that consent.

Judged by the order of commits in the databases (`order.py`), never by what the processes say of themselves.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from uuid import UUID

import pytest
from samsyn_connect.client import Connection

from deploy.demo.narrator import StoryFailed
from deploy.embedded.home import Running
from services.sharing.usecases.renew_lease import LASTS
from shared.clock import monotonic
from tests.eventually import eventually
from tests.journeys.case import Case, clinic_at, consented
from tests.journeys.order import assert_kept, releases, stopped_at
from tests.journeys.processes import Pauses, Replica, is_paused, paused, send
from tests.suite_fixture import Whole

POINTS = {
    "consent": ("consent.stop-committed",),
    "sharing": ("sharing.facts-learned", "sharing.release-written", "sharing.release-written", "sharing.release-committed"),
}
REFUSED_FOR_NOW = {"consent-unavailable", "unavailable", "no-answer"}


@pytest.fixture(scope="module")
def running(suite: Whole) -> Running:
    return suite.running


@pytest.fixture(scope="module")
async def second(running: Running, database_folder: Path) -> AsyncIterator[Replica]:
    """Another process of sharing."""
    replica = Replica(running, "sharing", database_folder)
    await replica.start()
    yield replica
    replica.close()


@pytest.fixture(scope="module")
async def at_first(running: Running) -> AsyncIterator[Connection]:
    async with clinic_at(running, running.addresses["sharing"]) as clinic:
        yield clinic


@pytest.fixture(scope="module")
async def at_second(running: Running, second: Replica) -> AsyncIterator[Connection]:
    async with clinic_at(running, second.url) as clinic:
        yield clinic


@pytest.fixture
async def case(running: Running) -> AsyncIterator[Case]:
    async with consented(running) as made:
        yield made


@pytest.fixture(autouse=True)
def nobody_stands_still_afterwards(suite: Whole, second: Replica, pauses: Pauses) -> Iterator[None]:
    """Also after a test that failed in the middle."""
    yield
    for point in (pauses, second.pauses):
        point.disarm()
    for pid in (second.pid, *suite.pids().values()):
        send(pid, signal.SIGCONT)


async def until_stopped(case: Case) -> None:
    async def says_so() -> bool:
        return await case.page() == "stopped"

    await eventually(says_so, within=20, every=0.1)


async def longer_than_the_lease() -> None:
    end = monotonic() + LASTS + 0.5
    await eventually(lambda: monotonic() > end, within=LASTS + 2, every=0.2)


async def test_the_page_does_not_say_stopped_while_consent_stands_between_commit_and_question(
    running: Running, case: Case, pauses: Pauses, at_first: Connection, at_second: Connection
) -> None:
    attendance, assessment = await case.post_both()
    assert await case.fetch(at_first, assessment) == "released"
    pauses.arm("consent.stop-committed")

    withdrawing = asyncio.create_task(case.withdraw())
    consent = await pauses.reached("consent.stop-committed")

    assert await stopped_at(running, case) == (None, None)
    assert not withdrawing.done()
    send(consent, signal.SIGCONT)
    await withdrawing
    await until_stopped(case)
    assert await case.fetch(at_first, assessment) == "not-released"
    assert await case.fetch(at_second, assessment) == "not-released"
    assert await case.fetch(at_second, attendance) == "released"
    assert await assert_kept(running, case) == 1


async def test_a_fetch_that_was_paused_beyond_its_lease_releases_nothing_while_consent_is_silent(
    running: Running, case: Case, pauses: Pauses, second: Replica, at_first: Connection, at_second: Connection
) -> None:
    """Both replicas have a lease when consent falls silent with a withdrawal that nobody has been told of. Then they have none."""
    attendance, assessment = await case.post_both()
    second.pauses.arm("sharing.facts-learned")
    held = asyncio.create_task(case.fetch(at_second, assessment))
    replica = await second.pauses.reached("sharing.facts-learned")
    pauses.arm("consent.stop-committed")
    withdrawing = asyncio.create_task(case.withdraw())
    consent = await pauses.reached("consent.stop-committed")
    before = len(await releases(running, case))

    await longer_than_the_lease()
    send(replica, signal.SIGCONT)

    assert await held == "consent-unavailable"
    assert await case.fetch(at_first, assessment) in REFUSED_FOR_NOW
    assert len(await releases(running, case)) == before
    send(consent, signal.SIGCONT)
    await withdrawing
    await until_stopped(case)
    assert await case.fetch(at_second, assessment) == "not-released"
    assert await case.fetch(at_first, attendance) == "released"
    assert await assert_kept(running, case) == 0


async def test_another_process_of_consent_finishes_the_stop_of_a_silent_one(
    running: Running, case: Case, pauses: Pauses, at_first: Connection, database_folder: Path
) -> None:
    attendance, assessment = await case.post_both()
    other = Replica(running, "consent", database_folder)
    await other.start()
    pauses.arm("consent.stop-committed")
    withdrawing = asyncio.create_task(case.withdraw())
    consent = await pauses.reached("consent.stop-committed")

    async def confirmed() -> bool:
        return None not in await stopped_at(running, case)

    async def goes() -> bool:  # half of sharing's questions go to the silent process
        return await case.fetch(at_first, attendance) == "released"

    try:
        await eventually(confirmed, within=20)
        assert await case.fetch(at_first, assessment) != "released"
        await eventually(goes, within=20)
    finally:
        send(consent, signal.SIGCONT)
        await withdrawing
        other.close()
    await until_stopped(case)
    await assert_kept(running, case)


async def test_a_fetch_paused_between_its_facts_and_its_transaction_is_refused_after_the_stop(
    running: Running, case: Case, second: Replica, at_second: Connection
) -> None:
    _, assessment = await case.post_both()
    second.pauses.arm("sharing.facts-learned")
    held = asyncio.create_task(case.fetch(at_second, assessment))
    replica = await second.pauses.reached("sharing.facts-learned")

    await case.withdraw()
    await until_stopped(case)  # by the other process of sharing
    send(replica, signal.SIGCONT)

    assert await held == "not-released"
    assert await assert_kept(running, case) == 0


async def test_a_release_that_holds_the_row_comes_before_the_stop_or_not_at_all(
    running: Running, case: Case, second: Replica, at_second: Connection
) -> None:
    _, assessment = await case.post_both()
    second.pauses.arm("sharing.release-written")
    held = asyncio.create_task(case.fetch(at_second, assessment))
    replica = await second.pauses.reached("sharing.release-written")

    assert await case.withdraw() == "being-confirmed"
    assert await case.page() == "being-confirmed"
    assert await stopped_at(running, case) == (None, None)
    send(replica, signal.SIGCONT)

    assert await held == "released"
    await until_stopped(case)
    assert await case.fetch(at_second, assessment) == "not-released"
    assert await assert_kept(running, case) == 1


async def test_a_release_whose_process_is_killed_before_its_commit_never_was(
    running: Running, case: Case, second: Replica, at_second: Connection
) -> None:
    _, assessment = await case.post_both()
    second.pauses.arm("sharing.release-written")
    held = asyncio.create_task(case.fetch(at_second, assessment))
    await second.pauses.reached("sharing.release-written")
    assert await case.withdraw() == "being-confirmed"

    second.kill()

    assert await held == "no-answer"
    await until_stopped(case)
    await second.start()
    assert await case.fetch(at_second, assessment) == "not-released"
    assert await assert_kept(running, case) == 0


async def test_a_release_that_was_committed_but_not_sent_counts(
    running: Running, case: Case, second: Replica, at_second: Connection
) -> None:
    _, assessment = await case.post_both()
    second.pauses.arm("sharing.release-committed")
    held = asyncio.create_task(case.fetch(at_second, assessment))
    await second.pauses.reached("sharing.release-committed")

    await case.withdraw()
    await until_stopped(case)
    second.kill()

    assert await held == "no-answer"
    assert await assert_kept(running, case) == 1
    await second.start()


async def test_a_restarted_sharing_has_no_lease_and_releases_nothing_on_the_old_one(
    running: Running, suite: Whole, case: Case, at_first: Connection
) -> None:
    _, assessment = await case.post_both()
    assert await case.fetch(at_first, assessment) == "released"
    before = suite.pids()["sharing"]

    with paused(suite.pids()["consent"]):
        os.kill(before, signal.SIGKILL)
        await eventually(lambda: suite.pids()["sharing"] != before)
        assert await case.fetch(at_first, assessment) in REFUSED_FOR_NOW
    assert len(await releases(running, case)) == 1

    async def released() -> bool:
        return await case.fetch(at_first, assessment) == "released"

    await eventually(released, within=20)
    await case.withdraw()
    await until_stopped(case)
    assert await case.fetch(at_first, assessment) == "not-released"
    assert await assert_kept(running, case) == len(case.released)


class Chaos:
    """Pauses and kills of both processes of sharing and of consent, in an order that the seed names."""

    def __init__(self, suite: Whole, second: Replica, pauses: Pauses, seed: int) -> None:
        self.suite, self.second, self.pauses = suite, second, pauses
        self.chance = random.Random(seed)  # noqa: S311  not for a secret
        self.release_stands = asyncio.Event()
        self.done = 0

    async def run(self, until: float) -> None:
        while monotonic() < until:
            whom = self.chance.choice(["consent", "sharing", "second"])
            await self._strike(self.chance.choice(["pause", "kill", "stand", "stand"]), whom)
            self.done += 1

    async def _strike(self, act: str, whom: str) -> None:
        pid = self.second.pid if whom == "second" else self.suite.pids()[whom]
        if act == "stand":
            await self._stand(pid, self.second.pauses if whom == "second" else self.pauses, whom)
        elif act == "pause":
            end = monotonic() + self.chance.uniform(0.05, 1.5)
            with paused(pid):
                await eventually(lambda: monotonic() > end)
        elif whom == "second":
            self.second.kill()
            await self.second.start()
        else:
            send(pid, signal.SIGKILL)
            await eventually(lambda: self.suite.pids()[whom] != pid, within=20)

    async def _stand(self, pid: int, pauses: Pauses, whom: str) -> None:
        """It stands still where it hurts most, if it comes there in time."""
        pauses.arm(self.chance.choice(POINTS["consent" if whom == "consent" else "sharing"]))
        end = monotonic() + self.chance.uniform(1, 3.5)
        await eventually(lambda: is_paused(pid) or monotonic() > end, every=0.1)
        if whom != "consent" and is_paused(pid):
            self.release_stands.set()
        await eventually(lambda: monotonic() > end)
        self.release_stands.clear()
        pauses.disarm()
        send(pid, signal.SIGCONT)


async def fetch_on(case: Case, clinics: Sequence[Connection], delivery_id: UUID, until: float, chance: random.Random) -> None:
    """One system that asks again and again, at whichever process answers."""
    while monotonic() < until:
        await case.fetch(chance.choice(clinics), delivery_id)


async def withdraw_once(case: Case, chaos: Chaos, at: float) -> str:
    """At some moment, rather one at which a release stands still: there it would be overtaken."""
    await eventually(lambda: monotonic() > at, within=60)
    with suppress(TimeoutError):
        async with asyncio.timeout(6):
            await chaos.release_stands.wait()
    return await case.withdraw()


async def test_no_order_of_pauses_and_kills_releases_after_stopped(
    running: Running, suite: Whole, second: Replica, pauses: Pauses, at_first: Connection, at_second: Connection
) -> None:
    seed, seconds = int(os.environ.get("SAMSYN_TEST_SEED", "20261124")), float(os.environ.get("SAMSYN_TEST_SECONDS", "12"))
    chaos, clinics = Chaos(suite, second, pauses, seed), (at_first, at_second)
    async with AsyncExitStack() as stack:
        cases = [await stack.enter_async_context(consented(running)) for _ in range(2)]
        waiting = [(case, await case.post_both()) for case in cases]
        end = monotonic() + seconds
        async with asyncio.timeout(seconds + 90), asyncio.TaskGroup() as group:
            group.create_task(chaos.run(end))
            for case, (_, assessment) in waiting:
                group.create_task(withdraw_once(case, chaos, end - chaos.chance.uniform(0.5, 0.9) * seconds))
                for _ in range(2):
                    group.create_task(fetch_on(case, clinics, assessment, end, chaos.chance))
        await eventually(suite.is_ready, within=30)
        for case, (_, assessment) in waiting:
            assert await withdrawn(case) == "stopped"
            assert await lasting_answer(case, at_first, assessment) == "not-released"
            await assert_kept(running, case)
    assert chaos.done > 3


async def withdrawn(case: Case) -> str:
    """Press again where the first press got no answer, until the page says stopped."""

    async def says_so() -> bool:
        try:
            return await case.withdraw() == "stopped"
        except StoryFailed:
            return False

    await eventually(says_so, within=30, every=0.2)
    return await case.page()


async def lasting_answer(case: Case, clinic: Connection, delivery_id: UUID) -> str:
    """What a fetch ends in, once there is an answer that lasts."""

    async def answer() -> str:
        outcome = await case.fetch(clinic, delivery_id)
        return "" if outcome in REFUSED_FOR_NOW else outcome

    return await eventually(answer, within=20)
