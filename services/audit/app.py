"""The only file of the audit house that knows all rooms."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import click
import msgspec
from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from services.audit.domain.cosignature import Policy, parse_policy
from services.audit.domain.keeper import Keeper
from services.audit.domain.retention import FLOOR
from services.audit.domain.trust import registrar_key
from services.audit.domain.vault import Keyring
from services.audit.events.incoming import handles
from services.audit.events.outside import EVERY as OUTSIDE_EVERY
from services.audit.events.outside import CallWitnesses
from services.audit.events.purge import EVERY as PURGE_EVERY
from services.audit.events.purge import PurgeStreams
from services.audit.events.questions import answers
from services.audit.events.retention import EVERY as RETENTION_EVERY
from services.audit.events.retention import Retention
from services.audit.events.sequencer import Publish, Scrub, Sequencer, TakeEntries
from services.audit.events.start import Start
from services.audit.events.trust import EVERY as TRUST_EVERY
from services.audit.events.trust import LogTrust
from services.audit.events.witness import Witnesses
from services.audit.http import entries, erasures, flags, holds, logs, mine, processing, retention, reviews, root, statistics, timelines
from services.audit.http.scope_pdf import pdf_of
from services.audit.pages import answers as answers_page
from services.audit.pages import child, entry, overview, search
from services.audit.pages import export as export_page
from services.audit.pages import flags as flags_page
from services.audit.pages import mine as mine_page
from services.audit.pages import processing as processing_page
from services.audit.pages import reviews as reviews_page
from services.audit.pages import statistics as statistics_page
from services.audit.pages.operation import facts_of
from services.audit.pages.site import site_of
from services.audit.settings import Settings
from services.audit.signer.client import SignerClient
from services.audit.usecases.allow_operator import allow_operator
from services.audit.usecases.check_logs import find_trouble, organisation_of
from services.audit.usecases.continue_log import Lost, continue_logs, name_lost
from services.audit.usecases.count_logs import EVERY as COUNT_EVERY
from services.audit.usecases.count_logs import CountLogs
from services.audit.usecases.erase_person import replay
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.export_archive import copy_archive
from services.audit.usecases.log_trust import Trusted
from services.audit.usecases.open_log import open_operators_log
from services.audit.usecases.raise_flags import EVERY as WATCH_EVERY
from services.audit.usecases.raise_flags import WatchLogs
from services.audit.usecases.watch_quorum import Witnessed
from shared import settings, streams
from shared.auth import Caller
from shared.clock import utc_now
from shared.database import Connection, Database
from shared.errors import AppError, Unavailable
from shared.house import House, Parts, Wiring
from shared.login.config import LoginConfig
from shared.loops import Loop
from shared.operating import Operating
from shared.pages import Site, status
from shared.received import bind
from shared.tokens.client_key import read_client_key

PRODUCERS = ("consent", "sharing")
"""The houses whose entries are taken in; audit writes its own directly."""


def keeper_of(given: Settings) -> Keeper:
    """What is not in the database. Raises ValueError for a key of the wrong length: the house does not start."""
    ring = Keyring(given.secret_key.read_bytes())
    return Keeper(
        ring=ring,
        signer=SignerClient(given.signer),
        host=given.origin,
        operator=given.operator,
        retention_years=max(given.retention_years, FLOOR),
    )


def trusted_of(given: Settings) -> Trusted:
    """Whom this house was told to trust. Raises ValueError for a registrar's key that is none: the house does not start."""
    policy = given.witness_policy.read_text(encoding="utf-8") if given.witness_policy else ""
    registrars = msgspec.json.decode(given.trust_file.read_bytes(), type=dict[str, dict[str, object]]) if given.trust_file else {}
    return Trusted(policy=policy, registrars={name: registrar_key(jwk) for name, jwk in registrars.items()})


