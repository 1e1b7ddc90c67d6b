"""The tests' ground: a real PostgreSQL for the session, a fresh migrated database for each module, a transaction for each test."""

import importlib
import itertools
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis.internal.observability  # noqa: F401  its plugin imports it at the very end, where Python 3.11.7 may stumble in `ast`
import msgspec
import pytest
from xdist.scheduler import LoadScopeScheduling

from deploy.embedded import databases
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import HOUSES, ROLES
from shared.database import Connection, Database
from tests.eventually import eventually

pytest_plugins = ("tests.nats_fixture", "tests.suite_fixture")

Clone = Callable[[str], AbstractAsyncContextManager[str]]
_NUMBER = itertools.count(1)
INTEROP = "tests/interop"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`./samsyn test --no-browser`."""
    parser.addoption("--no-browser", action="store_true", help="leave out the tests of pages in a browser")


class Cluster(msgspec.Struct, frozen=True):
    """The session's PostgreSQL with a migrated template for each house."""

    postgres: Postgres
    passwords: dict[str, str]

    def url(self, role: str, database: str) -> str:
        return self.postgres.url(role, self.passwords[role], database)

    @property
    def admin_url(self) -> str:
        return self.url(SUPERUSER, "postgres")


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
    """With several workers: one file is one worker's, for its fixtures are the file's; what shares an npm folder is one worker's too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return INTEROP if file.startswith(INTEROP) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How xdist deals out the tests."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def database_folder() -> Iterator[Path]:
    """A folder that another user can pass (pytest's own are closed, and as root the database is another user)."""
    folder = Path(tempfile.mkdtemp(prefix="samsyn-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def cluster(database_folder: Path) -> AsyncIterator[Cluster]:
    """PostgreSQL with roles, and `template_<house>` migrated by the owner."""
    postgres = Postgres(database_folder, durable=False)
    passwords = {role: role for role in (SUPERUSER, *ROLES)}
    postgres.initialise(passwords[SUPERUSER])
    process = postgres.start(database_folder / "postgresql.log")
    made = Cluster(postgres, passwords)
    try:
        await eventually(postgres.is_ready, within=20)
        await databases.close_cluster(made.admin_url)
        await databases.make_roles(made.admin_url, passwords)
        for house in HOUSES:
            template = f"template_{house}"
            await databases.make_database(made.admin_url, house, name=template)
            await databases.close_database(made.url(SUPERUSER, template), house)
            await databases.migrate_house(made.url(f"{house}_owner", template), house)
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture(scope="session")
def clone(cluster: Cluster) -> Clone:
    """For tests that need a database of their own: gives its name, and it is gone after the `async with`."""

    @asynccontextmanager
    async def cloned(house: str) -> AsyncIterator[str]:
        name = f"{house}_{next(_NUMBER)}"
        await databases.make_database(cluster.admin_url, house, name=name, template=f"template_{house}")
        try:
            yield name
        finally:
            admin = await asyncpg.connect(cluster.admin_url)
            await admin.execute(f"drop database {name} with (force)")
            await admin.close()

    return cloned


def conflicts_of(house: str) -> dict[str, str]:
    """The house's table from constraint names to problem codes, where it has one (`services.<house>.storage.CONFLICTS`)."""
    try:
        storage = importlib.import_module(f"services.{house}.storage")
    except ModuleNotFoundError:
        return {}
    return dict(getattr(storage, "CONFLICTS", {}))


@asynccontextmanager
async def _opened(cluster: Cluster, clone: Clone, house: str) -> AsyncIterator[Database]:
    async with clone(house) as name:
        database = await Database.open(cluster.url(house, name), conflicts=conflicts_of(house))
        yield database
        await database.close()


@asynccontextmanager
async def _undone(database: Database) -> AsyncIterator[Connection]:
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()


@pytest.fixture(scope="module")
async def consent_db(cluster: Cluster, clone: Clone) -> AsyncIterator[Database]:
    async with _opened(cluster, clone, "consent") as database:
        yield database


@pytest.fixture(scope="module")
async def sharing_db(cluster: Cluster, clone: Clone) -> AsyncIterator[Database]:
    async with _opened(cluster, clone, "sharing") as database:
        yield database


@pytest.fixture(scope="module")
async def audit_db(cluster: Cluster, clone: Clone) -> AsyncIterator[Database]:
    async with _opened(cluster, clone, "audit") as database:
        yield database


@pytest.fixture
async def consent_tx(consent_db: Database) -> AsyncIterator[Connection]:
    async with _undone(consent_db) as tx:
        yield tx


@pytest.fixture
async def sharing_tx(sharing_db: Database) -> AsyncIterator[Connection]:
    async with _undone(sharing_db) as tx:
        yield tx


@pytest.fixture
async def audit_tx(audit_db: Database) -> AsyncIterator[Connection]:
    async with _undone(audit_db) as tx:
        yield tx
