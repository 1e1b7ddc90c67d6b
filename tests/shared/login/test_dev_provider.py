"""Login, logout and our own tokens against the development provider, as its own process: nothing here is made for a test."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from joserfc.jwk import ECKey
from litestar import get

from deploy.demo.population import Citizen
from deploy.provider.browser import Browser, LoginFailed
from deploy.provider.config import LOA3, Client, Config, Kind, Persons, StaffPersona, public_jwks, write
from shared.auth import Kind as CallerKind
from shared.clock import utc_now
from shared.database import Database
from shared.http import Runtime, make_app
from shared.login.authenticate import Authenticator
from shared.login.config import LoginConfig
from shared.login.relying_party import RelyingParty
from shared.login.routes import login_routes
from shared.login.sessions import Sessions
from shared.tokens.client_key import read_client_key
from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.revocation import EndedLogins
from shared.tokens.source import TokenRefused, TokenSource
from shared.tokens.validator import Validator
from shared.work import TheCaller
from tests.eventually import eventually
from tests.shared.conftest import Nobody
from tests.shared.tokens.web import Door, door

GUARDIAN = "198503039805"
NUMBER_SCOPE = "https://id.oidc.se/scope/naturalPersonNumber"
NUMBER = "https://id.oidc.se/claim/personalIdentityNumber"
BUS = "https://bus.samsyn.example"
SYSTEM = "https://system.school.example"
LOA2 = LOA3.replace("loa3", "loa2")


class Ground(msgspec.Struct, frozen=True):
    """Two houses at one provider, and what a system needs to get tokens there."""

    issuer: str
    consent: str
    sharing: str
    fetcher: Fetcher
    keys: Path

    def source(self, *scopes: str, audience: str = BUS) -> TokenSource:
        return TokenSource(
            self.fetcher,
            issuer=self.issuer,
            client_id=SYSTEM,
            key=read_client_key(self.keys / "system.json"),
            audience=audience,
            scopes=scopes,
        )


def make_keys(folder: Path) -> None:
    for name in ("consent", "sharing", "system"):
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(ECKey.generate_key("P-256").as_dict(private=True)))


def client_of(house: str, base: str, keys: Path, persons: Persons, *scopes: str) -> Client:
    return Client(
        client_id=f"https://{house}.samsyn.example/client",
        kind=Kind.HOUSE,
        jwks=public_jwks(keys / f"{house}.json"),
        name=house,
        redirect_uris=(f"{base}/auth/callback",),
        post_logout_redirect_uris=(f"{base}/",),
        backchannel_logout_uri=f"{base}/auth/backchannel-logout",
        persons=persons,
        scopes=("openid", *scopes),
        serves=f"https://{house}.samsyn.example",
    )


def provider_config(folder: Path, issuer: str, consent: str, sharing: str) -> Config:
    register = folder / "register.jsonl"
    register.write_bytes(msgspec.json.encode(Citizen(number=GUARDIAN, name="Frank Testsson")))
    system = Client(
        client_id=SYSTEM,
        kind=Kind.SYSTEM,
        jwks=public_jwks(folder / "system.json"),
        name="Skolsystem",
        own_scopes=("sharing:send",),
        resources=(BUS,),
        must_bind=True,
    )
    return Config(
        issuer=issuer,
        data=folder / "provider",
        population=register,
        staff=(
            StaffPersona(subject="p-1", name="Kim Ek", title="Skolkurator", organisation="o5ek"),
            StaffPersona(subject="p-2", name="Mika Sten", title="Lärare", organisation="o5ek", acr=LOA2),
        ),
        clients=(
            client_of("consent", consent, folder, Persons.ALL, NUMBER_SCOPE, "consent:answer"),
            client_of("sharing", sharing, folder, Persons.STAFF, "sharing:decide"),
            system,
        ),
    )


async def person_of(info: Mapping[str, Any], _now: datetime) -> str | None:
    return "person-of-frank" if info.get(NUMBER) == GUARDIAN else None


async def organisation_of(_issuer: str, client_id: str) -> str | None:
    return {SYSTEM: "o5ek"}.get(client_id)


@get("/who")
async def who(caller: TheCaller) -> TheCaller:
    return caller


def put_house(name: str, at: Door, issuer: str, database: Database, fetcher: Fetcher, keys: Path) -> None:
    is_family = name == "consent"
    config = LoginConfig(
        house=name,
        issuer=issuer,
        client_id=f"https://{name}.samsyn.example/client",
        key=read_client_key(keys / f"{name}.json"),
        public_url=at.base,
        scopes=frozenset({"consent:answer" if is_family else "sharing:decide"}),
        identity_scopes=frozenset({NUMBER_SCOPE} if is_family else set()),
        person_of=person_of if is_family else None,
    )
    key_sets, ended = KeySets([IssuerConfig(issuer=issuer)], fetcher), EndedLogins()
    sessions = Sessions(database, config, ended)
    validator = Validator(key_sets, audience=f"https://{name}.samsyn.example", organisation_of=organisation_of, ended=ended)
    authenticator = Authenticator(validator, public_url=at.base, sessions=sessions, cookie=config.cookie)
    runtime = Runtime(database=database, ask=Nobody(), authenticate=authenticator.authenticate, public_url=at.base, issuer=issuer)
    routes = [who, *login_routes(RelyingParty(config, sessions, key_sets, fetcher))]
    at.app = make_app(house=name, routes=routes, runtime=runtime)


async def is_up(issuer: str) -> bool:
    async with httpx2.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{issuer}/health/live")).status_code == 200
        except httpx2.HTTPError:
            return False


@pytest.fixture(scope="module")
async def ground(consent_db: Database, sharing_db: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    folder = tmp_path_factory.mktemp("provider")
    make_keys(folder)
    async with door() as consent, door() as sharing, Fetcher(production=False) as fetcher:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
            write(folder / "provider.json", provider_config(folder, issuer, consent.base, sharing.base))
            command = [sys.executable, "-m", "deploy.provider", "--config", str(folder / "provider.json"), "--fd", str(listener.fileno())]
            process = subprocess.Popen(command, pass_fds=[listener.fileno()], env=dict(os.environ))
        try:
            await eventually(lambda: is_up(issuer), within=20)
            put_house("consent", consent, issuer, consent_db, fetcher, folder)
            put_house("sharing", sharing, issuer, sharing_db, fetcher, folder)
            yield Ground(issuer, consent.base, sharing.base, fetcher, folder)
        finally:
            process.terminate()
            process.wait(20)


async def caller(browser: Browser, house: str) -> dict[str, Any] | None:
    answer = await browser.get(f"{house}/who")
    return answer.json() if answer.status_code == 200 else None


async def test_a_guardian_logs_in_and_the_number_stays_out_of_the_session(ground: Ground, consent_db: Database) -> None:
    async with Browser() as browser:
        session = await browser.login(ground.consent, GUARDIAN)

        assert session["acr"] == LOA3
        known = await caller(browser, ground.consent)
    assert known is not None
    assert (known["person_id"], known["scopes"], known["organisation"]) == ("person-of-frank", ["consent:answer"], None)
    async with consent_db.connection() as connection:
        assert GUARDIAN not in repr(await connection.fetch("select * from session"))
        assert await connection.fetchval("select count(*) from login_attempt") == 0


async def test_staff_log_in_with_the_organisation_that_they_work_for(ground: Ground) -> None:
    async with Browser() as browser:
        await browser.login(ground.sharing, "p-1", strong=True, fresh=True)
        known = await caller(browser, ground.sharing)

    assert known is not None
    assert (known["subject"], known["organisation"], known["scopes"]) == ("p-1", "o5ek", ["sharing:decide"])


async def test_a_weaker_login_than_asked_for_gives_no_session(ground: Ground) -> None:
    async with Browser() as browser:
        with pytest.raises(LoginFailed, match="login-refused"):
            await browser.login(ground.sharing, "p-2")

        assert await caller(browser, ground.sharing) is None


async def test_logging_out_of_one_house_ends_the_session_in_the_other(ground: Ground) -> None:
    async with Browser() as browser:
        await browser.login(ground.sharing, "p-1")
        await browser.login(ground.consent, "p-1")

        await browser.logout(ground.sharing)

        assert await caller(browser, ground.sharing) is None
        assert await caller(browser, ground.consent) is None


async def test_two_browsers_of_one_person_are_two_logins(ground: Ground) -> None:
    async with Browser() as one, Browser() as two:
        await one.login(ground.sharing, "p-1")
        await two.login(ground.sharing, "p-1")

        await one.logout(ground.sharing)

        assert await caller(two, ground.sharing) is not None


async def test_a_systems_token_is_accepted_with_its_proof_and_only_once_per_proof(ground: Ground) -> None:
    key_sets = KeySets([IssuerConfig(issuer=ground.issuer)], ground.fetcher)
    validator = Validator(key_sets, audience=BUS, organisation_of=organisation_of)
    credentials = await ground.source("sharing:send").credentials("CONNECT", BUS)

    accepted = await validator.accept(credentials.token, credentials.proof, htm="CONNECT", htu=BUS, now=utc_now())

    assert (accepted.caller.kind, accepted.caller.organisation) == (CallerKind.SYSTEM, "o5ek")
    assert accepted.caller.scopes == {"sharing:send"}
    assert abs((accepted.expires_at - credentials.expires_at).total_seconds()) <= 2


async def test_a_token_for_the_bus_opens_no_house(ground: Ground) -> None:
    credentials = await ground.source("sharing:send").credentials("GET", f"{ground.sharing}/who")

    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{ground.sharing}/who", headers=credentials.headers())

    assert (answer.status_code, answer.json()["detail"]) == (401, "another audience")
    assert answer.headers["www-authenticate"].startswith("DPoP ")


@pytest.mark.parametrize(
    ("scope", "audience", "error"), [("sharing:send", "https://audit.samsyn.example", "invalid_target"), ("house", BUS, "invalid_scope")]
)
async def test_a_system_gets_no_token_for_what_is_not_its_own(ground: Ground, scope: str, audience: str, error: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        await ground.source(scope, audience=audience).token()

    assert caught.value.error == error
