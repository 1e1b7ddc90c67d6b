"""Ready or not, and why, in codes."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from shared import health as checks
from shared.clock import utc_now
from shared.database import Database
from shared.errors import Unavailable
from shared.health import Health


async def well() -> str | None:
    return None


async def ill() -> str | None:
    return "clock-differs"


async def breaks() -> str | None:
    raise RuntimeError("Kanarie")


async def away() -> str | None:
    raise Unavailable("bus-unavailable")


async def sleeps() -> str | None:
    await asyncio.Event().wait()
    return None


async def test_what_is_not_ready_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PATIENCE", 0.05)
    found = Health()
    for check in (well, ill, breaks, away, sleeps):
        found.add(check.__name__, check)

    seen = await found.look()

    assert not seen.ready
    assert seen.checks == {"well": "ok", "ill": "clock-differs", "breaks": "failed", "away": "bus-unavailable", "sleeps": "no-answer"}


async def test_what_is_needed_at_the_start_only_shows_later_without_stopping_the_house() -> None:
    state: list[str | None] = ["not-connected"]

    async def bus() -> str | None:
        return state[0]

    found = Health()
    found.add("bus", bus, only_at_start=True)

    seen = []
    for code in ("not-connected", None, "not-connected"):
        state[0] = code
        look = await found.look()
        seen.append((look.ready, look.whole, look.checks["bus"]))
    assert seen == [(False, False, "not-connected"), (True, True, "ok"), (True, False, "not-connected")]


async def test_a_name_is_given_once() -> None:
    found = Health()
    found.add("bus", well)

    with pytest.raises(ValueError, match="bus"):
        found.add("bus", well)


async def test_the_route_answers_503_until_all_is_well(client: httpx2.AsyncClient, health: Health) -> None:
    state: list[str | None] = ["not-connected"]

    async def bus() -> str | None:
        return state[0]

    health.add("bus", bus)
    before = await client.get("/health/ready", headers={"Authorization": ""})
    state[0] = None
    after = await client.get("/health/ready")

    assert (before.status_code, before.json()["checks"]["bus"]) == (503, "not-connected")
    assert (after.status_code, after.json()) == (200, {"ready": True, "whole": True, "checks": {"bus": "ok"}})
    assert (await client.get("/health/live")).json() == {"live": True}


async def test_the_checks_of_a_real_database(library_db: Database) -> None:
    newest = "tests.shared.library.storage.migrations/0001_loans.sql"

    assert await checks.database_answers(library_db)() is None
    assert await checks.clock_agrees(library_db)() is None
    assert await checks.schema_is(library_db, newest)() is None
    assert await checks.schema_is(library_db, "services.library/0002_more.sql")() == "not-migrated"
    assert await checks.outbox_leaves(library_db, utc_now)() is None


async def test_a_clock_more_than_a_second_off_is_not_ready(library_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for off in (timedelta(seconds=2), timedelta(seconds=-2)):
        monkeypatch.setattr(checks, "machine_now", lambda off=off: utc_now() + off)
        assert await checks.clock_agrees(library_db)() == "clock-differs"


async def test_an_event_that_does_not_leave_is_seen(library_db: Database) -> None:
    look = checks.outbox_leaves(library_db, lambda: utc_now() + timedelta(seconds=31))
    async with library_db.transaction() as tx:
        await tx.execute(
            "insert into outbox (id, name, body, receivers, created_at) values (gen_random_uuid(), 'stopped', '', '{}', $1)", utc_now()
        )

    waits = await look()
    async with library_db.transaction() as tx:
        await tx.execute("delete from outbox")

    assert (waits, await look()) == ("outbox-waits", None)
