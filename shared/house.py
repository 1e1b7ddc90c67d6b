"""How a house becomes a process: declared once, run the same way everywhere.

    HOUSE = House(name="consent", settings=Settings, conflicts=CONFLICTS, wire=wire)      # services/consent/app.py

    def wire(parts: Parts[Settings]) -> Wiring:
        return Wiring(routes=[...], operations=[...], handles={...}, answers={...}, organisation_of=...)

    run(HOUSE)                                                                            # services/consent/__main__.py

What `wire` gets is open already; what it gives is started in order and ended in the opposite one, each step on its own, so that one
that fails (PostgreSQL and NATS may be gone at the same moment) does not keep the others from their end.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import click
import uvloop
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler

from shared import health, logs, operating, operations, serve, settings, streams, subjects, telemetry
from shared.bus import Bus
from shared.bus_login import credentials_of
from shared.clock import utc_now
from shared.database import Database
from shared.health import Health
from shared.http import Page, Runtime, make_app
from shared.idempotency import Forget
from shared.inbox import Handles, Inbox
from shared.login.authenticate import Authenticator
from shared.login.config import LoginConfig
from shared.login.relying_party import RelyingParty
from shared.login.routes import login_routes
from shared.login.sessions import Sessions
from shared.loops import Loop, Loops
from shared.migrations import migrate
from shared.operating import Operating
from shared.operations import Operation
from shared.relay import Relay
from shared.responder import Answers, Responder
from shared.settings import HouseSettings
from shared.subjects import BUS
from shared.tokens.client_key import read_client_key
from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.revocation import EndedLogins
from shared.tokens.source import TokenSource
from shared.tokens.validator import OrganisationOf, Validator

S = TypeVar("S", bound=HouseSettings)

OWNER_URL = "SAMSYN_OWNER_DATABASE_URL"
"""The schema's owner, for `migrate` alone; the running house never sees it."""
HOUSE_SCOPE = "house"
FAILED = 1
CLOSE_WITHIN = 5.0
"""Seconds for connections in use, at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts(Generic[S]):
    """What a process of a house has before it is wired."""

    settings: S
    database: Database
    bus: Bus
    health: Health
    key_sets: KeySets
    """Keys of the issuers whose tokens this house accepts."""
    fetcher: Fetcher


@dataclass(frozen=True, kw_only=True, slots=True)
class Wiring:
    """What a house is made of, put together by its `app.py`."""

    organisation_of: OrganisationOf
    """Which organisation a connected system belongs to, from this house's own copy of the register."""
    routes: Sequence[ControllerRouterHandler] = ()
    operations: Sequence[Operation[Any, Any]] = ()
    handles: Handles = field(default_factory=lambda: MappingProxyType({}))
    answers: Answers = field(default_factory=lambda: MappingProxyType({}))
    loops: Sequence[Loop] = ()
    login: LoginConfig | None = None
    """None where no people log in."""
    operating: Operating | None = None
    """How this house knows the operator's staff; None: dead letters are not offered over HTTP."""
    page: Page | None = None
    template_config: TemplateConfig[Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class House(Generic[S]):
    """A house, without anything running."""

    name: str
    settings: type[S]
    wire: Callable[[Parts[S]], Wiring]
    conflicts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Constraint names to problem codes."""
    package: str | None = None
    """Where its rooms are; None: `services.<name>`."""
    commands: Sequence[click.Command] = ()
    """Subcommands of this house alone, beside `serve` and `migrate`."""

    @property
    def migrations(self) -> tuple[str, str]:
        """Packages with migrations, in order."""
        return "shared.migrations", f"{self.package or f'services.{self.name}'}.storage.migrations"


def run(house: House[Any]) -> None:
    """The command line of one house: `python -m services.<house> serve | migrate`."""
    group = click.Group(help=f"The {house.name} house of Samsyn.")

    @group.command("serve")
    @click.option("--fd", type=int, help="Descriptor of a listening socket that our starter holds.")
    @click.option("--port", type=int, default=0, help="Port on 127.0.0.1, without --fd; 0 takes a free one.")
    def _serve(fd: int | None, port: int) -> None:
        """Answer, until SIGTERM."""
        sock = serve.listen(fd=fd, port=port)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            sys.exit(runner.run(live(house, settings.read(house.settings), sock)))

    @group.command("migrate")
    def _migrate() -> None:
        """Bring the schema up to date, as its owner."""
        url = os.environ.get(OWNER_URL)
        if not url:
            raise click.UsageError(f"missing settings: {OWNER_URL}")
        for name in asyncio.run(migrate(url, *house.migrations)):
            click.echo(name)

    for command in house.commands:
        group.add_command(command)
    group(prog_name=f"samsyn-{house.name}")


async def live(house: House[S], given: S, sock: socket.socket) -> int:
    """One process from start to end; the exit code, which is not 0 when it could not start or lost track of its state."""
    logs.set_up(house.name, given.log_level)
    provider = telemetry.set_up(house.name, given.otlp_endpoint)
    try:
        async with AsyncExitStack() as stack:
            runtime, loops, routes = await _open(stack, house, given)
            await stack.enter_async_context(loops)
            server = await stack.enter_async_context(serve.serving(make_app(house=house.name, routes=routes, runtime=runtime), sock))
            logs.line("house.started", port=serve.port_of(sock))
            with serve.until_signal(server) as asked:
                await _first(asked, loops.fatal)
            logs.line("house.stopping", reason="state-unknown" if loops.fatal.is_set() else "asked")
            return FAILED if loops.fatal.is_set() else 0
    except Exception as error:  # noqa: BLE001  the process ends here, and says why without saying what
        logs.failure("house.failed", error)
        return FAILED
    finally:
        provider.shutdown()


async def _open(stack: AsyncExitStack, house: House[S], given: S) -> tuple[Runtime, Loops, list[ControllerRouterHandler]]:
    """Everything that the edges and loops need, each with its end on the stack."""
    checks = Health()
    database = await stack.enter_async_context(_database(given.database_url.reveal(), given.database_connections, house.conflicts))
    fetcher = await stack.enter_async_context(Fetcher(production=given.production))
    key_sets = KeySets([IssuerConfig(issuer=given.issuer)], fetcher)
    bus = await stack.enter_async_context(_bus(house.name, given, fetcher))
    parts = Parts(settings=given, database=database, bus=bus, health=checks, key_sets=key_sets, fetcher=fetcher)
    wiring = house.wire(parts)
    people = _People(parts, wiring.login)
    validator = Validator(key_sets, audience=given.audience, organisation_of=wiring.organisation_of, ended=people.ended)
    runtime = Runtime(
        database=database,
        ask=bus.ask,
        authenticate=people.authenticator(validator, given.public_url).authenticate,
        public_url=given.public_url,
        issuer=given.issuer,
        health=checks,
        page=wiring.page,
        template_config=wiring.template_config,
    )
    responder = Responder(house.name, database, bus)
    await responder.answer_houses(wiring.answers)
    await responder.answer_organisations(wiring.operations)
    loops = Loops([*_own_loops(house.name, parts, wiring), *people.loops, *wiring.loops])
    _register_checks(checks, house, parts, loops)
    for_operator = [] if wiring.operating is None else operating.routes_of(wiring.handles, wiring.operating)
    return runtime, loops, [*wiring.routes, *operations.routes(wiring.operations), *people.routes, *for_operator]


class _People:
    """Logins and sessions of people, where a house has them; the list of ended logins, which tokens are checked against, always."""

    def __init__(self, parts: Parts[Any], login: LoginConfig | None) -> None:
        self.ended = EndedLogins()
        self.login = login
        self.sessions = None if login is None else Sessions(parts.database, login, self.ended)
        self.loops: list[Loop] = []
        self.routes: list[ControllerRouterHandler] = []
        if login is not None and self.sessions is not None:
            self.routes = list(login_routes(RelyingParty(login, self.sessions, parts.key_sets, parts.fetcher)))
            self.loops = [Loop(name="sessions", work=Quietly(self.sessions.run_once), every=timedelta(seconds=1))]

    def authenticator(self, validator: Validator, public_url: str) -> Authenticator:
        """Header, else session."""
        cookie = None if self.login is None else self.login.cookie
        return Authenticator(validator, public_url=public_url, sessions=self.sessions, cookie=cookie)


class Quietly:
    """A loop's work whose count does not mean that there is more to do."""

    def __init__(self, work: Callable[[datetime], Awaitable[object]]) -> None:
        self._work = work

    async def run_once(self, now: datetime) -> None:
        """One turn."""
        await self._work(now)


def _own_loops(name: str, parts: Parts[Any], wiring: Wiring) -> list[Loop]:
    """What every house repeats: out, in, keys, old answers."""
    relay = Relay(name, parts.database, parts.bus)
    wake = parts.database.committed
    made = [
        Loop(name="relay", work=Quietly(relay.run_once), every=timedelta(seconds=1), wake=wake, close=relay.close),
        Loop(name="issuer-keys", work=Quietly(parts.key_sets.run_once), every=timedelta(seconds=15)),
        Loop(name="answers", work=Forget(parts.database), every=timedelta(hours=1)),
    ]
    for source in subjects.HOUSES:
        if source != name and any(source in streams.publishers(kind) for kind in wiring.handles):
            inbox = Inbox(name, source, parts.database, parts.bus, wiring.handles)
            made.append(Loop(name=f"inbox-{source}", work=Quietly(inbox.run_once), every=timedelta(), close=inbox.close))
    return made


def _register_checks(checks: Health, house: House[Any], parts: Parts[Any], loops: Loops) -> None:
    async def issuer_keys() -> str | None:
        return None if parts.key_sets.is_ready(parts.settings.issuer, now=utc_now()) else "keys-missing"

    checks.add("database", health.database_answers(parts.database))
    checks.add("schema", health.schema_is(parts.database, newest_migration(house)))
    checks.add("clock", health.clock_agrees(parts.database))
    # Withdrawing, refusing and the like are never stopped by these (DESIGN 8 d), so later they only show
    checks.add("outbox", health.outbox_leaves(parts.database, utc_now), only_at_start=True)
    checks.add("bus", health.connected(parts.bus), only_at_start=True)
    checks.add("issuer-keys", issuer_keys, only_at_start=True)
    checks.add("loops", loops.check, only_at_start=True)


def newest_migration(house: House[Any]) -> str:
    """The last file that this code expects to have been applied."""
    package = house.migrations[-1]
    return f"{package}/{max(file.name for file in files(package).iterdir() if file.name.endswith('.sql'))}"


@asynccontextmanager
async def _database(url: str, size: int, conflicts: Mapping[str, str]) -> AsyncIterator[Database]:
    database = await Database.open(url, conflicts=conflicts, size=size)
    try:
        yield database
    finally:
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await database.close()
        except (TimeoutError, OSError):
            database.pool.terminate()


@asynccontextmanager
async def _bus(name: str, given: HouseSettings, fetcher: Fetcher) -> AsyncIterator[Bus]:
    source = TokenSource(
        fetcher,
        issuer=given.issuer,
        client_id=given.client_id,
        key=read_client_key(given.client_key),
        audience=BUS,
        scopes=(HOUSE_SCOPE,),
    )
    bus = await Bus.open(given.nats_url, name=name, credentials=credentials_of(source))
    try:
        yield bus
    finally:
        await bus.close()


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
