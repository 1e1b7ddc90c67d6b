"""`python -m services.audit.signer serve | rotate | freeze`; the last two while it runs, by whoever may open its store."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import click
import msgspec

from services.audit.domain.vault import KEY_SIZE
from services.audit.signer.office import Office
from services.audit.signer.process import serve as answer
from services.audit.signer.store import Store
from shared import logs, settings
from shared.clock import utc_now


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The signer's own; the house has none of them."""

    signing_key: Path
    """32 random bytes from which each log's signing key is derived; never where the database or its backup is."""
    signer_store: Path
    """The folder that holds what was signed last of each log. Back it up apart, and never put an old one back."""
    log_level: str = "INFO"


def _office(given: Settings) -> Office:
    seed = given.signing_key.read_bytes()
    if len(seed) != KEY_SIZE:
        raise click.ClickException("the signing key is 32 bytes")
    return Office(seed, Store(given.signer_store))


@click.group(help="Signs checkpoints for the audit house, and never two that contradict each other.")
def main() -> None:
    """The command line."""


@main.command()
@click.option("--fd", type=int, required=True, help="Descriptor of a listening Unix socket that our starter holds.")
def serve(fd: int) -> None:
    """Answer, until SIGTERM."""
    given = settings.read_struct(Settings, os.environ)
    logs.set_up("signer", given.log_level)
    asyncio.run(answer(_office(given), socket.socket(fileno=fd)))


@main.command()
@click.argument("origin")
def rotate(origin: str) -> None:
    """The next key for a log; the one before signs beside it for 30 days. Give its line to whoever verifies."""
    office = _office(settings.read_struct(Settings, os.environ))
    if not office.rotate(origin, now=utc_now()):
        raise click.ClickException("this log was never signed, or is frozen")
    for line in office.keys(origin):
        click.echo(line)


@main.command()
@click.argument("origin")
def freeze(origin: str) -> None:
    """After a theft of the key: nothing of this log is signed any more, whoever asks."""
    if not _office(settings.read_struct(Settings, os.environ)).freeze(origin, now=utc_now()):
        raise click.ClickException("this log was never signed, or is frozen already")
    click.echo(f"frozen: {origin}")


if __name__ == "__main__":
    sys.exit(main(prog_name="samsyn-signer"))