def routes_of(
    keeper: Keeper, may_begin: Callable[[], bool] = lambda: True, witnessed: Witnessed | None = None, site: Site | None = None
) -> Sequence[ControllerRouterHandler]:
    """All routes of the house, with a site its pages too; they answer when what has to be done at start is done."""

    def give() -> Keeper:
        if not may_begin():
            raise Unavailable("audit-unavailable")
        return keeper

    given = {"keeper": Provide(give, sync_to_thread=False), "witnessed": Provide(lambda: witnessed or Witnessed(), sync_to_thread=False)}
    handlers = [
        *entries.ROUTES,
        *erasures.ROUTES,
        *holds.ROUTES,
        *retention.ROUTES,
        *logs.ROUTES,
        *root.ROUTES,
        *reviews.ROUTES,
        *flags.ROUTES,
        *timelines.ROUTES,
    ]
    handlers += [*statistics.ROUTES, *mine.ROUTES, *processing.ROUTES]
    if site is None:
        return [Router(path="/", route_handlers=handlers, dependencies=given)]
    pages = [*overview.ROUTES, *search.ROUTES, *entry.ROUTES, *child.ROUTES, *export_page.routes(pdf_of)]
    pages += [*mine_page.routes(site), *processing_page.ROUTES]
    pages += [*reviews_page.ROUTES, *flags_page.ROUTES, *answers_page.ROUTES, *statistics_page.ROUTES, *site.routes]
    of_site = {**given, "site": Provide(lambda: site, sync_to_thread=False)}
    return [Router(path="/", route_handlers=handlers, dependencies=given), Router(path="/", route_handlers=pages, dependencies=of_site)]


def wire(parts: Parts[Settings]) -> Wiring:
    """Everything that runs in a process of audit."""
    given, keeper = parts.settings, keeper_of(parts.settings)
    ledger = Ledger(given.erasure_ledger)
    policy = parse_policy(given.witness_policy.read_text(encoding="utf-8")) if given.witness_policy else Policy()
    start = Start(parts.database, keeper, ledger)
    sequencer = Sequencer(parts.database, keeper, may_begin=lambda: start.is_done)
    loops = [Loop(name="start", work=start, every=timedelta(seconds=1))]
    loops.append(Loop(name="checkpoints", work=Publish(sequencer), every=timedelta(milliseconds=500), close=sequencer.close))
    loops.append(Loop(name="scrubber", work=Scrub(sequencer), every=timedelta(seconds=1)))
    loops.append(Loop(name="flags", work=WatchLogs(parts.database), every=WATCH_EVERY))
    loops.append(Loop(name="trust", work=LogTrust(sequencer, parts.database, trusted_of(given)), every=TRUST_EVERY))
    loops.append(Loop(name="numbers", work=CountLogs(parts.database), every=COUNT_EVERY))
    stop = timedelta(hours=given.witness_stop_hours) or None
    witnesses = Witnesses(parts.bus, parts.database, policy, stop)
    loops.append(Loop(name="witnesses", work=witnesses, every=timedelta(minutes=5)))
    if any(witness.url for witness in policy.witnesses.values()):
        loops.append(Loop(name="outside-witnesses", work=CallWitnesses(parts.database, parts.fetcher, policy), every=OUTSIDE_EVERY))
    loops.append(Loop(name="streams", work=PurgeStreams(parts.bus, parts.database), every=PURGE_EVERY))
    loops.append(Loop(name="retention", work=Retention(parts.database, keeper, ledger), every=RETENTION_EVERY))
    for source in PRODUCERS:
        pull = bind(parts.bus, source, streams.ENTRIES)
        loops.append(Loop(name=f"entries-{source}", work=TakeEntries(sequencer, pull, lambda: not witnesses.is_stopped), close=pull.close))

    async def trouble() -> str | None:
        if not start.is_done:
            return "starting"
        async with parts.database.connection() as connection:
            return await find_trouble(connection, keeper, now=utc_now())

    parts.health.add("logs", trouble, only_at_start=True)

    async def of_system(issuer: str, client_id: str) -> str | None:
        async with parts.database.connection() as connection:
            return await organisation_of(connection, issuer, client_id)

    login = LoginConfig(
        house="audit",
        issuer=given.issuer,
        client_id=given.client_id,
        key=read_client_key(given.client_key),
        public_url=given.public_url,
        scopes=frozenset({"audit:read", "audit:export"}),
    )
    site, heard, witnessed = site_of(given), handles(keeper, ledger), Witnessed(policy=policy, stop=stop)
    operating = Operating(allow=partial(_allow, keeper), scope="audit:read")
    for_operator = status.routes(site, operating, heard, parts.health, house="audit", facts=facts_of(keeper.operator, witnessed))
    return Wiring(
        organisation_of=of_system,
        routes=[*routes_of(keeper, lambda: start.is_done, witnessed, site), *for_operator],
        handles=heard,
        answers=answers(keeper),
        loops=loops,
        login=login,
        operating=operating,
        page=site.problem,
    )


