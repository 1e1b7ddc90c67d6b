"""The `samsyn` command: what a person types."""

import asyncio
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from deploy.checks import run_checks
from deploy.embedded import measure
from deploy.embedded.guard import dies_with_us
from deploy.embedded.home import CHECKOUT, Home, Running, default_folder
from deploy.embedded.ports import PortTaken
from deploy.embedded.postgres import Unusable
from deploy.embedded.reach import Unreachable
from deploy.embedded.run import AlreadyRunning, Then, hold, serve
from deploy.embedded.supervisor import CHILDREN, StartFailed

DATA = click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder; by default one for this checkout.")


class Commands(click.Group):
    """Those of this file, and those that answer from the rules: their modules are imported only when they are wanted."""

    late = ("audit", "consents", "dead-letters", "decide", "erase", "org", "rules", "screenshots", "witness")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted([*super().list_commands(ctx), *self.late])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported where it is one of the late ones."""
        if cmd_name in self.late:
            found: click.Command = getattr(importlib.import_module(f"deploy.{cmd_name.replace('-', '_')}"), cmd_name.replace("-", "_"))
            return found
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Consent and information sharing for children's early, coordinated support."""


@main.command()
@DATA
def up(data: Path | None) -> None:
    """Start everything on this machine and stay up until Ctrl-C."""
    sys.exit(0 if _run(_home(data), None, stay=True) else 1)


@main.command()
@click.option("--exit", "leave", is_flag=True, help="Stop after the verdict; the exit code tells.")
@DATA
def demo(data: Path | None, *, leave: bool) -> None:
    """Play one child's case through everything; starts what is not up."""
    sys.exit(0 if _run(_home(data), _story, stay=not leave) else 1)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--long", is_flag=True, help="The thousand kills, the hammer and the big tables too.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...], *, long: bool) -> None:
    """Run every check and test; further arguments go to pytest."""
    sys.exit(run_checks(CHECKOUT, arguments, long=long))


@main.command()
@DATA
def status(data: Path | None) -> None:
    """Say what runs, where to reach it and what it takes."""
    home = _home(data)
    running = home.running()
    if running is None:
        click.echo(f"nothing runs in {home.folder}" if not home.is_held() else f"{home.folder} is starting or stopping")
        sys.exit(1)
    _show(running)


@main.command()
@DATA
def stop(data: Path | None) -> None:
    """Stop what runs, gently."""
    home = _home(data)
    running = home.running()
    if running is None:
        click.echo(f"nothing runs in {home.folder}")
        return
    os.kill(running.pid, 15)
    asyncio.run(_until_free(home))
    click.echo("stopped")


@main.command()
@DATA
def migrate(data: Path | None) -> None:
    """Bring a stopped home's databases up to date (`up` does it too)."""
    suite = importlib.import_module("deploy.embedded.suite")
    sys.exit(0 if _serve(_home(data), suite.migrate_in, None, stay=False) else 1)


@main.command()
@click.argument("house", type=click.Choice(["consent", "sharing", "audit"]))
@click.argument("file", type=click.Path(exists=False, path_type=Path))
@click.option("--keys", is_flag=True, help="Only the keys of persons, which are in no dump of the data; keep it 30 days at most.")
@DATA
def dump(house: str, file: Path, data: Path | None, *, keys: bool) -> None:
    """Write a house's database into FILE, beside a suite that is up."""
    restore = importlib.import_module("deploy.embedded.restore")
    try:
        asyncio.run(restore.dump(_up(data), house, file, keys=keys))
    except (StartFailed, OSError) as error:
        raise click.ClickException(str(error)) from None


@main.command(name="restore")
@click.argument("dump", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--off", multiple=True, metavar="ORGANISATION", help="Nothing of it goes anywhere until its switch is reset; may be repeated."
)
@click.option(
    "--keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The keys of persons, where the database is lost."
)
@click.option("--house", type=click.Choice(["consent", "audit"]), default="consent", help="Whose database; consent's by default.")
@DATA
def put_back(dump: Path | None, off: tuple[str, ...], keys: Path | None, house: str, data: Path | None) -> None:
    """Put a stopped home's database back, or only say that it was; the runbooks: deploy/runbooks/."""
    suite = importlib.import_module("deploy.embedded.suite")
    if house == "audit" and off:
        raise click.UsageError("--off belongs to consent's database")

    def start(home: Home, tell: Callable[[str], None]) -> Any:
        return suite.restore_audit_in(home, tell, dump, keys) if house == "audit" else suite.restore_in(home, tell, dump, off, keys)

    sys.exit(0 if _serve(_home(data), start, None, stay=False) else 1)


