"""Consent's database is put back to an older state: what sharing has learned since still narrows, and nothing older is believed (I2)."""

import dataclasses
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import pytest

from deploy.embedded import databases
from deploy.embedded.parts import python
from services.consent.events.questions import answers
from services.consent.storage import consents
from services.consent.usecases.begin_epoch import begin_epoch
from services.consent.usecases.change_rows import hold_rows
from services.consent.usecases.withdraw_consent import Withdrawn
from services.sharing.domain.governing import SeenState
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.views import Released
from services.sharing.events.questions import answer_stop
from services.sharing.storage import consent_rows
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.post_items import SealedItem
from services.sharing.usecases.renew_lease import Lease
from shared.contracts.consent import Coverage, GoverningRow, RowKey
from shared.contracts.entry import Entry
from shared.contracts.message import Question
from shared.contracts.sharing import Stop
from shared.database import Database
from shared.errors import Unavailable
from tests.conftest import Clone, Cluster
from tests.consent import world
from tests.sharing.conftest import ASSESSMENT, House
from tests.sharing.test_stop import release_anew
from tests.sharing.world import sealed

LATER = world.NOW.replace(year=2027)


class RealConsent:
    """The house of consent behind its contracts, and a copy of its database to go back to."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self.copy = f"{name}_copy"
        self.database: Database
        self.family: world.Family
        self.key: RowKey
        self.consent_id: UUID
        self.asked: list[Question[Any]] = []

    @property
    def child_ref(self) -> UUID:
        return self.family.child_ref

    async def open(self) -> None:
        self.database = await Database.open(self.url)

    @property
    def url(self) -> str:
        return self.cluster.url("consent", self.name)

    async def give(self) -> None:
        """A family that has said yes to the assessment."""
        async with self.database.transaction() as tx:
            self.family = await world.family(tx)
            event = await world.ask(tx, self.family.subject_id)
            for caller in (self.family.mother, self.family.father, self.family.child):
                await world.say(tx, caller, event.request_id)
            self.key = world.key_of(event)
            given = await consents.of_request(tx, event.request_id)
        self.consent_id = given[-1].consent_id

    async def back_up(self) -> None:
        await self.database.close()
        await databases.make_database(self.cluster.admin_url, "consent", name=self.copy, template=self.name)
        await self.open()

    async def restore(self) -> None:
        """From here on the house has the copy."""
        await self.database.close()
        self.name = self.copy
        await self.open()

    async def begin(self) -> None:
        """What the command does."""
        async with self.database.transaction() as tx:
            await begin_epoch(tx, operator="o1op", above=0, now=LATER)

    async def withdraw(self) -> tuple[Stop, ...]:
        async with self.database.transaction() as tx:
            withdrawn = await world.withdraw(tx, self.family.mother, self.consent_id)
        assert isinstance(withdrawn, Withdrawn)
        return withdrawn.stops

    async def hold(self, until: Any) -> tuple[Stop, ...]:
        """A pause, as the holder gives one; until the present it lifts one."""
        async with self.database.transaction() as tx:
            return await hold_rows(tx, [await self.row()], until, now=world.NOW)

    async def row(self) -> GoverningRow:
        async with self.database.transaction() as tx:
            epoch, _ = await consents.feed(tx)
            row = await consents.row(tx, self.key, epoch=epoch)
        assert row is not None
        return row

    async def __call__(self, question: Question[Any], /, *, within: float = 2.0) -> Any:
        del within
        self.asked.append(question)
        return await answers(world.MEANS)[type(question)](self.database, question, now=world.NOW)


@pytest.fixture
async def consent(cluster: Cluster, clone: Clone) -> AsyncIterator[RealConsent]:
    async with clone("consent") as name, _dropped(cluster, f"{name}_copy"):
        made = RealConsent(cluster, name)
        await made.open()
        await made.give()
        yield made
        await made.database.close()


@asynccontextmanager
async def _dropped(cluster: Cluster, name: str) -> AsyncIterator[None]:
    yield
    admin = await Database.open(cluster.admin_url, size=1)
    await admin.pool.execute(f"drop database if exists {name} with (force)")
    await admin.close()


@pytest.fixture
def both(house: House, consent: RealConsent) -> House:
    """Sharing, with the real consent on the other side."""
    house.family = consent  # type: ignore[assignment]
    house.now = world.NOW
    lease = Lease(house.database, consent, monotonic=lambda: house.seconds)
    house.ground = dataclasses.replace(house.ground, lease=lease)
    return house


async def waiting(house: House) -> UUID:
    """A delivery under the family's consent."""
    await house.lease()
    case = await house.open()
    decision = await house.decide(case.case_id, ASSESSMENT)
    permit = await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id))
    posted = await house.post(permit.permit_id, SealedItem(item_id=permit.items[0].item_id, jwe=sealed(permit.items[0].binding)))
    await house.sequence()
    delivery_id: UUID = posted.items[0].delivery_id
    return delivery_id


