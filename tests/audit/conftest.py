"""Somebody with the owner's rights, for attacks and for what issue E's erasure will be allowed."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.embedded.postgres import SUPERUSER
from shared.database import Connection, prepare_connection
from tests.audit.make import SIGNER
from tests.conftest import Clone, Cluster


@pytest.fixture(autouse=True)
def signer_forgets() -> None:
    """Each test has a log of its own under the same name."""
    SIGNER.forget()


@pytest.fixture(scope="module")
async def owned(cluster: Cluster, clone: Clone) -> AsyncIterator[Connection]:
    async with clone("audit") as name:
        connection = await asyncpg.connect(cluster.url(SUPERUSER, name))
        await prepare_connection(connection)
        yield connection
        await connection.close()


@pytest.fixture
async def as_owner(owned: Connection) -> AsyncIterator[Connection]:
    transaction = owned.transaction()
    await transaction.start()
    yield owned
    await transaction.rollback()
