"""Tables that every house has (outbox, inbox, dead letters, idempotency, sessions), and the migrator.

Forward-only numbered SQL files, each in one transaction under an advisory lock (see docs/decisions). A file here ends by granting
its tables to the role `house`, of which each house's own role is a member; a house's own file grants to the role named `<house>`.
"""

import hashlib
from importlib.resources import files

import asyncpg

from shared.database import Connection

_LOCK = 0x5A4D5359  # any number, the same for all who migrate

_LEDGER = """
create table if not exists migration (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
);
grant select on migration to house;  -- readiness looks whether the schema is what the code expects
"""


async def migrate(url: str, *packages: str) -> list[str]:
    """Bring the schema up to the files of the given packages (`shared.migrations`, then the house's own); returns what was applied.

    Run as the owner of the schema. Raises RuntimeError when an applied file has been edited afterwards.
    """
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "4000"})
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(_LEDGER)
        known = {row["name"]: row["sha256"] for row in await connection.fetch("select name, sha256 from migration")}
        applied = []
        for package in packages:
            for file in sorted(f.name for f in files(package).iterdir() if f.name.endswith(".sql")):
                name = f"{package}/{file}"
                text = files(package).joinpath(file).read_text(encoding="utf-8")
                digest = hashlib.sha256(text.encode()).hexdigest()
                if name not in known:
                    await _apply(connection, name, digest, text)
                    applied.append(name)
                elif known[name] != digest:
                    raise RuntimeError(f"{name} has been edited after it was applied: write a new migration")
        return applied
    finally:
        await connection.close()


async def _apply(connection: Connection, name: str, digest: str, text: str) -> None:
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute("insert into migration (name, sha256) values ($1, $2)", name, digest)
