"""Whether the books of all houses agree: nothing lost, nothing doubled. Read as superuser, when everything has arrived."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.parts import PROJECTS, python
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import HOUSES, database_of
from services.audit.domain.checkpoint import log_key
from tests.eventually import eventually
from tests.journeys.order import superuser

PRODUCERS = ("consent", "sharing")
OPEN = "select count(*) from outbox where organisation is null and done_at is null"
UNPUBLISHED = "select count(*) from outbox where organisation is null and published_at is null and done_at is null"
SENT = "select id, producer_sequence from outbox where log is not null order by producer_sequence"
LOGGED = """
select entry_id, convert_from(stored, 'UTF8')::jsonb ->> 'producer' as producer,
    (convert_from(stored, 'UTF8')::jsonb ->> 'producer_sequence')::bigint as sequence
from entry join log using (log_id)
where not log.organisation like '-%'
"""
TAKEN = "select sequence from producer where producer = $1"
LOGS = "select organisation || '/' || year as name from log join log_state using (log_id) order by name"
NAMED_BY_SHARING = """
select entry_id from release union all select entry_id from permit union all select distinct entry_id from decision_item
"""
TROUBLES = {
    "consent": ("dead_letter",),
    "sharing": ("dead_letter",),
    "audit": ("dead_letter", "held", "quarantine", "halt"),
}


class Books(msgspec.Struct):
    """What every house says of entries."""

    sent: dict[str, dict[UUID, int]]
    """By producer: each entry's place in its chain."""
    logged: list[tuple[UUID, str, int | None]]
    """Every entry of every organisation's log (the root log holds hashes): id, producer, place in the producer's chain."""


async def is_settled(running: Running) -> bool:
    """Whether every event of every house has all its receipts."""
    return not any([any(await _all(running, house, OPEN)) for house in HOUSES])


async def settled(running: Running, *, within: float = 30) -> None:
    """Wait until it is so."""
    await eventually(lambda: is_settled(running), within=within, every=0.2)


async def published(running: Running) -> None:
    """Wait until the bus has said of every event that it is stored."""

    async def nothing_waits() -> bool:
        return not any([any(await _all(running, house, UNPUBLISHED)) for house in HOUSES])

    await eventually(nothing_waits)


async def read(running: Running) -> Books:
    """All of it."""
    sent: dict[str, dict[UUID, int]] = {}
    for producer in PRODUCERS:
        async with superuser(running, producer) as connection:
            sent[producer] = {row["id"]: row["producer_sequence"] for row in await connection.fetch(SENT)}
    async with superuser(running, "audit") as audit:
        logged = [(row["entry_id"], row["producer"], row["sequence"]) for row in await audit.fetch(LOGGED)]
    return Books(sent=sent, logged=logged)


async def assert_whole(running: Running, *, within: float = 30) -> Books:
    """Every entry of every house is in the log exactly once, the chains have no gap, and nothing is held, dead or refused."""
    await settled(running, within=within)
    books = await read(running)
    assert [entry for entry, times in Counter(entry for entry, _, _ in books.logged).items() if times > 1] == []
    for producer in PRODUCERS:
        logged = {entry: place for entry, by, place in books.logged if by == producer}
        chain = sorted(place for place in logged.values() if place is not None)
        assert chain == list(range(1, len(logged) + 1))
        assert books.sent[producer].items() <= logged.items()
        # What the outbox has forgotten after an hour is older than what it still has
        first = min(books.sent[producer].values(), default=len(chain) + 1)
        assert {entry for entry, place in logged.items() if place is not None and place >= first} == set(books.sent[producer])
        assert await _all(running, producer, "select sequence from producer_chain") == [len(chain)]
        assert await _all(running, "audit", TAKEN, producer) == [len(chain)]
    assert set(await _all(running, "sharing", NAMED_BY_SHARING)) <= {entry for entry, _, _ in books.logged}
    for house, tables in TROUBLES.items():
        for table in tables:
            assert await _all(running, house, f"select true from {table} limit 1") == [], table  # noqa: S608  names of ours
    return books


async def assert_verifies(running: Running, folder: Path) -> list[str]:
    """Each log as an archive under the stand-alone verifier, which is given the logs' public keys; the names of the logs."""
    keys = Keys(Home(running.home).secrets)
    password, seed = keys.passwords[SUPERUSER], keys.secret_key("audit-signing").read_bytes()
    trust = folder / "keys.txt"
    origins = [str(origin) for origin in await _all(running, "audit", "select origin from log")]
    trust.write_text("".join(f"{log_key(seed, origin).verifier_key}\n" for origin in origins), encoding="utf-8")
    url = Postgres(running.home).url(SUPERUSER, password, database_of("audit"))
    names = [str(name) for name in await _all(running, "audit", LOGS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PROJECTS))}
    for name in names:
        archive = folder / f"{name.replace('/', '-')}.zip"
        command = python("services.audit", "export", "--database-url", url, "--log", name, "--out", str(archive))
        subprocess.run(command, check=True, capture_output=True, env=environment)
        verifier = [sys.executable, "-P", "-m", "samsyn_verify", "archive", str(archive), "--trust", str(trust), "--lang", "en"]
        done = subprocess.run(verifier, check=False, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stdout
    return names


async def _all(running: Running, house: str, query: str, *arguments: str) -> list[Any]:
    async with superuser(running, house) as connection:
        return [row[0] for row in await connection.fetch(query, *arguments)]
