"""`samsyn witness`: the organisations of the synthetic world sign the root log; a real one runs `samsyn-connect witness` itself."""

import asyncio
import sys
from pathlib import Path

import click
from samsyn_connect.transport import Problem, Unreachable
from samsyn_connect.witness import NotWitnessed

from deploy.embedded.home import Home, default_folder
from deploy.embedded.witnesses import witness_all

CONTRADICTION, NO_ANSWER = 1, 2


@click.command("witness")
@click.option("--every", type=click.IntRange(min=1), help="Seconds between turns, until Ctrl-C; left out: one turn.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder; by default one for this checkout.")
def witness(every: int | None, data: Path | None) -> None:
    """Let every organisation here sign the newest size of audit's root log. Exit 1: the log contradicts what one of them signed."""
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.ClickException("nothing runs there: start it first with `./samsyn up`")

    async def turns() -> None:
        while True:
            for organisation, said in (await witness_all(running)).items():
                click.echo(f"{organisation}: " + ("nothing to sign" if said["signed"] is None else f"signed size {said['signed']}"))
            if every is None:
                return
            await asyncio.sleep(every)

    try:
        asyncio.run(turns())
    except NotWitnessed as refused:
        click.echo(f"not signed: {refused.code}; the log contradicts what was signed before: tell the data-protection officers", err=True)
        sys.exit(CONTRADICTION)
    except (Problem, Unreachable):
        click.echo("no answer: try again", err=True)
        sys.exit(NO_ANSWER)
    except KeyboardInterrupt:
        return
