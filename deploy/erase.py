"""`samsyn erase`: a person is erased from every house by two of the operator's staff, through consent's own interface."""

import asyncio
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from deploy.embedded.home import Home, Running, default_folder
from deploy.signing_in import SignedIn, place_of, signed_in

PATH = "/v1/erasures"
REASONS = ("request", "retention", "mistake")
PATIENCE = 60.0
"""Seconds that `confirm` and `watch` wait for every house; what is not done then goes on without them."""
LOOK_EVERY = 0.25
NOT_DONE = 3
HOUSES = 3

DATA = click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder of what runs here.")
NUMBER = click.option(
    "--number", prompt="Personal number, twelve digits", hide_input=True, help="Asked for when it is left out, and not shown."
)
Opener = Callable[[str], object]


@click.group("erase")
@click.pass_context
def erase(context: click.Context) -> None:
    """Erase a person: one decides, another confirms, and every house answers. Nobody can undo it.

    Who runs a command logs in with their own browser.
    """
    context.obj = context.obj or webbrowser.open


@erase.command("preview")
@NUMBER
@DATA
@click.pass_obj
def preview(opener: Opener, number: str, data: Path | None) -> None:
    """How much would be destroyed. Nothing changes."""
    found = _call(data, opener, lambda house: house.post("/v1/erasure-previews", {"number": number}))
    for house in ("consent", "sharing", "audit"):
        kinds = found[house]
        said = "does not answer now" if kinds is None else _kinds(kinds) or "nothing"
        click.echo(f"{house}: {said}")


@erase.command("decide")
@NUMBER
@click.option(
    "--reason", type=click.Choice(REASONS), required=True, help="The person asked for it, its time is over, or it should never have been."
)
@DATA
@click.pass_obj
def decide(opener: Opener, number: str, reason: str, data: Path | None) -> None:
    """The first one's word. Prints what the second one confirms."""
    shown = _call(data, opener, lambda house: house.post(PATH, {"number": number, "reason": reason}))
    click.echo(_line(shown))


@erase.command("confirm")
@click.argument("erasure", type=click.UUID)
@DATA
@click.pass_obj
def confirm(opener: Opener, erasure: object, data: Path | None) -> None:
    """The second one's word, of somebody else than the first; then watch. Exit code 3 when a house has not answered yet."""

    async def both(house: SignedIn) -> Any:
        shown = await house.post(f"{PATH}/{erasure}/confirmation", {})
        return shown if shown["confirmed_at"] is None else await _watch(house, str(erasure))

    _end(_call(data, opener, both))


@erase.command("watch")
@click.argument("erasure", type=click.UUID)
@DATA
@click.pass_obj
def watch(opener: Opener, erasure: object, data: Path | None) -> None:
    """Wait until every house has done it. Exit code 3 when one has not within a minute."""
    _end(_call(data, opener, lambda house: _watch(house, str(erasure))))


@erase.command("list")
@DATA
@click.pass_obj
def list_open(opener: Opener, data: Path | None) -> None:
    """What waits for a second person, or for a house."""
    for shown in _call(data, opener, lambda house: house.get(PATH))["erasures"]:
        click.echo(_line(shown))


async def _watch(house: SignedIn, erasure: str) -> Any:
    end = time.monotonic() + PATIENCE
    with click.progressbar(length=HOUSES, label="houses", file=sys.stderr) as bar:
        while True:
            shown = await house.get(f"{PATH}/{erasure}")
            bar.update(len(shown["houses"]) - bar.pos)
            if shown["state"] != "running" or time.monotonic() > end:
                return shown
            await asyncio.sleep(LOOK_EVERY)


def _call(data: Path | None, opener: Opener, act: Callable[[SignedIn], Any]) -> Any:
    async def acted() -> Any:
        async with signed_in(place_of(_up(data), "consent"), ("consent:ask",), open_browser=opener) as house:
            return await act(house)

    return asyncio.run(acted())


def _up(data: Path | None) -> Running:
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.UsageError("nothing runs here")
    return running


def _end(shown: dict[str, Any]) -> None:
    click.echo(_line(shown))
    sys.exit(0 if shown["state"] == "done" else NOT_DONE)


def _line(shown: dict[str, Any]) -> str:
    parts = [
        shown["erasure_id"],
        shown["state"],
        *(f"{one['house']} destroyed {_kinds(one['destroyed']) or 'nothing'}" for one in shown["houses"]),
    ]
    if shown["waiting_for"]:
        parts.append(f"waiting for {', '.join(shown['waiting_for'])}{' (overdue)' if shown['overdue'] else ''}")
    return "; ".join(parts)


def _kinds(kinds: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(kinds.items()) if number)
