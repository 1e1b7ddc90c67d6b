from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from litestar import get, post

from shared.auth import Caller
from shared.database import Database
from shared.http import Runtime, make_app
from shared.login.authenticate import Authenticator
from shared.login.config import FAMILY_ABSOLUTE, FAMILY_IDLE, LoginConfig
from shared.login.relying_party import RelyingParty
from shared.login.routes import login_routes
from shared.login.sessions import Sessions
from shared.tokens.client_key import ClientKey
from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.revocation import EndedLogins
from shared.tokens.validator import Validator
from shared.work import TheCaller
from tests.shared.conftest import Nobody
from tests.shared.tokens.forge import NOW, make_ec
from tests.shared.tokens.small_issuer import CLIENT, SmallIssuer, callback_query
from tests.shared.tokens.web import Door, door

AUDIENCE = "https://consent.samsyn.example"
NUMBER = "https://id.oidc.se/claim/personalIdentityNumber"


class Clock:
    """The house's time, moved by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **length: float) -> None:
        self.now += timedelta(**length)


class Browser:
    """Keeps cookies as a browser does, also Secure ones on loopback; follows nothing by itself."""

    def __init__(self, base: str, client: httpx.AsyncClient) -> None:
        self.base = base
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self._client = client

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._send("GET", path, None, headers)

    async def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        return await self._send("POST", path, form, headers)

    async def _send(self, method: str, path: str, form: Mapping[str, str] | None, headers: dict[str, str]) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = await self._client.request(method, self.base + path, data=form, headers=sent)
        self.set_cookies = response.headers.get_list("set-cookie")
        for line in self.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if not value.strip('"'):
                del self.cookies[name]
        return response


class House:
    """One house with its login, over HTTP."""

    def __init__(self, base: str, issuer: SmallIssuer, party: RelyingParty, clock: Clock, client: httpx.AsyncClient) -> None:
        self.base = base
        self.issuer = issuer
        self.party = party
        self.clock = clock
        self._client = client

    def browser(self) -> Browser:
        return Browser(self.base, self._client)

    async def begin(self, browser: Browser, query: str = "") -> str:
        """Where the browser is sent to."""
        response = await browser.get(f"/auth/login{query}")
        assert response.status_code == 303
        return response.headers["location"]

    async def log_in(self, browser: Browser, query: str = "") -> httpx.Response:
        """The whole way, up to the answer of the callback."""
        return await browser.get(callback_query(self.issuer.approve(await self.begin(browser, query))))

    @property
    def cookie(self) -> str:
        return self.party.config.cookie


class Ground(msgspec.Struct, frozen=True):
    """What the tests of one file share: two servers, and two HTTP clients."""

    issuer_door: Door
    house_door: Door
    fetcher: Fetcher
    client: httpx.AsyncClient


@pytest.fixture(scope="module")
async def ground() -> AsyncIterator[Ground]:
    async with (
        door() as issuer_door,
        door() as house_door,
        Fetcher(production=False) as fetcher,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        yield Ground(issuer_door, house_door, fetcher, client)


@pytest.fixture
def issuer(ground: Ground) -> SmallIssuer:
    made = SmallIssuer(ground.issuer_door.base)
    ground.issuer_door.app = made
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@get("/who")
async def who(caller: TheCaller) -> Caller:
    return caller


@post("/change", status_code=200)
async def change(caller: TheCaller) -> Caller:
    return caller


async def person_of(info: Mapping[str, Any], _now: datetime) -> str | None:
    return "person-of-anna" if info.get(NUMBER) == "198009809990" else None


async def no_system(_issuer: str, _client_id: str) -> str | None:
    return None


@pytest.fixture
def house(consent_db: Database, ground: Ground, issuer: SmallIssuer, clock: Clock) -> House:
    base = ground.house_door.base
    config = LoginConfig(
        house="consent",
        issuer=issuer.base,
        client_id=CLIENT,
        key=ClientKey("c1", make_ec()),
        public_url=base,
        scopes=frozenset({"consent:answer"}),
        identity_scopes=frozenset({"https://id.oidc.se/scope/naturalPersonNumber"}),
        idle=FAMILY_IDLE,
        absolute=FAMILY_ABSOLUTE,
        person_of=person_of,
    )
    key_sets, ended = KeySets([IssuerConfig(issuer=issuer.base)], ground.fetcher), EndedLogins()
    sessions = Sessions(consent_db, config, ended)
    party = RelyingParty(config, sessions, key_sets, ground.fetcher)
    validator = Validator(key_sets, audience=AUDIENCE, organisation_of=no_system, ended=ended)
    authenticator = Authenticator(validator, public_url=base, sessions=sessions, cookie=config.cookie, clock=clock)
    runtime = Runtime(
        database=consent_db, ask=Nobody(), authenticate=authenticator.authenticate, public_url=base, issuer=issuer.base, clock=clock
    )
    app = make_app(house="consent", routes=[who, change, *login_routes(party, clock=clock)], runtime=runtime)
    ground.house_door.app = app
    return House(base, issuer, party, clock, ground.client)


def code_of(response: httpx.Response) -> str:
    """The problem code of a refusal."""
    return str(response.json()["type"]).removeprefix("/problems/")
