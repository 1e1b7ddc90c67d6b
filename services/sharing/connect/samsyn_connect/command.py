"""The `samsyn-connect` command: ask, send, read the inbox, fetch, and run the desk."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import httpx2
import msgspec

from samsyn_connect.binding import NotSealedForUs
from samsyn_connect.check_texts import read_labelled, score, table
from samsyn_connect.client import Connection, Written
from samsyn_connect.clock import new_request_id, utc_now
from samsyn_connect.config import Config, KeyStore
from samsyn_connect.folder import Folder, Poller
from samsyn_connect.http import LONGEST_WAIT, HttpTransport
from samsyn_connect.tokens import TokenSource
from samsyn_connect.transport import Problem, Unreachable
from samsyn_connect.witness import NotWitnessed
from samsyn_connect.witnessing import witness_once

T = TypeVar("T")
CONFIG = click.option(
    "--config", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The kit's TOML."
)
SCOPES = ("sharing:send", "sharing:fetch")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """An organisation's way to Samsyn. Answers are JSON; what is opened is in the clear, so mind where it goes."""


@main.command()
@click.argument("unit")
@CONFIG
def keys(path: Path, unit: str) -> None:
    """The key of a unit that both registrars vouch for."""

    async def ask(connection: Connection, _transport: HttpTransport) -> Any:
        organisation, key = await connection.unit_key(unit, now=utc_now())
        return {"unit": unit, "organisation": organisation, "key": key.as_dict(private=False)}

    _tell(path, ask)


@main.command()
@click.argument("permit_id", type=click.UUID)
@click.argument("items", type=click.File("rb"))
@click.option("--request-id", default=None, help="The same again repeats the post. Sealed anew it is other bytes: only within one run.")
@CONFIG
def send(path: Path, permit_id: UUID, items: Any, request_id: str | None) -> None:
    """Seal and send ITEMS: JSON list of {bound, author, child, content}; `-` reads standard input."""
    written = msgspec.json.decode(items.read(), type=list[Written])

    async def ask(connection: Connection, _transport: HttpTransport) -> Any:
        return await connection.send(permit_id, written, now=utc_now(), request_id=request_id or new_request_id())

    _tell(path, ask)


@main.command()
@click.option("--after", default=0, help="Wait for a notice beyond this position.")
@click.option("--wait", default=0, help="Seconds to wait, at most 25.")
@CONFIG
def inbox(path: Path, after: int, wait: int) -> None:
    """The notices that are not confirmed."""

    async def ask(_connection: Connection, transport: HttpTransport) -> Any:
        return await transport.inbox(after=after, wait=wait)

    _tell(path, ask)


@main.command()
@click.argument("delivery_id", type=click.UUID)
@CONFIG
def fetch(path: Path, delivery_id: UUID) -> None:
    """Have an item released and open it. The fetch is the release: it is logged."""

    async def ask(connection: Connection, _transport: HttpTransport) -> Any:
        released = await connection.fetch(delivery_id, request_id=new_request_id())
        return {"item": await connection.open(released, now=utc_now()), "filing_note": released.filing_note}

    _tell(path, ask)


@main.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where your system looks for files.")
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C; without, once. No answer ends it: let what runs it start it again.")
@CONFIG
def poll(path: Path, folder: Path, *, follow: bool) -> None:
    """Take everything that waits into a folder, one file an item, and say that you have it. Each is released, which is logged."""

    async def ask(connection: Connection, transport: HttpTransport) -> list[str]:
        poller = Poller(transport, connection, Folder(folder))
        done = await poller.run_once(utc_now())
        while follow:
            for line in await poller.run_once(utc_now(), wait=LONGEST_WAIT):
                click.echo(line)
        return done

    _tell(path, ask)


@main.command()
@click.argument("delivery_id", type=click.UUID)
@click.argument("state", type=click.Choice(["opened", "duty-done", "deleted", "kept"]))
@click.option("--paragraph", default=None, help="With `kept`: the paragraph that demands it.")
@CONFIG
def receipt(path: Path, delivery_id: UUID, state: str, paragraph: str | None) -> None:
    """Say, signed, what your own system has done with a delivery: after a stop, `deleted` or `kept`."""

    async def ask(connection: Connection, _transport: HttpTransport) -> Any:
        return await connection.give_receipt(delivery_id, state, paragraph=paragraph, now=utc_now(), request_id=new_request_id())

    _tell(path, ask)


@main.command()
@CONFIG
def witness(path: Path) -> None:
    """Sign the newest size of Samsyn's root log, once: run it every few minutes. Exit 1 means that the log contradicts what you signed."""
    config = Config.load(path)
    if config.witness is None:
        raise click.UsageError("the configuration has no [witness]")
    try:
        said = asyncio.run(witness_once(config, config.witness))
    except NotWitnessed as refused:
        click.echo(f"not signed: {refused.code}; keep {config.witness.state} and tell your data-protection officer", err=True)
        sys.exit(1)
    except (Problem, Unreachable):
        click.echo("no answer: try again", err=True)
        sys.exit(2)
    click.echo(msgspec.json.encode(said).decode())


@main.command("check-texts")
@click.argument("texts", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_texts(texts: Path) -> None:
    """How much the identity check finds in TEXTS (labelled, JSON by line): recall and precision by kind. Prints no text."""
    try:
        click.echo(table(score(read_labelled(texts))))
    except ValueError as fault:  # msgspec's are ValueErrors too
        raise click.ClickException("not a file of labelled texts") from fault


@main.command()
@click.option("--port", type=int, required=True, help="On loopback; what browsers see is `public_url` of the configuration.")
@CONFIG
def desk(path: Path, port: int) -> None:
    """Run the desk until Ctrl-C."""
    from samsyn_connect.desk.app import serve  # late: the other commands need no web server

    serve(Config.load(path), port)


def _tell(path: Path, ask: Callable[[Connection, HttpTransport], Awaitable[T]]) -> None:
    """Print the answer, or say why there is none: exit 1 for a no, 2 for no answer."""
    try:
        click.echo(msgspec.json.format(msgspec.json.encode(asyncio.run(_asked(path, ask)))).decode())
    except Problem as problem:
        click.echo(msgspec.json.format(msgspec.json.encode(problem.document)).decode(), err=True)
        sys.exit(1)
    except (NotSealedForUs, ValueError) as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
    except Unreachable:
        click.echo("no answer: try again", err=True)
        sys.exit(2)


async def _asked(path: Path, ask: Callable[[Connection, HttpTransport], Awaitable[T]]) -> T:
    config = Config.load(path)
    keys_of = KeyStore(config)
    async with httpx2.AsyncClient(trust_env=False) as http:
        tokens = TokenSource(config.issuer, config.client_id, keys_of.client, resource=config.sharing_audience, scopes=SCOPES, http=http)
        transport = HttpTransport(config.sharing_url, tokens, http, utc_now)
        return await ask(Connection(transport, keys_of), transport)


if __name__ == "__main__":
    main(prog_name="samsyn-connect")
