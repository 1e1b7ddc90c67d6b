"""What a house could not take, at every house of a suite: who runs it sees it and has it taken again; nobody else learns of it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from deploy.demo.narrator import Narrator
from deploy.demo.stage import Stage
from deploy.embedded.home import CHECKOUT, Running
from shared.clock import utc_now
from shared.contracts.consent import PersonErased
from shared.contracts.sharing import OrganisationChanged
from shared.ids import new_id, opaque_id
from tests.journeys.order import superuser

DIE = "insert into dead_letter values ($1, $2, $3, $4, '{}', $5, 'handler-failed', $6, null)"
KNOWN = OrganisationChanged(organisation="o5ek", display_name="Ekdala", public=True, units=(), systems=(), revision=0)
"""Older than what everybody knows: taking it changes nothing."""
NOBODY = PersonErased(erasure_id=opaque_id(), subject_id=opaque_id(), principals=(), erased_at=utc_now())


@pytest.fixture(scope="module")
async def dead(running_suite: Running) -> AsyncIterator[dict[str, UUID]]:
    """One dead message at each house, and one that is no message at consent."""
    found: dict[str, UUID] = {}
    for house, source, event in (("consent", "sharing", KNOWN), ("audit", "sharing", KNOWN), ("sharing", "consent", NOBODY)):
        found[house] = await bury(running_suite, house, source, event.name, msgspec.json.encode(event))
    found["unreadable"] = await bury(running_suite, "consent", "sharing", KNOWN.name, b"{}")
    yield found
    for house in ("consent", "sharing", "audit"):
        async with superuser(running_suite, house) as connection:
            await connection.execute("delete from dead_letter where id = any($1)", list(found.values()))


async def bury(running: Running, house: str, source: str, name: str, body: bytes) -> UUID:
    letter_id = new_id()
    async with superuser(running, house) as connection:
        await connection.execute(DIE, letter_id, source, name, f"samsyn.{source}.{name}.v1", body, utc_now())
    return letter_id


def samsyn(running: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator types it."""
    command = [sys.executable, "-m", "deploy.command", "dead-letters", *arguments, "--data", str(running.home)]
    return subprocess.run(command, cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=False, timeout=60)


async def test_the_operator_lists_shows_and_replays_at_every_house(running_suite: Running, dead: dict[str, UUID]) -> None:
    listed = samsyn(running_suite, "list").stdout
    shown = samsyn(running_suite, "show", "audit", str(dead["audit"])).stdout
    replayed = {house: samsyn(running_suite, "replay", house, str(dead[house])) for house in ("consent", "sharing", "audit")}
    cannot = samsyn(running_suite, "replay", "consent", str(dead["unreadable"]))

    assert all(f"{letter_id}" in listed for letter_id in dead.values())
    assert msgspec.json.decode(msgspec.json.decode(shown)["body"], type=OrganisationChanged) == KNOWN
    assert {house: told.returncode for house, told in replayed.items()} == dict.fromkeys(replayed, 0), replayed
    assert (cannot.returncode, "cannot be replayed" in cannot.stderr or "spelas upp" in cannot.stderr) == (1, True)
    for house in replayed:
        async with superuser(running_suite, house) as connection:
            assert await connection.fetchval("select replayed_at is not null from dead_letter where id = $1", dead[house])


async def test_for_everybody_else_there_are_none_and_the_try_is_kept(running_suite: Running, dead: dict[str, UUID]) -> None:
    async with Stage(running_suite, Narrator(lambda _: None)) as stage:
        for house, who in (("sharing", "counsellor"), ("consent", "counsellor"), ("audit", "school-dpo")):
            browser = await stage.staff(who, house)
            for method, path in (("GET", ""), ("GET", f"/{dead[house]}"), ("POST", f"/{dead[house]}/replay")):
                answer = await browser.send(method, f"{stage.urls[house]}/v1/dead-letters{path}")
                assert answer.status_code == 404, (house, answer.text)
    async with superuser(running_suite, "sharing") as connection:
        tries = await connection.fetchval(
            "select count(*) from outbox where log = 'o1op' and convert_from(body, 'UTF8')::jsonb ->> 'object_id' = $1",
            str(dead["sharing"]),
        )
    assert tries >= 2


def test_the_command_says_what_it_lacks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy.command", "dead-letters", "list", "--data", str(tmp_path)]
    told = subprocess.run(command, cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=False, timeout=60)

    assert told.returncode == 2
    assert "--url" in told.stderr
