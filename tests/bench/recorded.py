"""Recorded decisions beside a bare transaction that inserts the same rows, over as many connections, on one durable PostgreSQL."""

import asyncio
import itertools
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.embedded import databases
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import ROLES
from services.sharing.domain.limits import Limits
from services.sharing.domain.tables import load
from services.sharing.storage import CONFLICTS, limits
from shared.database import Connection, Database
from shared.ids import opaque_id
from tests.bench.measure import Line
from tests.eventually import eventually
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import SCHOOL, register_world

CONNECTIONS = 8
MANY = 10**9
"""No limit of acts: one person decides more here than any does in a life."""
ROUNDS = 5
ROUND_SECONDS = 1.0
TABLES = ("decision", "decision_item", "outbox")
OURS = frozenset({"decision_id", "item_id", "id", "entry_id"})
"""Ids that are new for each copy of the rows."""


async def measure() -> Line:
    """Decisions per second, learned outside and recorded in one transaction, and their ratio to the inserts alone."""
    async with _house() as house:
        case = await house.open()

        async def decide() -> None:
            await house.decide(case.case_id, ATTENDANCE)

        rows = await _rows_of(house, decide)

        async def bare() -> None:
            ids: dict[UUID, UUID] = {}
            async with house.database.transaction() as tx:
                for table, row in rows:
                    await _insert(tx, table, row, ids)

        pairs = [(await _rate(decide), await _rate(bare)) for _ in range(ROUNDS)]
    ratio = statistics.median(one / other for one, other in pairs)
    return Line("decisions recorded", statistics.median(one for one, _ in pairs), ratio, "the bare transaction", 0.35)


@asynccontextmanager
async def _house() -> AsyncIterator[House]:
    folder = _folder()
    postgres = Postgres(folder)
    passwords = {role: role for role in (SUPERUSER, *ROLES)}
    postgres.initialise(SUPERUSER)
    process = postgres.start(folder / "postgresql.log")
    admin = postgres.url(SUPERUSER, SUPERUSER, "postgres")
    try:
        await eventually(postgres.is_ready, within=20)
        await databases.close_cluster(admin)
        await databases.make_roles(admin, passwords)
        await databases.make_database(admin, "sharing", name="bench")
        await databases.close_database(postgres.url(SUPERUSER, SUPERUSER, "bench"), "sharing")
        await databases.migrate_house(postgres.url("sharing_owner", "sharing_owner", "bench"), "sharing")
        database = await Database.open(postgres.url("sharing", "sharing", "bench"), conflicts=CONFLICTS, size=CONNECTIONS)
        async with database.transaction() as tx:
            await register_world(tx)
            await limits.save(tx, Limits(organisation=SCHOOL, unit_children=MANY, person_children=MANY, unit_acts=MANY, person_acts=MANY))
        house = House(database, load())
        await house.lease()
        yield house
        await database.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    """One that another user can pass, for as root the database is another."""
    made = Path(tempfile.mkdtemp(prefix="samsyn-bench-"))
    made.chmod(0o711)
    return made


async def _rows_of(house: House, decide: Callable[[], Awaitable[None]]) -> list[tuple[str, Mapping[str, Any]]]:
    """What one decision leaves behind, table by table."""
    before = {table: await house.database.pool.fetchval(f"select count(*) from {table}") for table in TABLES}  # noqa: S608 -- our own names
    await decide()
    found: list[tuple[str, Mapping[str, Any]]] = []
    for table in TABLES:
        order = "position" if table == "outbox" else "ctid"
        rows = await house.database.pool.fetch(f"select * from {table} order by {order} offset $1", before[table])  # noqa: S608 -- our own names
        found += [(table, {name: value for name, value in row.items() if name != "position"}) for row in rows]
    return found


async def _insert(tx: Connection, table: str, row: Mapping[str, Any], ids: dict[UUID, UUID]) -> None:
    """One row with ids of its own, the same ids in every table."""
    values = [ids.setdefault(value, opaque_id()) if name in OURS else value for name, value in row.items()]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await tx.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *values)  # noqa: S608 -- our own names


async def _rate(work: Callable[[], Awaitable[None]]) -> float:
    start = time.perf_counter()
    done = itertools.count()

    async def again() -> None:
        while time.perf_counter() < start + ROUND_SECONDS:
            await work()
            next(done)

    await asyncio.gather(*(again() for _ in range(CONNECTIONS)))
    return next(done) / (time.perf_counter() - start)
