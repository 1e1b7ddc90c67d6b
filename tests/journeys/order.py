"""In which order things were committed, read as superuser from the databases themselves: what I2 is judged by.

`pg_xact_commit_timestamp(xmin)` is the instant that PostgreSQL wrote down for the transaction which made this version of a row. It is
taken inside the commit, before the transaction gives its locks back. A release and a stop hold the lock of the same governing row, so
the one that comes second takes its instant after the first has taken its own: for these two the instants are in the order of the
commits, whatever the processes around them thought the time was. consent's own row about the barrier lies in another database of the
same server, so its instant is of the same clock.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import database_of
from tests.journeys.case import Case

RELEASES = """
select r.release_id, pg_xact_commit_timestamp(r.xmin) as committed
from release r join delivery using (delivery_id) join permit_item using (permit_id, item_id) join permit using (permit_id)
where permit_item.needs_consent and permit.case_id = $1 order by committed
"""
ALL = "select count(*) from release join delivery using (delivery_id) join permit using (permit_id) where permit.case_id = $1"
STOP = "select pg_xact_commit_timestamp(xmin) from consent_tombstone where consent_id = $1"
SAID = "select max(pg_xact_commit_timestamp(xmin)) from barrier where consent_id = $1 and stopped_at is not null"


@asynccontextmanager
async def superuser(running: Running, house: str) -> AsyncIterator[Any]:
    """A connection with every right to a house's database."""
    password = Keys(Home(running.home).secrets).passwords[SUPERUSER]
    connection = await asyncpg.connect(Postgres(running.home).url(SUPERUSER, password, database_of(house)))
    try:
        yield connection
    finally:
        await connection.close()


async def releases(running: Running, case: Case) -> list[datetime]:
    """When each release under the case's consent was committed."""
    async with superuser(running, "sharing") as sharing:
        return [row["committed"] for row in await sharing.fetch(RELEASES, UUID(case.stage.case_id))]


async def stopped_at(running: Running, case: Case) -> tuple[datetime | None, datetime | None]:
    """When sharing committed the stop, and when consent committed that it may be called stopped."""
    async with superuser(running, "sharing") as sharing, superuser(running, "consent") as consent:
        return await sharing.fetchval(STOP, case.consent_id), await consent.fetchval(SAID, case.consent_id)


async def assert_kept(running: Running, case: Case) -> int:
    """I2 for one stopped consent; how many releases there were before. What a recipient was given has also been committed."""
    released, (stopped, said) = await releases(running, case), await stopped_at(running, case)
    assert stopped is not None
    assert said is not None
    assert stopped < said
    assert [at for at in released if at >= stopped] == []
    async with superuser(running, "sharing") as sharing:
        assert await sharing.fetchval(ALL, UUID(case.stage.case_id)) >= len(case.released)
    return len(released)
