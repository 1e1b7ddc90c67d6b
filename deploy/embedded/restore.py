"""A house's database into a dump and back, and a house's own commands beside what runs. The way: `deploy/runbooks/restore.md`."""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import asyncpg

from deploy.embedded import databases
from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.parts import Plan, python
from deploy.embedded.postgres import ENVIRONMENT, SUPERUSER, Postgres
from deploy.embedded.roles import database_of
from deploy.embedded.supervisor import StartFailed
from shared.clock import utc_now
from shared.database import Connection

KEYSTORE = "keystore"
"""The schema with the keys of persons, at consent and audit: in no dump of the data, for erased keys must not come back with one."""


async def dump(running: Running, house: str, file: Path, *, keys: bool = False) -> None:
    """Write a house's database into a file that only its owner can read, while everything runs; or only its keys of persons.

    Raises StartFailed, also for the keys of a house that has none.
    """
    plan = _plan_of(running)
    await asyncio.to_thread(file.touch, mode=0o600, exist_ok=False)
    part = ("-n" if keys else "-N", KEYSTORE) if keys or house != "sharing" else ()
    await _with_tool(plan, "pg_dump", "-Fc", *part, "-f", str(file), "-d", database_of(house))


async def put_back(plan: Plan, house: str, file: Path, keys: Path | None = None) -> str:
    """Read a dump (`pg_dump -Fc`) into a database beside the house's, and only then let it take its place.

    The keys of persons are taken over from the database that stands there, so that who has been erased since stays erased; where it
    is lost, from `keys`. Nothing of the house may run. Returns the name under which the one before is kept: it may know what the
    dump does not.
    Raises StartFailed, and then the house's database is as it was.
    """
    name = database_of(house)
    fresh, kept = f"{name}_restoring", f"{name}_until_{int(time.time())}"
    await _execute(plan, f"drop database if exists {fresh}")
    await databases.make_database(plan.admin_url, house, name=fresh)
    await _with_tool(plan, "pg_restore", "--exit-on-error", "-d", fresh, str(file))
    if keys is not None:
        await _with_tool(plan, "pg_restore", "--exit-on-error", "-d", fresh, str(keys))
    elif await _has_keys(plan, name):
        with tempfile.TemporaryDirectory(dir=plan.home.folder) as folder:
            taken = Path(folder, "keys.dump")
            await _with_tool(plan, "pg_dump", "-Fc", "-n", KEYSTORE, "-f", str(taken), "-d", name)
            await _with_tool(plan, "pg_restore", "--exit-on-error", "-d", fresh, str(taken))
    await databases.make_database(plan.admin_url, house)  # so that there is one to keep
    await _execute(plan, f"alter database {name} rename to {kept}")
    await _execute(plan, f"alter database {fresh} rename to {name}")
    await _execute(plan, f"revoke connect on database {kept} from {house}")
    return kept


async def epoch_known_to_sharing(plan: Plan) -> int:
    """The newest life of consent's database that sharing has heard of."""
    connection = await asyncpg.connect(plan.url(SUPERUSER, database_of("sharing")))
    try:
        epoch: int = await connection.fetchval("select epoch from consent_epoch")
    finally:
        await connection.close()
    return epoch


async def continue_chain(plan: Plan, house: str) -> None:
    """Let the house number its next entry where audit stands, and not anew what audit has already: else audit finds a fork.

    Everything numbered in the older copy is in audit's log too, unless the copy is not older: then nothing changes.
    """
    audit = await asyncpg.connect(plan.url(SUPERUSER, database_of("audit")))
    own = await asyncpg.connect(plan.url(SUPERUSER, database_of(house)))
    try:
        place = await audit.fetchrow("select sequence, hash from producer where producer = $1", house)
        if place is None:
            return
        waiting = await own.fetch("select id from outbox where log is not null and done_at is null and producer_sequence is null")
        there = await audit.fetch(
            "select entry_id as id from entry where entry_id = any($1::uuid[])"
            " union select message_id from quarantine where producer = $2 and message_id = any($1::uuid[])",
            [row["id"] for row in waiting],
            house,
        )
        async with own.transaction():
            await own.execute("update outbox set done_at = $2 where id = any($1::uuid[])", [row["id"] for row in there], utc_now())
            await own.execute(
                "insert into producer_chain (sequence, hash) values ($1, $2) on conflict (one) do update"
                " set sequence = excluded.sequence, hash = excluded.hash where producer_chain.sequence < excluded.sequence",
                place["sequence"],
                place["hash"],
            )
    finally:
        await own.close()
        await audit.close()


