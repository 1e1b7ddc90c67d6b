"""An organisation comes while the server runs, and goes again."""

import pytest
from nats.errors import Error as NatsError

from deploy.nats.reload import change_organisations, consumers_of, declare_streams
from shared.bus import Bus
from shared.errors import Unavailable
from tests.bus.test_attacks import next_notice
from tests.bus.world import OURS, SYSTEMS, World
from tests.eventually import eventually
from tests.nats_fixture import ORGANISATIONS, Nats

NEW = "o8st"


async def test_a_new_organisation_can_fetch_after_one_call_and_nobody_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SYSTEMS, NEW, "https://system.social.example")
    await world.knows(NEW)
    staying = await world.bus(OURS)
    server = world.server

    await change_organisations(server.config, server.place, server.seeds, [*ORGANISATIONS, NEW], pid=server.pid, url=server.url)

    async with server.bus("deploy") as inside:
        await inside.js.publish(f"samsyn.out.{NEW}.sharing.delivery", b"{}")
        await inside.js.publish(f"samsyn.out.{OURS}.sharing.delivery", b"{}")
    coming = await world.bus(NEW)
    assert (await next_notice(coming)).subject == f"samsyn.out.{NEW}.sharing.delivery"
    assert await durables(world) == {*ORGANISATIONS, NEW}
    await eventually(lambda: is_served(staying))
    assert (await next_notice(staying)).subject.startswith(f"samsyn.out.{OURS}.")

    await change_organisations(server.config, server.place, server.seeds, ORGANISATIONS, pid=server.pid, url=server.url)

    assert not await world.is_let_in((await world.login(NEW)()).present())
    assert await durables(world) == set(ORGANISATIONS)
    for bus in (staying, coming):
        await bus.close()


async def test_more_durables_than_the_server_tells_at_once_are_all_forgotten(own_nats: Nats) -> None:
    many = [f"o{number}" for number in range(300)]  # the server's page has 256
    await declare_streams(own_nats.url, own_nats.seeds, many)
    own = (own_nats.config, own_nats.place, own_nats.seeds)

    await change_organisations(*own, ORGANISATIONS, pid=own_nats.pid, url=own_nats.url)

    async with own_nats.bus("deploy") as inside:
        assert set(await consumers_of(inside.js, "OUT")) == set(ORGANISATIONS)
        assert await consumers_of(inside.js, "SHARING")  # the houses' own stay


async def durables(world: World) -> set[str]:
    async with world.server.bus("deploy") as inside:
        return set(await consumers_of(inside.js, "OUT"))


async def is_served(bus: Bus) -> bool:
    try:
        await bus.client.flush(timeout=1)
    except (NatsError, OSError, TimeoutError, Unavailable):
        return False
    return True
