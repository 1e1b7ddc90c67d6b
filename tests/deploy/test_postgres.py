"""What a house's own role may not do, and what survives a kill."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded import reach
from deploy.embedded.postgres import SUPERUSER, Postgres, find_binaries
from shared.database import Database
from tests.conftest import Clone, Cluster
from tests.eventually import eventually

REFUSED = {
    "create a table": "create table mine (id int)",
    "create a temporary table": "create temporary table mine (id int)",
    "create a schema": "create schema mine",
    "create a role": "create role mine",
    "create a function": "create function f() returns int language sql return 1",
    "drop a table": "drop table outbox",
    "change a table": "alter table outbox add column x int",
    "empty a table": "truncate outbox",
    "edit the list of migrations": "update migration set sha256 = ''",
    "become the owner": "set role consent_owner",
    "become the superuser": "set role postgres",
    "read password hashes": "select * from pg_authid",
    "read a file": "select pg_read_file('/etc/passwd')",
    "run a program": "copy (select 1) to program 'cat'",
    "write a file": "copy (select 1) to '/tmp/x'",
    "make a large object": "select lo_create(0)",
    "fill a large object": "select lo_from_bytea(0, 'x')",
    "change a setting for all": "alter system set fsync = off",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
async def test_a_house_may_not(statement: str, consent_db: Database) -> None:
    async with consent_db.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_a_house_may_not_end_the_superusers_session(consent_db: Database, cluster: Cluster) -> None:
    admin = await asyncpg.connect(cluster.admin_url)
    async with consent_db.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("select pg_terminate_backend($1)", admin.get_server_pid())
    await admin.close()


@pytest.mark.parametrize("role", ["consent", "sharing", "audit", "callout", "consent_owner"])
async def test_a_role_connects_to_no_other_database(role: str, cluster: Cluster) -> None:
    databases = {"template_consent", "template_sharing", "template_audit", "postgres", "template1"}
    own = {"consent": "consent", "consent_owner": "consent", "callout": "sharing", "sharing": "sharing", "audit": "audit"}[role]

    for name in databases - {f"template_{own}"}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(cluster.url(role, name))


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_without_the_right_password_nobody_comes_in(password: str, cluster: Cluster) -> None:
    with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.ConnectionDoesNotExistError)):
        await asyncpg.connect(cluster.postgres.url("consent", password, "template_consent"))


async def test_there_is_no_way_in_over_tcp(cluster: Cluster) -> None:
    admin = await asyncpg.connect(cluster.admin_url)
    assert await admin.fetchval("show listen_addresses") == ""
    assert await admin.fetchval("select count(*) from pg_hba_file_rules where auth_method not in ('scram-sha-256', 'reject')") == 0
    await admin.close()


async def test_the_log_holds_no_values_of_a_broken_constraint(cluster: Cluster, clone: Clone) -> None:
    async with clone("consent") as name:
        house = await asyncpg.connect(cluster.url("consent", name))
        await house.execute("insert into inbox values ('kanariefagel', gen_random_uuid(), '2026-01-01Z')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await house.execute("insert into inbox select source, message_id, handled_at from inbox where source = 'kanariefagel'")
        with pytest.raises(asyncpg.UniqueViolationError):
            await house.execute("insert into inbox select $1, message_id, handled_at from inbox", "kanariefagel")
        await house.close()

    log = (cluster.postgres.home / "postgresql.log").read_text()
    assert "duplicate key value" in log
    assert "kanariefagel" not in log


class Own:
    """A cluster of the test's own, with real durability, that may be killed."""

    def __init__(self, folder: Path) -> None:
        self.postgres = Postgres(folder)
        self.postgres.initialise("secret")
        self.url = self.postgres.url(SUPERUSER, "secret", "postgres")
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> "subprocess.Popen[bytes]":
        self.process = self.postgres.start(self.postgres.home / "log")
        await eventually(self.postgres.is_ready, within=20)
        return self.process

    async def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            await asyncio.to_thread(self.process.wait, 20)


