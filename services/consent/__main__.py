"""`python -m services.consent serve | migrate | restored | check-chain`."""

import asyncio
from dataclasses import replace

import click

from services.consent.app import HOUSE
from services.consent.settings import Settings
from services.consent.usecases.anchor_feed import ChainChecked, check_chain
from services.consent.usecases.begin_epoch import begin_epoch
from services.consent.usecases.erase_person import erase_again
from shared import settings
from shared.clock import utc_now
from shared.database import Database
from shared.errors import AppError
from shared.house import run


@click.command("restored")
@click.option(
    "--above", type=click.IntRange(min=0), default=0, help="The epoch that sharing knows: the new one is greater, whatever the clock says."
)
def restored(above: int) -> None:
    """Say that this database was restored, before the house serves again. The way: deploy/runbooks/restore.md."""
    given = settings.read(Settings)

    async def once() -> tuple[int, int]:
        database = await Database.open(given.database_url.reveal(), size=1)
        try:
            async with database.transaction() as tx:
                now = utc_now()
                epoch = await begin_epoch(tx, operator=given.operator, above=above, now=now)
                return epoch, await erase_again(tx, now=now)
        finally:
            await database.close()

    try:
        epoch, erased = asyncio.run(once())
        click.echo(f"epoch {epoch}: sharing asks for every row again; erased once more: {erased}")
    except AppError as error:
        raise click.ClickException(error.code) from error


@click.command("check-chain")
@click.option(
    "--told", multiple=True, metavar="POSITION:HEAD", help="What an entry `feed.anchored` of the operator's log says; any number of them."
)
def chain_command(told: tuple[str, ...]) -> None:
    """Follow the chain of every row's revisions from the first link, and compare it with what the audit log was told."""
    given = settings.read(Settings)
    pairs = [one.partition(":") for one in told]
    if not all(position.isdecimal() and head for position, _, head in pairs):
        raise click.UsageError("POSITION:HEAD")

    async def once() -> ChainChecked:
        database = await Database.open(given.database_url.reveal(), size=1)
        try:
            async with database.transaction() as tx:
                return await check_chain(tx, {int(position): head for position, _, head in pairs})
        finally:
            await database.close()

    found = asyncio.run(once())
    if found.broken_at is not None:
        raise click.ClickException(f"the chain is broken at position {found.broken_at}")
    click.echo(f"every link holds to position {found.position or 0}, {found.head or 'no change yet'}")


if __name__ == "__main__":
    run(replace(HOUSE, commands=(restored, chain_command)))
