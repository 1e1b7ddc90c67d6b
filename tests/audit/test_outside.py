"""Witnesses outside: our house brings each new size to a witness that runs as a process of its own and speaks C2SP tlog-witness."""

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import msgspec
import pytest
from samsyn_connect.witness import Seen

from services.audit.domain.cosignature import Policy, parse_policy
from services.audit.events.outside import CallWitnesses
from services.audit.usecases.watch_quorum import Quorum, Witnessing, read_witnessing
from services.audit.usecases.witness_root import offer
from shared.clock import utc_now
from shared.database import Database
from shared.tokens.fetch import Fetcher
from tests.audit.make import make_world
from tests.audit.test_witness import ROOT_KEY, Growing
from tests.eventually import eventually
from tests.nats_fixture import free_port


class Outside:
    """The root log in a database, a witness in a process, and our loop between them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.state, self.url = database, folder / "state.json", f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "samsyn_connect.witness_server", "--name", "witness.example/w1", "--log-key", ROOT_KEY]
        command += ["--key", str(folder / "key"), "--state", str(self.state), "--port", self.url.rpartition(":")[2]]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.key = self.process.stdout.readline().strip()
        self.fetcher, self.now = Fetcher(production=False), utc_now()

    @property
    def policy(self) -> Policy:
        return parse_policy(f"witness w1 {self.key} {self.url}\nquorum w1\n")

    def loop(self) -> CallWitnesses:
        return CallWitnesses(self.database, self.fetcher, self.policy)

    async def grow(self) -> None:
        async with self.database.transaction() as tx:
            growing = Growing(tx)
            growing.now = self.now
            row = await tx.fetchrow("select sequence, hash from producer")
            if row is not None:
                growing.producer.sequence, growing.producer.link = row["sequence"], row["hash"]
            await growing.grow()
            self.now = growing.now

    async def standing(self) -> Witnessing:
        async with self.database.transaction() as tx:
            return await read_witnessing(tx, self.policy, None, now=self.now)

    async def post(self, body: bytes) -> httpx2.Response:
        return await self.fetcher.client.post(f"{self.url}/add-checkpoint", content=body)

    async def listens(self) -> bool:
        try:
            return (await self.fetcher.client.get(self.url)).status_code == 404
        except httpx2.HTTPError:
            return False


@pytest.fixture(scope="module")
async def outside(audit_db: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    made = Outside(audit_db, tmp_path_factory.mktemp("witness"))
    try:
        async with audit_db.transaction() as tx:
            await make_world(tx, now=made.now)
        await eventually(made.listens, within=20)
        yield made
    finally:
        made.process.terminate()
        made.process.wait(10)
        assert made.process.stdout is not None
        made.process.stdout.close()
        await made.fetcher.close()


async def test_an_outside_witness_is_brought_each_size_and_makes_the_quorum(outside: Outside) -> None:
    loop = outside.loop()
    await outside.grow()
    await loop.run_once(outside.now)
    first = await outside.standing()
    assert (first.state, first.signed, first.witnessed_size) == (Quorum.HELD, ("w1",), first.size)

    await outside.grow()
    assert (await outside.standing()).witnessed_size == first.size
    await loop.run_once(outside.now)
    assert (await outside.standing()).witnessed_size == first.size + 1

    # It signed what we never heard of: its 409 says from where to go on.
    await outside.grow()
    async with outside.database.transaction() as tx:
        body = await offer(tx, first.size + 1)
    assert body is not None
    assert (await outside.post(body)).status_code == 200
    again = await outside.post(body)
    assert (again.status_code, again.headers["content-type"], again.text) == (409, "text/x.tlog.size", f"{first.size + 2}\n")
    await outside.grow()
    await loop.run_once(outside.now)
    found = await outside.standing()
    assert found.witnessed_size == found.size == first.size + 3


async def test_one_that_knows_more_or_says_nothing_counts_for_nothing_and_is_asked_ever_less(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    await outside.grow()
    before, kept = await outside.standing(), outside.state.read_bytes()
    loop = outside.loop()

    outside.state.write_bytes(msgspec.json.encode(msgspec.structs.replace(msgspec.json.decode(kept, type=Seen), size=10_000)))
    await loop.run_once(outside.now)
    assert [record.getMessage() for record in caplog.records if record.getMessage() == "witness.ahead"] == ["witness.ahead"]
    assert (await outside.standing()).witnessed_size == before.witnessed_size

    outside.state.write_bytes(kept)
    await loop.run_once(outside.now)  # not due yet
    assert (await outside.standing()).witnessed_size == before.witnessed_size
    await loop.run_once(outside.now + timedelta(seconds=10))
    assert (await outside.standing()).witnessed_size == before.size

    await outside.grow()
    away = CallWitnesses(outside.database, outside.fetcher, parse_policy(f"witness w1 {outside.key} http://127.0.0.1:1\nquorum w1\n"))
    await away.run_once(outside.now)
    assert (await outside.standing()).witnessed_size == before.size
