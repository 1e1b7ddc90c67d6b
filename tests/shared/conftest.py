"""The library as a running house, over a real uvicorn on loopback, with its own database."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import msgspec
import pytest
from litestar.connection import ASGIConnection

from shared import csrf, logs, telemetry
from shared.auth import Caller, Kind
from shared.contracts.message import Ask
from shared.database import Database
from shared.errors import Unauthenticated, Unavailable
from shared.health import Health
from shared.http import HouseApp, Runtime, make_app
from shared.migrations import migrate
from shared.operations import routes
from shared.serve import listen, port_of, serving
from tests.conftest import Clone, Cluster
from tests.shared.library.http import OPERATIONS, PEOPLE
from tests.shared.library.storage import CONFLICTS

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SYSTEM = Caller(
    kind=Kind.SYSTEM,
    issuer="https://op.example",
    subject="school",
    client_id="school",
    organisation="o5ek",
    scopes=frozenset({"library:lend"}),
)
PERSON = msgspec.structs.replace(SYSTEM, kind=Kind.PERSON, subject="anna", client_id="library")
OTHER = msgspec.structs.replace(SYSTEM, subject="clinic", client_id="clinic", organisation="o9kl")
WEAK = msgspec.structs.replace(SYSTEM, scopes=frozenset())
TOKENS = {"Bearer system": SYSTEM, "Bearer person": PERSON, "Bearer other": OTHER, "Bearer weak": WEAK}
SESSION = "session-token"


async def authenticate(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """Fixed tokens: the real validator has its own corpus in tests/shared/tokens."""
    given = connection.headers.get("authorization")
    if given is not None:
        if given not in TOKENS:
            raise Unauthenticated("not-logged-in", challenge='Bearer error="invalid_token"')
        return TOKENS[given]
    if connection.cookies.get("__Host-samsyn-library") == "anna":
        csrf.bind(connection, SESSION)
        return PERSON
    return None


class Nobody:
    """There is no other house."""

    def __call__(self, _question: Any, /, *, within: float = 2.0) -> Any:
        assert within > 0
        raise Unavailable


@pytest.fixture(scope="module")
async def library_db(cluster: Cluster, clone: Clone) -> AsyncIterator[Database]:
    async with clone("consent") as name:
        await migrate(cluster.url("consent_owner", name), "shared.migrations", "tests.shared.library.storage.migrations")
        database = await Database.open(cluster.url("consent", name), conflicts=CONFLICTS)
        yield database
        await database.close()


@pytest.fixture(scope="module")
def health() -> Health:
    return Health()


@pytest.fixture(scope="module")
def app(library_db: Database, health: Health) -> HouseApp:
    ask: Ask = Nobody()
    runtime = Runtime(
        database=library_db,
        ask=ask,
        authenticate=authenticate,
        public_url="https://library.example",
        issuer="https://op.example/realm",
        health=health,
        clock=lambda: NOW,
    )
    return make_app(house="library", routes=[*routes(OPERATIONS), *PEOPLE], runtime=runtime)


@pytest.fixture(scope="module")
async def port(app: HouseApp) -> AsyncIterator[int]:
    telemetry.set_up("library", None)
    sock = listen(port=0)
    async with serving(app, sock):
        yield port_of(sock)


@pytest.fixture(scope="module")
async def client(port: int) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer system"}, trust_env=False) as made:
        yield made


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The log lines of this test; look at them with `said`."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines("library"))
    root, ours = logging.getLogger(), logging.getLogger("samsyn")
    root.addHandler(handler)
    before = ours.level
    ours.setLevel(logging.INFO)
    yield _Lines(stream)
    ours.setLevel(before)
    root.removeHandler(handler)


class _Lines(list[dict[str, Any]]):
    """Reads what has been written so far each time it is looked at."""

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__()
        self._stream = stream

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter([json.loads(line) for line in self._stream.getvalue().splitlines()])

    @property
    def text(self) -> str:
        return self._stream.getvalue()


async def raw(port: int, request: bytes) -> bytes:
    """Bytes to the server and all that comes back, where a client library would not send such a thing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
