"""Who becomes a user of the bus: a token wrong in exactly one way is refused, and the callout out of reach opens nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.bus import Bus
from shared.bus_login import SEPARATOR
from shared.clock import monotonic, utc_now
from shared.errors import Unavailable
from shared.received import bind
from tests.bus.world import HOUSES, OURS, SYSTEMS, World, is_refused
from tests.eventually import eventually
from tests.shared.tokens.forge import Forge, make_ec

WRONG: dict[str, dict[str, Any]] = {
    "wrong_audience": {"bend": {"aud": "https://sharing.samsyn.example"}},
    "expired": {"bend": {"exp": 1_700_000_300, "iat": 1_700_000_000}},
    "id_token": {"header": {"typ": "JWT"}},
    "unknown_client": {"client_id": "https://stranger.example"},
    "person": {"bend": {"sub": "5f1c", "organisation": OURS}},
    "system_that_calls_itself_a_house": {"bend": {"scope": "house"}},
    "house_of_another_issuer": {"client_id": HOUSES["consent"], "forge": Forge("https://second.example")},
    "not_bound": {"bend": {"cnf": None}},
}


@pytest.mark.parametrize("fault", WRONG)
async def test_a_token_wrong_in_one_way_is_refused(world: World, fault: str) -> None:
    credential = await world.login(OURS, **WRONG[fault])()

    assert not await world.is_let_in(credential.present())


async def test_another_issuers_key_is_refused(world: World) -> None:
    thief = Forge()
    credential = await world.login(OURS, forge=thief)()

    assert not await world.is_let_in(credential.present())


async def test_a_proof_by_another_key_is_refused(world: World) -> None:
    token, _, _ = (await world.login(OURS)()).present().partition(SEPARATOR)
    proof = world.forge.proof(token, key=make_ec(), htm="CONNECT", htu="https://bus.samsyn.example", iat=int(utc_now().timestamp()))

    assert not await world.is_let_in(token + SEPARATOR + proof)


async def test_a_proof_serves_one_connection(world: World) -> None:
    presented = (await world.login(OURS)()).present()

    assert await world.is_let_in(presented)
    assert not await world.is_let_in(presented)


@pytest.mark.parametrize("text", [None, "", "x", "a.b.c", SEPARATOR, "é", "a.b.c~d.e.f~g"])
async def test_whatever_is_no_token_is_refused(world: World, text: str | None) -> None:
    assert not await world.is_let_in(text)


async def test_a_token_alone_without_its_proof_is_refused(world: World) -> None:
    token, _, _ = (await world.login(OURS)()).present().partition(SEPARATOR)

    assert not await world.is_let_in(token)


async def test_a_good_token_becomes_a_user_of_its_own_account(world: World) -> None:
    assert await world.is_let_in((await world.login(OURS)()).present())


async def test_a_system_out_of_the_register_is_ended_at_the_next_look_and_stays_out(world: World) -> None:
    bus = await world.bus(OURS)
    assert await world.callout.run_once(utc_now()) == 0

    await world.register.pool.execute("update system_client set revoked_at = $1 where organisation = $2", utc_now(), OURS)
    assert await world.callout.run_once(utc_now()) == 1

    await eventually(lambda: is_refused(bus), within=3)
    assert not await world.is_let_in((await world.login(OURS)()).present())
    await bus.close()
    await world.knows(OURS)


async def test_a_house_is_not_ended_for_standing_in_no_register(world: World) -> None:
    bus = await world.bus("consent")

    assert await world.callout.run_once(utc_now()) == 0

    await bus.client.flush(timeout=1)
    await bus.close()


async def test_a_connection_renews_before_its_token_ends_while_publishing_goes_on(world: World) -> None:
    consent = await world.bus("consent", lifetime=timedelta(seconds=3))
    first = consent.client
    stored = 0
    renewed: set[int] = set()

    async with asyncio.timeout(15):
        while len(renewed) < 3:
            ack = await consent.js.publish("samsyn.consent.stopped.v1", b"{}", headers={"Nats-Msg-Id": f"renew-{stored}"})
            stored += ack.stream == "CONSENT"
            if consent.client is not first:
                renewed.add(id(consent.client))

    assert consent.is_connected
    assert stored > 100
    await consent.close()


async def test_without_the_callout_nobody_gets_in_and_with_it_again_the_same_bus_does(world: World) -> None:
    silent = await Bus.open(world.server.url, name="nobody", nkey_seed=world.server.seeds.callout, required=True)
    await world.callout_bus.client.drain()  # the keeper will make a new connection by itself, a moment later
    credential = await world.login(OURS)()

    is_let_in = await world.is_let_in(credential.present())

    assert not is_let_in or world.callout_bus.is_connected
    await eventually(lambda: world.callout_bus.is_connected, within=10)
    bus = await world.bus(OURS)
    assert bus.is_connected
    for opened in (bus, silent):
        await opened.close()


async def test_a_required_bus_that_is_refused_says_unavailable(world: World) -> None:
    with pytest.raises(Unavailable):
        await world.bus(OURS, bend={"aud": "https://audit.samsyn.example"})


def test_the_clients_of_this_test_are_who_they_say() -> None:
    assert set(SYSTEMS.values()).isdisjoint(HOUSES.values())


async def test_events_go_on_arriving_at_once_while_the_connection_renews(world: World) -> None:
    sharing = await world.bus("sharing", lifetime=timedelta(seconds=3))
    pull = bind(sharing, "consent", "sharing")
    while left := await pull.fetch(256, 0.2):  # by other tests
        for message in left:
            await message.ack()
    slowest, renewed = 0.0, {id(sharing.client)}
    async with world.server.bus("consent") as consent:
        while len(renewed) < 3:
            await consent.js.publish("samsyn.consent.stopped.v1", b"{}")
            started = monotonic()
            while not (messages := await pull.fetch(16, 0.3)):
                assert monotonic() - started < 10, "an event waited for its redelivery"
            for message in messages:
                await message.ack()
            slowest = max(slowest, monotonic() - started)
            renewed.add(id(sharing.client))

    assert slowest < 1.5
    await pull.close()
    await sharing.close()
