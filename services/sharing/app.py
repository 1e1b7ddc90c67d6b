"""The only file of the sharing house that knows all rooms."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from services.sharing.domain.countersigning import read_trust
from services.sharing.domain.tables import load
from services.sharing.events.incoming import HANDLES
from services.sharing.events.questions import answers
from services.sharing.http import access, authzen, cases, flows, glass, names, people, questions, register, systems
from services.sharing.pages import (
    admin,
    admin_access,
    admin_act,
    admin_give,
    ask,
    decisions,
    handover,
    matters,
    meeting,
    new_case,
    share,
    start,
)
from services.sharing.pages import cases as case_pages
from services.sharing.pages import rules as rules_page
from services.sharing.pages.site import site_of
from services.sharing.settings import Settings
from services.sharing.storage import CONFLICTS
from services.sharing.usecases.allow_operator import allow_operator
from services.sharing.usecases.find_system import find_system
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.limit_acts import ForgetCounts
from services.sharing.usecases.renew_lease import Lease
from services.sharing.usecases.retire_cases import RetireCases
from services.sharing.usecases.run_duties import Duties
from shared.clock import utc_now
from shared.house import House, Parts, Quietly, Wiring
from shared.login.config import LoginConfig
from shared.loops import Loop
from shared.operating import Operating
from shared.pages import Site, status
from shared.tokens.client_key import read_client_key

RENEW_LEASE = timedelta(seconds=3)
"""A third of the lease: two questions may fail before it runs out."""
RETIRE_CASES = timedelta(minutes=10)
LOOK_AT_DUTIES = timedelta(seconds=30)
FORGET_COUNTS = timedelta(hours=1)
ADMINISTRATORS = (*admin.ROUTES, *admin_access.ROUTES, *admin_give.ROUTES, *admin_act.ROUTES)
STAFF_SCOPES = frozenset({"sharing:decide", "sharing:confirm", "sharing:read"})


def routes_of(ground: Ground) -> Sequence[ControllerRouterHandler]:
    """All routes of the house but those of `systems.operations`, which `shared.house` adds with their NATS twins."""
    return [
        Router(
            path="/",
            route_handlers=[
                *people.ROUTES,
                *names.ROUTES,
                *register.ROUTES,
                *access.ROUTES,
                *cases.ROUTES,
                *flows.ROUTES,
                *glass.ROUTES,
                *questions.ROUTES,
                *authzen.ROUTES,
                *rules_page.ROUTES,
                systems.inbox,
            ],
            dependencies={"ground": Provide(lambda: ground, sync_to_thread=False)},
        )
    ]


def pages_of(site: Site, ground: Ground) -> Sequence[ControllerRouterHandler]:
    """Everything that people at browsers reach, but the rules."""
    needs = {"site": Provide(lambda: site, sync_to_thread=False), "ground": Provide(lambda: ground, sync_to_thread=False)}
    return [
        Router(
            path="/",
            route_handlers=[
                *site.routes,
                *ADMINISTRATORS,
                *ask.ROUTES,
                *start.ROUTES,
                *new_case.ROUTES,
                *handover.ROUTES,
                *meeting.ROUTES,
                *matters.ROUTES,
                *case_pages.ROUTES,
                *share.ROUTES,
                *decisions.ROUTES,
            ],
            dependencies=needs,
        )
    ]


def wire(parts: Parts[Settings]) -> Wiring:
    """Rules, lease, routes, loops. Raises BrokenTables or ValueError for rules, a trust or desks file that are wrong: no start then."""
    given = parts.settings
    ground = Ground(
        tables=load(given.models_folder),
        lease=Lease(parts.database, parts.bus.ask),
        registrars=read_trust(given.trust_file.read_bytes()),
        public_url=given.public_url,
        desks={} if given.desks_file is None else msgspec.json.decode(given.desks_file.read_bytes(), type=dict[str, str]),
        naming_url=given.naming_url,
        own_acts_url=given.own_acts_url,
    )

    site = site_of(given)
    operating = Operating(allow=allow_operator, scope="sharing:read")
    for_operator = status.routes(site, operating, HANDLES, parts.health, house="sharing")

    async def organisation_of(issuer: str, client_id: str) -> str | None:
        return await find_system(parts.database, issuer, client_id, now=utc_now())

    return Wiring(
        organisation_of=organisation_of,
        routes=[*routes_of(ground), *pages_of(site, ground), *for_operator],
        operations=[*systems.operations(ground), *flows.operations(ground), *questions.operations(ground)],
        handles=HANDLES,
        answers=answers(ground.tables),
        loops=[
            Loop(name="lease", work=Quietly(ground.lease.run_once), every=RENEW_LEASE),
            Loop(name="duties", work=Duties(parts.database), every=LOOK_AT_DUTIES),
            Loop(name="retire-cases", work=RetireCases(parts.database, timedelta(days=given.keep_cases_days)), every=RETIRE_CASES),
            Loop(name="counts", work=ForgetCounts(parts.database), every=FORGET_COUNTS),
        ],
        login=LoginConfig(
            house="sharing",
            issuer=given.issuer,
            client_id=given.client_id,
            key=read_client_key(given.client_key),
            public_url=given.public_url,
            scopes=STAFF_SCOPES,
        ),
        operating=operating,
        page=site.problem,
    )


HOUSE = House(name="sharing", settings=Settings, wire=wire, conflicts=CONFLICTS)
