"""The only file of the consent house that knows all rooms."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from services.consent.domain.channel import Channel
from services.consent.domain.register import Register
from services.consent.events.incoming import handles
from services.consent.events.questions import answers
from services.consent.http import (
    children,
    consents,
    contacts,
    erasures,
    holds,
    life,
    one_guardian,
    receipts,
    reconciliation,
    recordings,
    requests,
    seen,
    systems,
)
from services.consent.pages import consents as consents_page
from services.consent.pages import history, home, questions
from services.consent.pages.children import naming_page
from services.consent.pages.site import site_of
from services.consent.settings import Settings
from services.consent.storage.channels import LogChannel, SmtpChannel, WebhookChannel
from services.consent.storage.http_register import HttpRegister
from services.consent.storage.population_register import FileRegister, NoRegister
from services.consent.storage.receipts import ReceiptKeys
from services.consent.storage.texts import load, load_plans
from services.consent.storage.vault import Vault
from services.consent.usecases import (
    anchor_feed,
    change_handling,
    check_custody,
    push_notices,
    reconcile,
    remind_unanswered,
    retire_old,
    watch_expiry,
)
from services.consent.usecases.allow_operator import allow_operator
from services.consent.usecases.anchor_feed import AnchorFeed
from services.consent.usecases.change_handling import ConfirmHandling
from services.consent.usecases.check_custody import CheckCustody
from services.consent.usecases.confirm_stop import LOOP, ConfirmStops
from services.consent.usecases.identify_person import identify_person
from services.consent.usecases.means import Means
from services.consent.usecases.place_system import place_system
from services.consent.usecases.push_notices import PushNotices
from services.consent.usecases.reconcile import Reconcile
from services.consent.usecases.remind_unanswered import RemindUnanswered
from services.consent.usecases.retire_old import Periods, RetireOld
from services.consent.usecases.watch_expiry import WatchExpiry
from shared.auth import Caller
from shared.clock import utc_now
from shared.database import Connection, Database
from shared.errors import AppError
from shared.house import House, Parts, Wiring
from shared.login.config import FAMILY_ABSOLUTE, FAMILY_IDLE, LoginConfig
from shared.loops import Loop
from shared.operating import Operating
from shared.operations import Operation
from shared.pages import Site, status
from shared.tokens.client_key import read_client_key
from shared.tokens.fetch import Fetcher
from shared.tokens.source import TokenSource

NUMBER_CLAIMS = ("https://id.oidc.se/claim/personalIdentityNumber", "https://id.oidc.se/claim/coordinationNumber")
"""Where a provider of the Swedish OIDC profile says who somebody is."""
NUMBER_SCOPE = "https://id.oidc.se/scope/naturalPersonNumber"

REMIND_EVERY = timedelta(minutes=15)
CHECK_EVERY = timedelta(minutes=5)
RECONCILE_EVERY = timedelta(hours=1)
PUSH_EVERY = timedelta(seconds=10)
RETIRE_EVERY = timedelta(minutes=10)
ANCHOR_EVERY = timedelta(hours=1)
EXPIRY_EVERY = timedelta(minutes=1)
"""A row denies from its end by itself; this is how late the notices may be, and the question to whom has come of age."""


def wire(parts: Parts[Settings]) -> Wiring:
    """The house put together. Raises ValueError for a missing text or a key of the wrong length: it does not start."""
    settings, database = parts.settings, parts.database
    register, plans, site = register_of(settings, parts.fetcher), load_plans(), site_of(settings)
    means = Means(
        vault=Vault.read(settings.secret_key),
        texts=load(),
        operator=settings.operator,
        receipts=ReceiptKeys.read(settings.receipt_keys),
        register=None if isinstance(register, NoRegister) else register,
    )

    async def organisation_of(issuer: str, client_id: str) -> str | None:
        async with database.connection() as connection:
            return await place_system(connection, issuer, client_id)

    heard, operating = handles(means), Operating(allow=partial(_allow, means), scope="consent:ask")
    for_operator = status.routes(site, operating, heard, parts.health, house="consent")
    return Wiring(
        organisation_of=organisation_of,
        routes=[*routes_of(means), *pages_of(site, means), *naming_page(settings, means, register), *for_operator],
        operations=operations_of(means, register),
        handles=heard,
        answers=answers(means),
        loops=[
            Loop(name=LOOP, work=ConfirmStops(database, parts.bus.ask, means)),
            Loop(name=change_handling.LOOP, work=ConfirmHandling(database, parts.bus.ask)),
            Loop(name=anchor_feed.LOOP, work=AnchorFeed(database, means), every=ANCHOR_EVERY),
            Loop(name=retire_old.LOOP, work=RetireOld(database, means, periods_of(settings)), every=RETIRE_EVERY),
            Loop(name=push_notices.LOOP, work=PushNotices(database, means, channel_of(settings, parts.fetcher)), every=PUSH_EVERY),
            Loop(name=remind_unanswered.LOOP, work=RemindUnanswered(database, means, plans), every=REMIND_EVERY),
            Loop(name=check_custody.LOOP, work=CheckCustody(database, parts.bus.ask, means), every=CHECK_EVERY),
            Loop(name=reconcile.LOOP, work=Reconcile(database, parts.bus.ask, means), every=RECONCILE_EVERY),
            Loop(name=watch_expiry.LOOP, work=WatchExpiry(database, parts.bus.ask, means, plans), every=EXPIRY_EVERY),
        ],
        login=LoginConfig(
            house="consent",
            issuer=settings.issuer,
            client_id=settings.client_id,
            key=read_client_key(settings.client_key),
            public_url=settings.public_url,
            scopes=frozenset({"consent:answer", "consent:ask"}),  # staff name children; who has no grant names none
            identity_scopes=frozenset({NUMBER_SCOPE}),
            idle=FAMILY_IDLE,
            absolute=FAMILY_ABSOLUTE,
            person_of=person_of(database, means, register, settings.issuer),
        ),
        operating=operating,
        page=site.problem,
    )


async def _allow(means: Means, tx: Connection, caller: Caller, action: str, *, object_id: UUID | None, now: datetime) -> AppError | None:
    return await allow_operator(tx, means, caller, action, object_id=object_id, now=now)


HOUSE = House(name="consent", settings=Settings, wire=wire)


def periods_of(settings: Settings) -> Periods:
    """How long each kind of record is kept."""
    return Periods(
        notices=timedelta(days=settings.keep_notices_days),
        tasks=timedelta(days=settings.keep_tasks_days),
        pushes=timedelta(days=settings.keep_pushes_days),
        disclosures=timedelta(days=settings.keep_disclosures_days),
        requests=timedelta(days=settings.keep_requests_days),
    )


def channel_of(settings: Settings, fetcher: Fetcher) -> Channel:
    """What tells families that there is something to read. Raises ValueError for half of a channel, or for two."""
    if settings.notice_smtp_url is not None and settings.notice_webhook_url is not None:
        raise ValueError("one channel for notices: a mail server or a webhook")
    if settings.notice_smtp_url is not None:
        if settings.notice_sender is None:
            raise ValueError("mail needs a sender")
        return SmtpChannel(settings.notice_smtp_url, settings.notice_sender)
    if settings.notice_webhook_url is not None:
        if settings.notice_webhook_key is None:
            raise ValueError("the webhook needs its key")
        key = settings.notice_webhook_key.read_bytes()
        return WebhookChannel(fetcher, settings.notice_webhook_url, key, lambda: int(utc_now().timestamp()))
    return LogChannel()


def register_of(settings: Settings, fetcher: Fetcher) -> Register:
    """The population register, or none. Raises ValueError where two are named, FetchFailed for an address that may not be called."""
    if settings.population_register_url is None:
        return NoRegister() if settings.population_register is None else FileRegister(settings.population_register)
    if settings.population_register is not None:
        raise ValueError("one population register: a file or an address")
    tokens = None
    if settings.population_register_audience is not None:
        tokens = TokenSource(
            fetcher,
            issuer=settings.issuer,
            client_id=settings.client_id,
            key=read_client_key(settings.client_key),
            audience=settings.population_register_audience,
            scopes=(),
        )
    return HttpRegister(fetcher, settings.population_register_url, tokens)


def operations_of(means: Means, register: Register) -> list[Operation[Any, Any]]:
    """What connected systems may do, over HTTP and NATS alike."""
    return [children.children(means, register), recordings.recording(means), *systems.operations(means, register)]


def routes_of(means: Means) -> Sequence[ControllerRouterHandler]:
    """Routes beside those of the operations: the family's, and facts that an organisation states."""
    router = Router(
        path="/",
        route_handlers=[
            *children.ROUTES,
            *requests.ROUTES,
            *consents.ROUTES,
            *life.ROUTES,
            *contacts.ROUTES,
            *erasures.ROUTES,
            *holds.ROUTES,
            *one_guardian.ROUTES,
            *receipts.ROUTES,
            *recordings.ROUTES,
            *reconciliation.ROUTES,
            *seen.ROUTES,
            *systems.ROUTES,
        ],
        dependencies={"means": Provide(lambda: means, sync_to_thread=False)},
    )
    return [router]


def pages_of(site: Site, means: Means) -> Sequence[ControllerRouterHandler]:
    """Everything that the family reaches with a browser."""
    needs = {"site": Provide(lambda: site, sync_to_thread=False), "means": Provide(lambda: means, sync_to_thread=False)}
    handlers = [*site.routes, *home.ROUTES, *questions.ROUTES, *consents_page.ROUTES, *history.ROUTES]
    return [Router(path="/", route_handlers=handlers, dependencies=needs)]


def person_of(
    database: Database, means: Means, register: Register, issuer: str
) -> Callable[[Mapping[str, Any], datetime], Awaitable[str | None]]:
    """The login's hook: from the provider's claims to the person here. The number goes no further."""

    async def person(claims: Mapping[str, Any], now: datetime) -> str | None:
        number = next((claims[name] for name in NUMBER_CLAIMS if isinstance(claims.get(name), str)), None)
        if number is None:
            return None
        found = await register.look_up(number.replace("-", ""))
        subject = claims.get("sub")
        async with database.transaction() as tx:
            principal = f"{issuer} {subject}" if isinstance(subject, str) else None
            return await identify_person(tx, means.vault, number, found, now=now, principal=principal)

    return person
