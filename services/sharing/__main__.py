"""`python -m services.sharing serve | migrate | register | switch`."""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import click
import msgspec

from services.sharing.app import HOUSE
from services.sharing.domain.countersigning import read_trust
from services.sharing.domain.outcomes import Denied
from services.sharing.settings import Settings
from services.sharing.storage import CONFLICTS
from services.sharing.usecases.load_world import World, load_world, operator_caller
from services.sharing.usecases.throw_switch import SwitchKind, ThrowSwitch, throw_switch
from shared import settings
from shared.clock import utc_now
from shared.database import Connection, Database
from shared.errors import AppError
from shared.house import run


@click.command("register")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def register(file: Path) -> None:
    """Bring the register to what FILE (JSON or TOML) says. May be repeated."""
    given = settings.read(Settings)
    raw = file.read_bytes()
    try:
        world = msgspec.convert(tomllib.loads(raw.decode()), World) if file.suffix == ".toml" else msgspec.json.decode(raw, type=World)
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError) as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    trusted = read_trust(given.trust_file.read_bytes())
    _act(given, lambda tx: load_world(tx, world, trusted, now=utc_now()))


@click.command("switch")
@click.argument("to", type=click.Choice(["off", "on"]))
@click.argument("kind", type=click.Choice([kind.value for kind in SwitchKind]))
@click.argument("value")
@click.option("--operator", required=True, help="The operator's organisation, in whose log it stands.")
def switch(to: str, kind: str, value: str, operator: str) -> None:
    """The kill switch: from now on nothing goes by this organisation, unit, route (FROM>TO), row or key; or it does again."""
    request = ThrowSwitch(kind=SwitchKind(kind), value=value, off=to == "off")
    _act(settings.read(Settings), lambda tx: throw_switch(tx, operator_caller(operator), request, now=utc_now()))


def _act(given: Settings, act: Callable[[Connection], Awaitable[object]]) -> None:
    """One use case in one transaction of its own process; a refusal is told after it has been recorded."""

    async def once() -> object:
        database = await Database.open(given.database_url.reveal(), conflicts=CONFLICTS, size=1)
        try:
            async with database.transaction() as tx:
                return await act(tx)
        finally:
            await database.close()

    try:
        outcome = asyncio.run(once())
    except AppError as error:
        where = "".join(f" ({fault.pointer}: {fault.detail})" for fault in error.faults)
        raise click.ClickException(f"{error.code}{where}") from error
    if isinstance(outcome, Denied):
        raise click.ClickException(outcome.code)


if __name__ == "__main__":
    run(replace(HOUSE, commands=(register, switch)))