async def stop(house: House, stops: tuple[Stop, ...]) -> None:
    assert stops
    for one in stops:
        await answer_stop(house.database, one, now=house.now)


@pytest.mark.parametrize("told", [False, True], ids=["without the command", "with the command"])
async def test_a_withdrawal_that_the_restore_has_lost_stays_final(both: House, consent: RealConsent, told: bool) -> None:
    delivery_id = await waiting(both)
    assert isinstance(await both.fetch(delivery_id), Released)
    await consent.back_up()
    await stop(both, await consent.withdraw())
    await consent.restore()
    assert not (await consent.row()).withdrawn  # the old copy knows nothing of it
    if told:
        await consent.begin()
    await both.lease()

    assert isinstance(await both.fetch(delivery_id), Denied)
    assert not await release_anew(both)


async def test_after_the_command_every_row_is_asked_again(both: House, consent: RealConsent) -> None:
    delivery_id = await waiting(both)
    assert isinstance(await both.fetch(delivery_id), Released)
    await consent.back_up()
    await consent.restore()
    before = await consent.row()
    await consent.begin()
    await both.lease()
    async with both.database.connection() as connection:
        own, epoch = await consent_rows.find(connection, consent.key), await consent_rows.known_epoch(connection)
    assert own is not None
    assert own.state is SeenState.GIVEN
    assert not own.lets_through(epoch, both.now)
    consent.asked.clear()

    assert isinstance(await both.fetch(delivery_id), Released)

    assert [need.key for question in consent.asked if isinstance(question, Coverage) for need in question.needs] == [consent.key]
    assert (await consent.row()).epoch > before.epoch


async def paused_after_restore(house: House, consent: RealConsent) -> bool:
    """Whether a pause that is given after a restore holds, though sharing knows greater revisions of the lost time."""
    delivery_id = await waiting(house)
    await consent.back_up()
    for _ in range(3):
        await consent.hold(world.NOW)
    await house.lease()
    await consent.restore()
    await consent.begin()
    await house.lease()
    assert isinstance(await house.fetch(delivery_id), Released)
    await stop(house, await consent.hold(LATER))
    return isinstance(await house.fetch(delivery_id), Denied)


async def test_a_pause_after_the_restore_holds(both: House, consent: RealConsent) -> None:
    assert await paused_after_restore(both, consent)


async def test_without_the_command_nothing_is_released_on_consent(both: House, consent: RealConsent) -> None:
    """Sharing knows more than the restored database: consent gives it no lease until somebody says what has happened."""
    await waiting(both)
    await consent.back_up()
    await consent.hold(world.NOW)
    await both.lease()
    await consent.restore()

    with pytest.raises(Unavailable):
        await both.lease()


def settings(url: str) -> Mapping[str, str]:
    given = {
        "database_url": url,
        "nats_url": "nats://127.0.0.1:1",
        "issuer": "http://127.0.0.1:1",
        "audience": "https://consent.samsyn.example",
        "public_url": "http://127.0.0.1:1",
        "client_id": "https://consent.samsyn.example",
        "client_key": "unused",
        "secret_key": "unused",
        "receipt_keys": "unused",
        "production": "false",
        "operator": "o1op",
    }
    return {f"SAMSYN_{name.upper()}": value for name, value in given.items()}


def restored(consent: RealConsent, *arguments: str) -> int:
    """The command in a process of its own; the epoch that it tells."""
    done = subprocess.run(
        python("services.consent", "restored", *arguments),
        env=settings(consent.url),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout.split()[1].rstrip(":"))


async def test_the_command_raises_the_epoch_each_time_with_an_entry_in_the_operators_log(consent: RealConsent) -> None:
    made = (await consent.row()).epoch

    first, second, third = restored(consent), restored(consent), restored(consent, "--above", "99999999999")

    assert made < first < second
    assert third == 100_000_000_000
    assert (await consent.row()).epoch == third
    bodies = await consent.database.pool.fetch("select body from outbox where name = 'entry' order by position")
    entries = [entry for row in bodies if (entry := msgspec.json.decode(row["body"], type=Entry)).action == "consent.restored"]
    assert [entry.organisation for entry in entries] == ["o1op"] * 3
    assert entries[0].person.actor == "samsyn:command-line operator"
