"""Is this process alive, and is it ready: named checks, registered beside the thing that each looks at.

Not ready says what and why, in codes and without data, so that an operator can act and a stranger learns nothing of anybody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import asyncpg
import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation

from shared import sql
from shared.clock import machine_now
from shared.database import Database
from shared.errors import Unavailable

QUERIES = sql.load("shared", "health.sql")

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else a kebab-case code. An exception counts as `failed`."""

PATIENCE = 1.0
"""Seconds that one check may take."""
MAX_CLOCK_DIFFERENCE = timedelta(seconds=1)
MAX_OUTBOX_AGE = timedelta(seconds=30)
_NOT_READY = 503


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Each check's name with `ok` or what is wrong."""

    ready: bool
    """Whether requests should come here."""
    whole: bool
    """Whether every check is well; false while ready means that some requests are answered with 503, or events are late."""
    checks: dict[str, str]


class Health:
    """The checks of one process."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._forgiven: dict[str, bool] = {}

    def add(self, name: str, check: Check, *, only_at_start: bool = False) -> None:
        """Register a check. Raises ValueError when the name is taken.

        With `only_at_start`, once it has been well it is still shown but no longer makes the process unready: a house goes on
        answering what must never be stopped.
        """
        if name in self._checks:
            raise ValueError(f"a check named {name} exists")
        self._checks[name] = check
        if only_at_start:
            self._forgiven[name] = False

    async def look(self) -> Readiness:
        """Run all checks at the same time."""
        found = await asyncio.gather(*(_run(check) for check in self._checks.values()))
        seen = dict(zip(self._checks, found, strict=True))
        self._forgiven = {name: was or seen[name] is None for name, was in self._forgiven.items()}
        wrong = [name for name, code in seen.items() if code is not None]
        return Readiness(
            ready=all(self._forgiven.get(name, False) for name in wrong),
            whole=not wrong,
            checks={name: code or "ok" for name, code in seen.items()},
        )


async def _run(check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except TimeoutError:
        return "no-answer"
    except Unavailable as error:
        return error.code
    except Exception:  # noqa: BLE001  a check that breaks says so itself
        return "failed"


class HasConnection(Protocol):
    """What has a connection that comes and goes: the bus."""

    @property
    def is_connected(self) -> bool:
        """Whether it stands now."""
        ...


def database_answers(database: Database) -> Check:
    """The pool gives a connection that answers."""

    async def check() -> str | None:
        async with database.connection() as connection:
            await connection.fetchval(QUERIES["database_clock"])
        return None

    return check


def clock_agrees(database: Database) -> Check:
    """This machine's clock is within a second of its database's (DESIGN 11): validity and leases are judged by both."""

    async def check() -> str | None:
        async with database.connection() as connection:
            before = machine_now()
            there: datetime = await connection.fetchval(QUERIES["database_clock"])
            after = machine_now()
        return None if before - MAX_CLOCK_DIFFERENCE <= there <= after + MAX_CLOCK_DIFFERENCE else "clock-differs"

    return check


def outbox_leaves(database: Database, clock: Callable[[], datetime]) -> Check:
    """The oldest message that was never published is not old: the relay works."""

    async def check() -> str | None:
        async with database.connection() as connection:
            oldest: datetime | None = await connection.fetchval(QUERIES["oldest_unpublished"])
        return None if oldest is None or clock() - oldest <= MAX_OUTBOX_AGE else "outbox-waits"

    return check


def schema_is(database: Database, newest: str) -> Check:
    """The database has been migrated to what this code expects."""

    async def check() -> str | None:
        try:
            async with database.connection() as connection:
                known = await connection.fetchval(QUERIES["migration_applied"], newest)
        except asyncpg.UndefinedTableError:
            return "not-migrated"
        return None if known else "not-migrated"

    return check


def connected(thing: HasConnection) -> Check:
    """The connection stands."""

    async def check() -> str | None:
        return None if thing.is_connected else "not-connected"

    return check


def routes() -> list[HTTPRouteHandler]:
    """`/health/live` and `/health/ready`, for whoever starts and stops us."""
    return [live, ready]


@get("/health/live", opt={"public": True, "quiet": True}, include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, bool]:
    """The process answers."""
    return {"live": True}


@get("/health/ready", opt={"public": True, "quiet": True}, include_in_schema=False)
async def ready(health: NamedDependency[SkipValidation[Health]]) -> Response[Readiness]:
    """200 when everything is ready, else 503; the body says what is not."""
    seen = await health.look()
    return Response(seen, status_code=200 if seen.ready else _NOT_READY)
