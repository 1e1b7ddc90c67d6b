"""A real nats-server with our accounts: one for the session, and one of its own for tests that kill it."""

import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.embedded.nats import command, is_ready
from deploy.nats.config import Place, Seeds, read_seeds, write_config
from deploy.nats.reload import declare_streams
from shared.bus import Bus
from tests.eventually import eventually

ORGANISATIONS = ("o5ek", "o2rg")


class Nats:
    """One server; `start` again after `kill` gives the same place and store."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.place = Place(port=port, store=folder / "store")
        self.config = folder / "nats.json"
        self.seeds: Seeds = read_seeds(folder)
        self.process: subprocess.Popen[bytes] | None = None
        write_config(self.config, self.place, self.seeds, ORGANISATIONS)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.place.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self, *, declare: bool = True) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command(self.config), stdout=log, stderr=log)
        await eventually(lambda: is_ready(self.place.port, self.place.name))
        if declare:
            await self.declare()

    async def declare(self) -> None:
        await declare_streams(self.url, self.seeds, ORGANISATIONS)

    def kill(self) -> None:
        """As a crash."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    @asynccontextmanager
    async def bus(self, name: str) -> AsyncIterator[Bus]:
        """A house's connection with deploy's key, for tests that are not about permissions."""
        bus = await Bus.open(self.url, name=name, nkey_seed=self.seeds.deploy, required=True)
        try:
            yield bus
        finally:
            await bus.close()

    @asynccontextmanager
    async def monitor(self) -> AsyncIterator[Bus]:
        """The callout's second connection: sees the server and makes it read its file."""
        bus = await Bus.open(self.url, name="monitor", nkey_seed=self.seeds.monitor, required=True)
        try:
            yield bus
        finally:
            await bus.close()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


@pytest.fixture(scope="session")
async def nats_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nats]:
    """The session's server, with streams and durables; do not kill it."""
    server = Nats(tmp_path_factory.mktemp("nats"), free_port())
    await server.start()
    yield server
    server.stop()


@pytest.fixture
async def own_nats(tmp_path: Path) -> AsyncIterator[Nats]:
    """A server of the test's own, to be killed."""
    server = Nats(tmp_path, free_port())
    await server.start()
    yield server
    server.stop()
