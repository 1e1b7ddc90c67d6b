"""What a house could not take, at every house of a suite: who runs it sees it and has it taken again; nobody else learns of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec
import pytest
from click.testing import CliRunner

from deploy import dead_letters
from deploy.demo.narrator import Narrator
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from shared.clock import utc_now
from shared.contracts.consent import PersonErased
from shared.contracts.sharing import OrganisationChanged
from shared.ids import new_id, opaque_id
from tests.deploy.test_signing_in import Somebody
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


async def ask(running: Running, *request: str) -> Any:
    """As the operator's technician, the way the command does it."""
    return await dead_letters.ask(running, *request, open_browser=Somebody("Toni Berg"))


async def test_the_operator_lists_shows_and_replays_at_every_house(running_suite: Running, dead: dict[str, UUID]) -> None:
    listed = (await ask(running_suite, "consent", "GET"))["dead_letters"]
    shown = await ask(running_suite, "audit", "GET", f"/{dead['audit']}")
    taken = {house: await ask(running_suite, house, "POST", f"/{dead[house]}/replay") for house in ("consent", "sharing", "audit")}
    with pytest.raises(click.ClickException, match="dead-letter-not-understood"):
        await ask(running_suite, "consent", "POST", f"/{dead['unreadable']}/replay")

    assert {str(dead["consent"]), str(dead["unreadable"])} <= {letter["id"] for letter in listed}
    assert msgspec.json.decode(shown["body"], type=OrganisationChanged) == KNOWN
    for house, letter in taken.items():
        async with superuser(running_suite, house) as connection:
            assert letter["replayed_at"]
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
    told = CliRunner().invoke(dead_letters.dead_letters, ["list", "consent", "--data", str(tmp_path)])

    assert told.exit_code == 2
    assert "nothing runs there" in told.output