@pytest.fixture
async def own(database_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Own]:
    folder = database_folder / f"own-{abs(hash(request.node.name)) % 10**6}"
    folder.mkdir(mode=0o711)
    made = Own(folder)
    yield made
    await made.stop()


@asynccontextmanager
async def _inserting(url: str) -> AsyncIterator[list[int]]:
    acknowledged: list[int] = []
    connection = await asyncpg.connect(url)

    async def insert() -> None:
        while True:
            await connection.execute("insert into written values ($1)", len(acknowledged))
            acknowledged.append(len(acknowledged))

    writing = asyncio.create_task(insert())
    yield acknowledged
    await asyncio.gather(writing, return_exceptions=True)


async def test_a_killed_postmaster_loses_no_acknowledged_row_and_starts_again_at_once(own: Own) -> None:
    process = await own.start()
    connection = await asyncpg.connect(own.url)
    await connection.execute("create table written (n int)")
    await connection.close()

    async with _inserting(own.url) as acknowledged:
        await eventually(lambda: len(acknowledged) > 200)
        process.kill()
        process.wait()
    await own.start()

    connection = await asyncpg.connect(own.url)
    found = {row["n"] for row in await connection.fetch("select n from written")}
    await connection.close()
    assert set(acknowledged) <= found


async def test_a_pid_file_whose_number_is_somebody_elses_now_does_not_stop_the_start(own: Own) -> None:
    process = await own.start()
    pid_file = own.postgres.data / "postmaster.pid"
    kept = pid_file.read_text()
    await own.stop()
    uid, gid = own.postgres.account or (None, None)
    other = subprocess.Popen(["/bin/sleep", "60"], cwd="/", user=uid, group=gid, extra_groups=None if uid is None else [])
    pid_file.write_text(kept.replace(str(process.pid), str(other.pid), 1))
    if uid is not None and gid is not None:
        os.chown(pid_file, uid, gid)
    try:
        await own.start()
    finally:
        other.kill()
        other.wait()


async def test_the_pid_file_of_a_running_postmaster_stays(own: Own) -> None:
    await own.start()

    own.postgres.clear_stale_pid()

    assert (own.postgres.data / "postmaster.pid").exists()


async def test_a_killed_initdb_leaves_nothing_half_made(database_folder: Path) -> None:
    folder = database_folder / "half"
    folder.mkdir(mode=0o711)
    (folder / "pg.tmp").mkdir()
    (folder / "pg.tmp" / "rest").touch()

    own = Own(folder)

    assert (own.postgres.data / "PG_VERSION").exists()
    assert sorted(path.name for path in folder.iterdir()) == ["pg", "run"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the database as another user")
class TestAsRoot:
    def test_a_closed_folder_on_the_way_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "closed").mkdir(mode=0o700)

        with pytest.raises(reach.Unreachable, match=r"closed|pytest"):
            Postgres(tmp_path / "closed" / "data")

    async def test_the_database_is_neither_root_nor_nobody(self, own: Own) -> None:
        await own.start()

        assert own.postgres.socket_folder.joinpath(".s.PGSQL.5432").stat().st_uid not in {0, reach.nobody().uid}

    def test_binaries_below_a_closed_folder_are_copied_to_where_the_database_can_read_them(self, database_folder: Path) -> None:
        closed = database_folder / "closed"
        closed.mkdir(mode=0o700)
        venv = reach.reachable_copy(find_binaries().parent, closed / "venv")
        home = database_folder / "copied"
        home.mkdir(mode=0o711)

        made = Postgres(home, binaries=venv / "bin")

        assert home in made.binaries.parents
        assert made.initialise("secret")
        assert closed.stat().st_mode & 0o777 == 0o700


def test_a_long_folder_gets_its_socket_elsewhere(database_folder: Path) -> None:
    folder = database_folder / ("x" * 90)
    folder.mkdir(mode=0o711)

    made = Postgres(folder)

    assert len(os.fsencode(made.socket_folder)) < 80
    assert made.socket_folder.stat().st_mode & 0o777 == 0o700
    made.socket_folder.rmdir()
