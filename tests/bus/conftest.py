"""One bus for the module: real server, real register in PostgreSQL, the callout in the test's own process."""

from collections.abc import AsyncIterator

import pytest

from deploy.callout.register import find_organisation
from deploy.callout.service import Callout
from shared.bus import Bus
from shared.clock import utc_now
from shared.database import Database
from shared.subjects import BUS
from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.validator import Validator
from tests.bus.world import HOUSES, OURS, THEIRS, World
from tests.conftest import Clone, Cluster
from tests.nats_fixture import Nats, free_port
from tests.shared.tokens.forge import Forge
from tests.shared.tokens.web import web


@pytest.fixture(scope="module")
async def world(cluster: Cluster, clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = Nats(tmp_path_factory.mktemp("bus"), free_port())
    await server.start()
    forge = Forge()
    async with clone("sharing") as name, web() as pages, Fetcher(production=False) as fetcher:
        pages.json("/jwks", forge.jwks)
        register = await Database.open(cluster.url("sharing", name), size=2)
        readable = await Database.open(cluster.url("callout", name), size=4)
        auth = await Bus.open(server.url, name="callout", nkey_seed=server.seeds.callout, required=True)
        monitor = await Bus.open(server.url, name="monitor", nkey_seed=server.seeds.monitor, required=True)

        async def organisation_of(issuer: str, client_id: str) -> str | None:
            return await find_organisation(readable, issuer, client_id, now=utc_now())

        key_sets = KeySets([IssuerConfig(issuer=forge.issuer, jwks_uri=f"{pages.base}/jwks")], fetcher)
        callout = Callout(
            validator=Validator(key_sets, audience=BUS, organisation_of=organisation_of),
            database=readable,
            seeds=server.seeds,
            houses={f"{forge.issuer} {client_id}": house for house, client_id in HOUSES.items()},
            auth=auth,
            monitor=monitor,
        )
        await callout.start()
        made = World(server=server, forge=forge, register=register, callout=callout, callout_bus=auth)
        for organisation in (OURS, THEIRS):
            await made.knows(organisation)
        yield made
        for bus in (auth, monitor):
            await bus.close()
        for database in (register, readable):
            await database.close()
    server.stop()
