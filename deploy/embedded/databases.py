"""Roles and databases: one owner and one role of its own for each house, and nothing for anybody else.

`<house>_owner` owns the database and migrates. `<house>` is what the running house logs in as: it has only what migrations grant.
Each `<house>` is a member of `house` (no login), so that shared/migrations can grant the tables that every house has without naming one.
A member gains nothing elsewhere by that, for it cannot connect to another house's database.
"""

from collections.abc import Mapping
from importlib.util import find_spec

import asyncpg

from deploy.embedded.roles import HOUSES, READERS, ROLES, database_of
from shared.database import Connection
from shared.migrations import migrate


async def make_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Create or correct the roles. Safe to repeat. Needs a superuser, or a role with CREATEROLE."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute("set log_min_error_statement = 'panic'")  # a failing statement would put a password into the log
        known = {row["rolname"] for row in await admin.fetch("select rolname from pg_roles")}
        if "house" not in known:
            await admin.execute("create role house nologin")
        for role in ROLES:
            verb = "alter" if role in known else "create"
            await admin.execute(f"{verb} role {role} login password {_quoted(passwords[role])}")
        for house in HOUSES:
            await admin.execute(f"grant house to {house}")
    finally:
        await admin.close()


async def make_database(admin_url: str, house: str, *, name: str | None = None, template: str = "template0") -> None:
    """Create a house's database unless it exists, and close it to everybody else. `name` and `template` are for clones in tests."""
    name = name or database_of(house)
    admin = await asyncpg.connect(admin_url)
    try:
        if not await admin.fetchval("select true from pg_database where datname = $1", name):
            # A copy of files, for the other way drags every page through the shared buffers, where it then stays
            await admin.execute(f"create database {name} owner {house}_owner template {template} strategy file_copy")
        await admin.execute(f"revoke all on database {name} from public")
        for role in (house, *READERS.get(house, ())):
            await admin.execute(f"grant connect on database {name} to {role}")
    finally:
        await admin.close()


async def close_database(url: str, house: str | None) -> None:
    """Take from PUBLIC what PostgreSQL gives everybody in the database of `url`: the schema public and large objects."""
    connection = await asyncpg.connect(url)
    try:
        await _close(connection)
        for role in (house, *READERS.get(house, ())) if house else ():
            await connection.execute(f"grant usage on schema public to {role}")
    finally:
        await connection.close()


async def _close(connection: Connection) -> None:
    await connection.execute("revoke all on schema public from public")
    functions = await connection.fetch(
        r"select oid::regprocedure::text as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace"
        r" and (proname like 'lo\_%' or proname in ('loread', 'lowrite'))"
    )
    for function in functions:
        await connection.execute(f"revoke execute on function {function['name']} from public")


async def close_cluster(admin_url: str) -> None:
    """No role of ours may connect to `postgres` or `template1`."""
    admin = await asyncpg.connect(admin_url)
    try:
        for name in ("postgres", "template1"):
            await admin.execute(f"revoke all on database {name} from public")
    finally:
        await admin.close()


async def migrate_house(owner_url: str, house: str) -> list[str]:
    """Bring one house's database up to date, as its owner; returns what was applied."""
    return await migrate(owner_url, *packages_of(house))


def packages_of(house: str) -> list[str]:
    """Where a house's migrations lie: the shared ones first."""
    own = f"services.{house}.storage.migrations"
    try:
        exists = find_spec(own) is not None
    except ModuleNotFoundError:
        exists = False
    return ["shared.migrations", own] if exists else ["shared.migrations"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
