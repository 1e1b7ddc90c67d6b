"""One PostgreSQL per house: the pool, the transaction that an edge opens, and constraint names turned into conflicts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from shared.errors import Conflict, Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.Connection

OUT_OF_REACH = (
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,  # half of the calls broken by a killed server end so
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
    TimeoutError,
)
"""What a lost or starting PostgreSQL looks like from a client."""

BUSY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)

_LIMITS = {
    "statement_timeout": "5000",
    "lock_timeout": "4000",
    # A process that stops between two statements must not hold a governing row for ever: the server ends its session, nothing is
    # released, and the withdrawal that waits goes on.
    "idle_in_transaction_session_timeout": "10000",
}
"""Milliseconds."""


class Database:
    """A pool with the house's own role. Lives from `open` to `close`; every write goes through `transaction`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", conflicts: Mapping[str, str]) -> None:
        self.pool = pool
        self.committed = asyncio.Event()
        """Set after each commit of this process: the relay's sign to look. (NOTIFY in the transaction would put commits in a queue.)"""
        self._conflicts = conflicts

    @classmethod
    async def open(cls, url: str, *, conflicts: Mapping[str, str] | None = None, size: int = 10) -> "Database":
        """Connect. `conflicts` maps names of constraints to problem codes, for example `consent_governs_row`."""
        pool = await asyncpg.create_pool(url, min_size=1, max_size=size, init=prepare_connection, server_settings=_LIMITS)
        return cls(pool, conflicts or {})

    async def close(self) -> None:
        """Give the connections back; waits for those in use."""
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction. When the block ends without an exception everything in it is durable.

        Raises Conflict for a named constraint, Unavailable when PostgreSQL is out of reach or busy.
        """
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                yield connection
            self.committed.set()
        except asyncpg.IntegrityConstraintViolationError as error:
            code = self._conflicts.get(error.constraint_name or "")
            if code is None:
                raise
            raise Conflict(code) from error
        except (*OUT_OF_REACH, *BUSY) as error:
            raise Unavailable from error

    async def end_session(self, connection: Connection) -> None:
        """End a session that was taken from the pool: the only sure way to give up its locks, whatever state it is in."""
        with contextlib.suppress(asyncpg.InterfaceError):  # PostgreSQL ended it, and the pool has taken it back by itself
            connection.terminate()
        await self.pool.release(connection)  # type: ignore[arg-type]  # it came from this pool; does nothing a second time

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection without a transaction, for reads of a single statement that record nothing."""
        try:
            async with self.pool.acquire() as connection:
                yield connection
        except (*OUT_OF_REACH, *BUSY) as error:
            raise Unavailable from error


async def prepare_connection(connection: Connection) -> None:
    """What each connection of ours knows: `jsonb` columns are msgspec-encoded values."""
    await connection.set_type_codec("jsonb", encoder=_encode, decoder=msgspec.json.decode, schema="pg_catalog", format="text")


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()
