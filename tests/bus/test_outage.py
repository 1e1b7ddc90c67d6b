"""Without the callout nobody gets in, and who is in stays: the bus fails closed and goes on."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.callout.ready import is_ready
from deploy.callout.service import Callout
from deploy.callout.settings import CalloutSettings
from deploy.embedded.home import CHECKOUT
from shared.bus import Bus
from shared.clock import TEST_CLOCK, monotonic
from shared.database import Database
from shared.settings import read_struct
from shared.testpoints import TEST_PAUSE
from tests.bus.test_attacks import next_notice
from tests.bus.world import OURS, THEIRS, World
from tests.nats_fixture import Nats

NEWCOMERS = (OURS, THEIRS, "sharing")
SETTINGS = {
    "SAMSYN_NATS_URL": "nats://127.0.0.1:1",
    "SAMSYN_DATABASE_URL": "postgresql://nobody@/nothing",
    "SAMSYN_ISSUER": "https://login.example",
    "SAMSYN_AUDIENCE": "https://bus.samsyn.example",
    "SAMSYN_CALLOUT_SEEDS": "/nowhere",
    "SAMSYN_HOUSE_CLIENTS": "consent=https://consent.samsyn.example",
    "SAMSYN_PRODUCTION": "true",
}


async def let_in(world: World) -> list[bool]:
    """For each newcomer, with a token and proof of its own: whether it gets in."""
    presented = [(await world.login(name)()).present() for name in NEWCOMERS]
    return list(await asyncio.gather(*(world.is_let_in(one) for one in presented)))


async def started_again(world: World) -> Bus:
    """Another instance of the callout, as after a crash of the first."""
    before = world.callout
    auth = await Bus.open(world.server.url, name="callout", nkey_seed=world.server.seeds.callout, required=True)
    parts = {"validator": before._validator, "database": before._database, "monitor": before._monitor, "houses": before._houses}
    await Callout(seeds=world.server.seeds, auth=auth, **parts).start()  # type: ignore[arg-type]  # each is what its name says
    await auth.client.flush(timeout=2)
    return auth


async def test_without_the_callout_nobody_gets_in_who_is_in_stays_and_with_it_again_newcomers_enter(world: World) -> None:
    system, house = await world.bus(OURS), await world.bus("consent")
    connections = [system.client, house.client]
    assert await let_in(world) == [True, True, True]

    await world.callout_bus.close()

    began = monotonic()
    assert await let_in(world) == [False, False, False]
    assert 2.5 < monotonic() - began < 5  # the server gives the callout three seconds, and no client waits longer
    async with world.server.bus("sharing") as inside:
        await inside.js.publish(f"samsyn.out.{OURS}.sharing.delivery", b"{}")
    assert (await next_notice(system)).subject == f"samsyn.out.{OURS}.sharing.delivery"
    assert (await house.js.publish("samsyn.consent.stopped.v1", b"{}")).stream == "CONSENT"
    assert [system.client, house.client] == connections
    assert await let_in(world) == [False, False, False]

    again = await started_again(world)

    assert await let_in(world) == [True, True, True]
    for bus in (system, house, again):
        await bus.close()


@pytest.fixture
async def unreadable(consent_db: Database) -> Database:
    """A database whose connections are gone."""
    await consent_db.close()
    return consent_db


async def test_a_callout_is_ready_only_while_it_can_read_the_register(world: World, own_nats: Nats, unreadable: Database) -> None:
    assert not await is_ready(own_nats.url, own_nats.seeds)  # nobody there
    auth = await Bus.open(own_nats.url, name="callout", nkey_seed=own_nats.seeds.callout, required=True)
    monitor = await Bus.open(own_nats.url, name="monitor", nkey_seed=own_nats.seeds.monitor, required=True)
    parts = {"validator": world.callout._validator, "seeds": own_nats.seeds, "houses": {}, "auth": auth, "monitor": monitor}
    blind = Callout(database=unreadable, **parts)  # type: ignore[arg-type]  # each is what its name says
    await blind.start()

    assert not await is_ready(own_nats.url, own_nats.seeds)
    blind._database = world.callout._database
    assert await is_ready(own_nats.url, own_nats.seeds)

    own_nats.kill()
    assert not await is_ready(own_nats.url, own_nats.seeds)
    async with asyncio.timeout(12):  # a connection refused at that moment must not keep a bus from closing
        for bus in (auth, monitor):
            await bus.close()


@pytest.mark.parametrize("name", [TEST_CLOCK, TEST_PAUSE])
def test_in_production_the_callout_does_not_start_with_what_tests_steer_it_with(name: str, tmp_path: Path) -> None:
    given = {**SETTINGS, name: str(tmp_path), "PATH": "", "PYTHONPATH": str(CHECKOUT)}

    ended = subprocess.run([sys.executable, "-P", "-m", "deploy.callout"], env=given, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert name in ended.stderr
    assert read_struct(CalloutSettings, SETTINGS).production
    assert not read_struct(CalloutSettings, {**given, "SAMSYN_PRODUCTION": "false"}).production


def test_in_production_the_callout_trusts_no_issuer_without_tls() -> None:
    with pytest.raises(SystemExit):
        read_struct(CalloutSettings, {**SETTINGS, "SAMSYN_ISSUER": "http://login.example"})