@main.command(name="house", context_settings={"ignore_unknown_options": True})
@click.argument("house", type=click.Choice(["consent", "sharing", "audit"]))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@DATA
def run_house(house: str, arguments: tuple[str, ...], data: Path | None) -> None:
    """Run a command of a house itself, beside a suite that is up."""
    importlib.import_module("deploy.embedded.restore").become(_up(data), house, arguments)


@main.command()
@click.argument("organisation", type=click.Choice(["o5ek", "o2rg"]))
@DATA
def desk(organisation: str, data: Path | None) -> None:
    """Run an organisation's desk beside a suite that is up, until Ctrl-C."""
    running = _up(data)
    desks = importlib.import_module("deploy.embedded.desks")
    click.echo(f"the desk of {organisation}: {desks.address(running, organisation)}")
    sys.stdout.flush()
    desks.become(running, organisation)


@main.command(name="help")
@click.pass_context
def show_help(context: click.Context) -> None:
    """List every command with one line each."""
    click.echo((context.parent or context).get_help())


def _home(data: Path | None) -> Home:
    return Home(data or default_folder())


def _up(data: Path | None) -> Running:
    running = _home(data).running()
    if running is None:
        raise click.ClickException("nothing runs there: start it first with `./samsyn up`")
    return running


async def _story(running: Running) -> bool:
    """The story as a process of its own: it is the outside world, and what it takes in memory is gone when it is told."""
    teller = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "deploy.demo.story", str(running.home), preexec_fn=dies_with_us(signal.SIGTERM)
    )
    return await teller.wait() == 0


def _run(home: Home, then: Then | None, *, stay: bool) -> bool:
    """Start, or find that it is running; then do `then`."""
    suite = importlib.import_module("deploy.embedded.suite")  # late: `help` and `status` are quick without it

    async def told(running: Running) -> bool:
        _show(running)
        _show_people()
        verdict = await then(running) if then else True
        if stay:
            click.echo("\nEverything stays up. Ctrl-C stops it.")
        return verdict

    return _serve(home, suite.start_in, told, stay=stay, attach=then)


def _serve(home: Home, start: Callable[..., Any], then: Then | None, *, stay: bool, attach: Then | None = None) -> bool:
    os.umask(0o077)
    try:
        home.make()
        return asyncio.run(_supervised(home, start, then, stay=stay))
    except AlreadyRunning as already:
        if already.running is None:
            raise click.ClickException(f"another start in {home.folder} is beginning or ending: try again in a moment") from None
        click.echo(f"already running, as process {already.running.pid}")
        _show(already.running)
        return asyncio.run(_awaited(attach(already.running))) if attach else True
    except (StartFailed, PortTaken, Unreachable, Unusable, PermissionError) as error:
        raise click.ClickException(str(error)) from None


async def _awaited(verdict: Any) -> bool:
    return bool(await verdict)


async def _supervised(home: Home, start: Callable[..., Any], then: Then | None, *, stay: bool) -> bool:
    tell = _teller()
    tell(f"data folder: {home.folder}")
    await hold(home, tell)
    return await serve(home, start(home, tell), tell=tell, then=then, stay=stay)


async def _until_free(home: Home) -> None:
    while home.is_held():  # noqa: ASYNC110  a lock of another process
        await asyncio.sleep(0.05)


def _teller() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda line: click.echo(f"[{time.monotonic() - began:5.1f} s] {line}", err=True)


def _show(running: Running) -> None:
    click.echo("\nReady.")
    for name, address in sorted(running.addresses.items()):
        click.echo(f"  {name:<9} {address}")
    started = json.loads((running.home / CHILDREN).read_bytes())
    memory, disk = measure.memory_mb(running.pid), measure.disk_mb(running.home) + measure.disk_mb(Path(sys.prefix))
    click.echo(
        f"  {len(started)} parts, {memory:.0f} MB of memory in all; {disk:.0f} MB on disk with the environment; data in {running.home}\n"
    )


def _show_people() -> None:
    """Who can log in; nobody has a password, for nobody exists."""
    world = importlib.import_module("deploy.demo.world").load()
    names = {organisation.id: organisation.name for organisation in world.organisations}
    click.echo(
        "Log in at <house>/auth/login; the provider shows these people, and the families, to choose from (no passwords: nobody exists):"
    )
    for person in world.people:
        click.echo(f"  {person.name:<12} {person.title}, {names[person.organisation]}")
    click.echo("")


if __name__ == "__main__":
    main(prog_name="samsyn")