async def _allow(keeper: Keeper, tx: Connection, caller: Caller, action: str, *, object_id: UUID | None, now: datetime) -> AppError | None:
    return await allow_operator(tx, keeper, caller, action, object_id=object_id, now=now)


@click.command("init")
def init() -> None:
    """Begin the operator's log. The service refuses to be ready in a database where this was not done. Safe to repeat."""
    asyncio.run(_init(settings.read(Settings), utc_now()))


async def _init(given: Settings, now: datetime) -> None:
    database = await Database.open(given.database_url.reveal(), size=1)
    try:
        async with database.transaction() as tx:
            log = await open_operators_log(tx, keeper_of(given), now=now)
    finally:
        await database.close()
    click.echo(log.origin)


@click.command("restored")
@click.option("--lost", multiple=True, metavar="HOUSE:FIRST-LAST", help="Numbers of a producer's entries that nobody has any more.")
def restored(lost: tuple[str, ...]) -> None:
    """Say that the database was put back from a copy, or that a key was frozen: each log that ended is followed by a new one.

    Needs the signer, which alone knows what was signed. Safe to repeat. The runbook: deploy/runbooks/restore-audit.md.
    """
    for line in asyncio.run(_restored(settings.read(Settings), [_lost(text) for text in lost], utc_now())):
        click.echo(line)


def _lost(text: str) -> Lost:
    house, _, numbers = text.partition(":")
    first, _, last = numbers.partition("-")
    if house not in PRODUCERS or not first.isdecimal() or not last.isdecimal():
        raise click.BadParameter("<house>:<first>-<last>", param_hint="--lost")
    return Lost(producer=house, first=int(first), last=int(last))


async def _restored(given: Settings, lost: Sequence[Lost], now: datetime) -> list[str]:
    database, keeper = await Database.open(given.database_url.reveal(), size=1), keeper_of(given)
    try:
        async with database.transaction() as tx:
            destroyed = await replay(tx, Ledger(given.erasure_ledger))
            done = await continue_logs(tx, keeper, now=now)
            for one in lost:
                await name_lost(tx, keeper, one, now=now)
    finally:
        await database.close()
    said = [f"{one.follows}: {one.kept} entries kept of {one.signed} signed; goes on as {one.origin}" for one in done]
    return [*said, f"{destroyed} keys of erased persons destroyed again"]


@click.command("export")
@click.option("--database-url", required=True, help="A copy of audit's database; any role that may read it.")
@click.option("--log", "name", required=True, help="<organisation>/<year>")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
def export(database_url: str, name: str, out: Path) -> None:
    """Export a log from a copy of the database, as its rows are. Writes nothing there; needs no key and no settings."""
    organisation, _, year = name.partition("/")
    if not year.isdecimal():
        raise click.BadParameter("<organisation>/<year>", param_hint="--log")
    if not asyncio.run(_export(database_url, organisation, int(year), out)):
        raise click.ClickException("there is no such log, or it has no checkpoint")
    click.echo(str(out))


async def _export(url: str, organisation: str, year: int, out: Path) -> bool:
    database = await Database.open(url, size=1)
    try:
        async with database.transaction() as tx:
            with out.open("wb") as file:
                return await copy_archive(tx, organisation, year, file, now=utc_now())
    finally:
        await database.close()


HOUSE = House(name="audit", settings=Settings, wire=wire, commands=(init, restored, export))
