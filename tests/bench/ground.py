"""One durable PostgreSQL of its own with one house's migrated database."""

import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.embedded import databases
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import ROLES
from shared.database import Database
from tests.eventually import eventually


class Served(Postgres):
    """With the memory that an operator's server has, as the figures to beat were measured: what runs on one machine has 4 MB."""

    def command(self) -> list[str]:
        """The same server, another amount of memory."""
        return [*super().command(), "--shared_buffers=512MB"]


def folder_for_all() -> Path:
    """One that another user can pass, for as root the database is another."""
    made = Path(tempfile.mkdtemp(prefix="samsyn-bench-"))
    made.chmod(0o711)
    return made


@asynccontextmanager
async def database_of(house: str, *, size: int) -> AsyncIterator[tuple[Database, str]]:
    """The house's own way to its database, and the superuser's URL for what a bench prepares; gone afterwards."""
    folder = folder_for_all()
    postgres = Served(folder)
    passwords = {role: role for role in (SUPERUSER, *ROLES)}
    postgres.initialise(SUPERUSER)
    process = postgres.start(folder / "postgresql.log")
    admin = postgres.url(SUPERUSER, SUPERUSER, "postgres")
    try:
        await eventually(postgres.is_ready, within=20)
        await databases.close_cluster(admin)
        await databases.make_roles(admin, passwords)
        await databases.make_database(admin, house, name="bench")
        own = postgres.url(SUPERUSER, SUPERUSER, "bench")
        await databases.close_database(own, house)
        await databases.migrate_house(postgres.url(f"{house}_owner", f"{house}_owner", "bench"), house)
        database = await Database.open(postgres.url(house, house, "bench"), size=size)
        yield database, own
        await database.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)
