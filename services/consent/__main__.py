"""`python -m services.consent serve | migrate | restored`."""

import asyncio
from dataclasses import replace

import click

from services.consent.app import HOUSE
from services.consent.settings import Settings
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


if __name__ == "__main__":
    run(replace(HOUSE, commands=(restored,)))
