"""`samsyn dead-letters`: messages between the houses that one of them could not take, through each house's own interface."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import click

from deploy.asking import accepted, person_at

HOUSES = ("consent", "sharing", "audit")
PATH = "/v1/dead-letters"


def whose(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who asks, and where."""
    for option in (
        click.option("--url", help="Where the house is; by default the one that runs here."),
        click.option(
            "--token",
            type=click.File(encoding="ascii"),
            help="A file with your access token for the house; without it a persona logs in at the provider that runs here.",
        ),
        click.option("--as", "persona", default="Toni Berg", show_default=True, help="That persona."),
        click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder of what runs here."),
    ):
        command = option(command)
    return command


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that a house could not take: look at them, and take them again when the cause is gone. Each look is an entry."""


@dead_letters.command("list")
@click.option("--house", "houses", type=click.Choice(HOUSES), multiple=True, help="Only this one; may be repeated.")
@whose
def list_them(houses: tuple[str, ...], **way: Any) -> None:
    """One line each, newest first. With --token or --url: of one house."""
    for house in houses or HOUSES:
        for letter in asyncio.run(_call(house, "GET", PATH, **way))["dead_letters"]:
            again = f" replayed {letter['replayed_at']}" if letter["replayed_at"] else ""
            click.echo(f"{house} {letter['id']} {letter['died_at']} {letter['source']} {letter['name']} {letter['reason']}{again}")


@dead_letters.command("show")
@click.argument("house", type=click.Choice(HOUSES))
@click.argument("letter_id", type=click.UUID)
@whose
def show(house: str, letter_id: UUID, **way: Any) -> None:
    """The whole message, as JSON."""
    click.echo(json.dumps(asyncio.run(_call(house, "GET", f"{PATH}/{letter_id}", **way)), indent=2, ensure_ascii=False))


@dead_letters.command("replay")
@click.argument("house", type=click.Choice(HOUSES))
@click.argument("letter_id", type=click.UUID)
@whose
def replay(house: str, letter_id: UUID, **way: Any) -> None:
    """Take it as if it came now; it still happens at most once. Exit code 1 where the house still cannot."""
    letter = asyncio.run(_call(house, "POST", f"{PATH}/{letter_id}/replay", **way))
    click.echo(f"taken at {letter['replayed_at']}")


async def _call(house: str, method: str, path: str, *, url: str | None, token: TextIO | None, persona: str, data: Path | None) -> Any:
    async with person_at(house, url=url, token=token, persona=persona, data=data) as send:
        return accepted(await send(method, path))
