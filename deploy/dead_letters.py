"""`samsyn dead-letters`: messages between the houses that one of them could not take, through each house's own interface."""

import asyncio
import json
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from deploy.embedded.home import Home, Running, default_folder
from deploy.signing_in import place_of, signed_in

SCOPES = {"consent": "consent:ask", "sharing": "sharing:read", "audit": "audit:read"}
"""What somebody asks for at each house."""
PATH = "/v1/dead-letters"
HOUSE = click.argument("house", type=click.Choice(tuple(SCOPES)))
DATA = click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder; by default one for this checkout.")


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that a house could not take: look at them, and take them again when the cause is gone. Each look is an entry.

    Somebody of the operator's staff logs in by their own browser, at level of assurance 3.
    """


@dead_letters.command("list")
@HOUSE
@DATA
def list_them(house: str, data: Path | None) -> None:
    """One line each, newest first."""
    for letter in asyncio.run(ask(_running(data), house, "GET"))["dead_letters"]:
        again = f" replayed {letter['replayed_at']}" if letter["replayed_at"] else ""
        click.echo(f"{letter['id']} {letter['died_at']} {letter['source']} {letter['name']} {letter['reason']}{again}")


@dead_letters.command("show")
@HOUSE
@click.argument("letter_id", type=click.UUID)
@DATA
def show(house: str, letter_id: UUID, data: Path | None) -> None:
    """The whole message, as JSON."""
    click.echo(json.dumps(asyncio.run(ask(_running(data), house, "GET", f"/{letter_id}")), indent=2, ensure_ascii=False))


@dead_letters.command("replay")
@HOUSE
@click.argument("letter_id", type=click.UUID)
@DATA
def replay(house: str, letter_id: UUID, data: Path | None) -> None:
    """Take it as if it came now; it still happens at most once. Exit code 1 where the house still cannot."""
    letter = asyncio.run(ask(_running(data), house, "POST", f"/{letter_id}/replay"))
    click.echo(f"taken at {letter['replayed_at']}")


async def ask(running: Running, house: str, method: str, path: str = "", *, open_browser: Callable[[str], object] = webbrowser.open) -> Any:
    """One request of whoever logs in. Raises click.ClickException in the house's own words."""
    async with signed_in(place_of(running, house), (SCOPES[house],), open_browser=open_browser) as at:
        return await (at.get(PATH + path) if method == "GET" else at.post(PATH + path, {}))


def _running(data: Path | None) -> Running:
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.UsageError("nothing runs there: start it first with `./samsyn up`")
    return running