async def send_again(plan: Plan) -> list[str]:
    """Let consent and sharing send again what audit's older copy does not have, and audit expect what they still have.

    An outbox forgets an entry an hour after its receipt. What nobody has any more is answered as `<house>:<first>-<last>`.
    """
    audit, lost = await asyncpg.connect(plan.url(SUPERUSER, database_of("audit"))), []
    try:
        for house in ("consent", "sharing"):
            own = await asyncpg.connect(plan.url(SUPERUSER, database_of(house)))
            try:
                lost += await _send_again(own, audit, house)
            finally:
                await own.close()
    finally:
        await audit.close()
    return lost


async def _send_again(own: Connection, audit: Connection, house: str) -> list[str]:
    chain = await own.fetchrow("select sequence, hash from producer_chain")
    known = await audit.fetchval("select sequence from producer where producer = $1", house) or 0
    if chain is None or chain["sequence"] <= known:
        return []
    # In one piece up to the newest: an entry before a hole would fork the chain
    held = await own.fetch(
        "select producer_sequence, previous_hash from outbox where log is not null and producer_sequence > $1"
        " order by producer_sequence desc",
        known,
    )
    first, link = chain["sequence"] + 1, chain["hash"]
    for row in held:
        if row["producer_sequence"] != first - 1:
            break
        first, link = row["producer_sequence"], row["previous_hash"]
    await own.execute(
        "update outbox set done_at = null, published_at = null, received = array_remove(received, 'audit')"
        " where log is not null and producer_sequence >= $1",
        first,
    )
    if first == known + 1:
        return []
    await audit.execute(
        "insert into producer (producer, sequence, hash) values ($1, $2, $3) on conflict (producer) do update"
        " set sequence = excluded.sequence, hash = excluded.hash",
        *(house, first - 1, link),
    )
    return [f"{house}:{known + 1}-{first - 1}"]


def become(running: Running, house: str, arguments: Sequence[str]) -> NoReturn:
    """This process is the house's command from here on, with the settings that the running house has."""
    plan = _plan_of(running)
    command = python(f"services.{house}", *arguments)
    os.execve(command[0], command, plan.environment(**plan.house_settings(house)))  # noqa: S606  our own module, no shell


def _plan_of(running: Running) -> Plan:
    home = Home(running.home)
    return Plan(home, Keys(home.secrets), Postgres(home.folder), {}, home.read("ports.json"))


async def _with_tool(plan: Plan, tool: str, *arguments: str) -> None:
    """One of PostgreSQL's own tools. The password goes by the environment: arguments are seen by everybody on the machine."""
    working = await asyncio.create_subprocess_exec(
        str(plan.database.binaries / tool),
        *("-h", str(plan.database.socket_folder), "-U", SUPERUSER),
        *arguments,
        env={**ENVIRONMENT, "PGPASSWORD": plan.keys.passwords[SUPERUSER]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await working.communicate()
    if working.returncode:
        raise StartFailed(f"{tool} ended with {working.returncode}: {said.decode(errors='replace').strip()}")


async def _has_keys(plan: Plan, database: str) -> bool:
    """Whether there is such a database with keys of persons in it."""
    admin = await asyncpg.connect(plan.admin_url)
    try:
        if not await admin.fetchval("select exists (select from pg_database where datname = $1)", database):
            return False
    finally:
        await admin.close()
    connection = await asyncpg.connect(plan.url(SUPERUSER, database))
    try:
        return await connection.fetchval("select to_regnamespace($1) is not null", KEYSTORE) is True
    finally:
        await connection.close()


async def _execute(plan: Plan, command: str) -> None:
    admin = await asyncpg.connect(plan.admin_url)
    try:
        await admin.execute(command)
    finally:
        await admin.close()
