"""An organisation comes while the server runs, and goes again."""

from datetime import timedelta

import pytest
from nats.errors import Error as NatsError

from deploy.callout.accounts import Accounts
from deploy.nats.reload import change_organisations, consumers_of, declare_streams
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Organisation
from services.sharing.usecases.change_register import Changed, ConnectSystem, EnrolOrganisation, connect_system, enrol_organisation
from services.sharing.usecases.grant_access import GrantAccess, grant_access
from services.sharing.usecases.load_world import operator_caller
from services.sharing.usecases.register_organisation import RegisterOrganisation, register_organisation
from services.sharing.usecases.revoke_access import revoke_access
from shared.bus import Bus
from shared.clock import utc_now
from shared.errors import Unavailable
from tests.bus.test_attacks import next_notice
from tests.bus.world import OURS, SYSTEMS, World, is_refused
from tests.eventually import eventually
from tests.nats_fixture import ORGANISATIONS, Nats

NEW = "o8st"
LATE = "o9kl"


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


async def test_an_organisation_registered_while_everything_runs_connects_and_is_out_again_when_its_grant_is_revoked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, now = "https://system.clinic.example", utc_now()
    monkeypatch.setitem(SYSTEMS, LATE, client)
    times = {"valid_from": now - timedelta(minutes=1), "valid_until": now + timedelta(days=1)}
    operating = operator_caller("o1op")
    async with world.register.transaction() as tx:
        first = Organisation(organisation="o1op", display_name="Drift", principal="Drift", public=True, operator=True)
        await register_organisation(tx, operating, RegisterOrganisation(organisation=first), now=now)
        clinic = EnrolOrganisation(organisation=LATE, display_name="Kliniken", principal="Kliniken AB", public=False, number="5560360793")
        assert await enrol_organisation(tx, operating, clinic, now=now) == Changed(changed=True)
        principal = f"{world.forge.issuer} {client}"
        await connect_system(tx, operating, ConnectSystem(organisation=LATE, principal=principal, **times), now=now)
        wanted = GrantAccess(
            principal=principal, organisation=LATE, role="system", valid_from=times["valid_from"], valid_until=times["valid_until"]
        )
        grant = await grant_access(tx, operating, wanted, now=now)
        assert not isinstance(grant, Denied)
    assert not await world.is_let_in((await world.login(LATE)()).present())
    staying = await world.bus(OURS)
    async with world.server.monitor() as monitor:
        accounts = Accounts(world.register, world.server.config, world.server.seeds, monitor, world.server.url)

        await accounts.run_once(utc_now())
        await accounts.run_once(utc_now())  # has nothing to do

    coming = await world.bus(LATE)
    async with world.server.bus("deploy") as inside:
        await inside.js.publish(f"samsyn.out.{LATE}.sharing.delivery", b"{}")
    assert (await next_notice(coming)).subject == f"samsyn.out.{LATE}.sharing.delivery"
    await eventually(lambda: is_served(staying))

    async with world.register.transaction() as tx:
        await revoke_access(tx, operating, grant.grant_id, now=utc_now())
    assert await world.callout.run_once(utc_now()) == 1

    await eventually(lambda: is_refused(coming), within=3)
    assert not await world.is_let_in((await world.login(LATE)()).present())
    assert await is_served(staying)
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
