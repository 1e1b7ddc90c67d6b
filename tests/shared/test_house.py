"""A house as a process: on a socket that is held for it, without its bus and provider, and asked to end while it works."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
import msgspec
import pytest
from joserfc.jwk import ECKey

from shared.serve import listen, port_of
from tests.conftest import Clone, Cluster
from tests.eventually import eventually

NOBODY = "127.0.0.1:9"
MODULE = [sys.executable, "-m", "tests.shared.library"]


class Running(msgspec.Struct):
    """A process of the library, where it is, and its database."""

    process: asyncio.subprocess.Process
    url: str
    database_url: str

    async def lines(self) -> list[dict[str, object]]:
        """What it has written, after its end."""
        out, errors = await self.process.communicate()
        assert errors.decode() == ""
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    key = ECKey.generate_key("P-256", {"kid": "library"})
    (tmp_path / "key.json").write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    (tmp_path / "secret").write_bytes(bytes(32))
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "SAMSYN_NATS_URL": f"nats://{NOBODY}",
        "SAMSYN_ISSUER": f"http://{NOBODY}",
        "SAMSYN_AUDIENCE": "https://library.samsyn.example",
        "SAMSYN_PUBLIC_URL": "http://127.0.0.1",
        "SAMSYN_CLIENT_ID": "library",
        "SAMSYN_CLIENT_KEY": str(tmp_path / "key.json"),
        "SAMSYN_SECRET_KEY": str(tmp_path / "secret"),
        "SAMSYN_PRODUCTION": "false",
    }


@asynccontextmanager
async def started(cluster: Cluster, clone: Clone, environment: dict[str, str], *, migrated: bool = True) -> AsyncIterator[Running]:
    async with clone("consent") as name:
        owner = {"SAMSYN_OWNER_DATABASE_URL": cluster.url("consent_owner", name)}
        if migrated:
            migrate = await asyncio.create_subprocess_exec(*MODULE, "migrate", env=environment | owner, stdout=asyncio.subprocess.PIPE)
            out, _ = await migrate.communicate()
            assert out.decode().split() == ["tests.shared.library.storage.migrations/0001_loans.sql"]
        sock = listen()
        process = await asyncio.create_subprocess_exec(
            *MODULE,
            "serve",
            "--fd",
            str(sock.fileno()),
            env=environment | {"SAMSYN_DATABASE_URL": cluster.url("consent", name)},
            pass_fds=(sock.fileno(),),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield Running(process, f"http://127.0.0.1:{port_of(sock)}", cluster.url("consent", name))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            sock.close()


async def test_without_bus_and_provider_it_lives_and_says_what_is_missing(
    cluster: Cluster, clone: Clone, environment: dict[str, str]
) -> None:
    async with started(cluster, clone, environment) as running, httpx2.AsyncClient(base_url=running.url, trust_env=False) as client:
        live, ready = await client.get("/health/live", timeout=20), await client.get("/health/ready")
        running.process.send_signal(signal.SIGTERM)
        lines = await running.lines()

    assert live.json() == {"live": True}
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    checks = ready.json()["checks"]
    assert {name: checks[name] for name in ("database", "schema", "clock", "outbox", "bus", "issuer-keys")} == {
        "database": "ok",
        "schema": "ok",
        "clock": "ok",
        "outbox": "ok",
        "bus": "not-connected",
        "issuer-keys": "keys-missing",
    }
    assert running.process.returncode == 0
    events = [line["event"] for line in lines]
    assert (events[-1], events.count("house.started")) == ("house.stopping", 1), json.dumps(lines[-1])


async def test_a_request_under_way_is_answered_before_the_process_ends(cluster: Cluster, clone: Clone, environment: dict[str, str]) -> None:
    async with started(cluster, clone, environment) as running, httpx2.AsyncClient(base_url=running.url, trust_env=False) as client:
        await client.get("/health/live", timeout=20)
        holder = await asyncpg.connect(running.database_url)
        await holder.execute("select pg_advisory_lock(4711)")
        slow = asyncio.create_task(client.get("/v1/slow"))
        await eventually(lambda: _is_waiting(holder))
        running.process.send_signal(signal.SIGTERM)
        await eventually(lambda: _refuses(running.url))
        await holder.close()
        answer = await slow
        await running.process.wait()

    assert (answer.status_code, answer.json()) == (200, {"done": True})
    assert running.process.returncode == 0


async def _is_waiting(holder: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(await holder.fetchval("select exists (select from pg_locks where locktype = 'advisory' and not granted)"))


async def _refuses(url: str) -> bool:
    """A stopping server takes no new request; on the held socket it waits for the next process."""
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=0.3) as another:
            await another.get(f"{url}/health/live")
    except httpx2.TransportError:
        return True
    return False


async def test_a_database_that_is_not_migrated_is_not_ready(cluster: Cluster, clone: Clone, environment: dict[str, str]) -> None:
    async with (
        started(cluster, clone, environment, migrated=False) as running,
        httpx2.AsyncClient(base_url=running.url, trust_env=False) as client,
    ):
        ready = await client.get("/health/ready", timeout=20)

    assert ready.json()["checks"]["schema"] == "not-migrated"


async def test_a_database_that_is_away_ends_the_start_with_a_line_and_without_a_text(
    environment: dict[str, str],
) -> None:
    process = await asyncio.create_subprocess_exec(
        *MODULE,
        "serve",
        env=environment | {"SAMSYN_DATABASE_URL": f"postgresql://library:geheim@{NOBODY}/library"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()

    assert process.returncode == 1
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["house.failed"]
    assert b"geheim" not in out + errors


async def test_missing_settings_are_all_named() -> None:
    process = await asyncio.create_subprocess_exec(
        *MODULE, "serve", env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()

    assert process.returncode == 2
    assert {"SAMSYN_DATABASE_URL", "SAMSYN_ISSUER", "SAMSYN_AUDIENCE"} <= set(errors.decode().replace(",", "").split())
