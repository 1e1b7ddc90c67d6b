"""The suite as client and resource before a certified provider that knows nothing of us: npm oidc-provider."""

import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import msgspec
import pytest
from joserfc.jwk import ECKey
from litestar import get

from deploy.provider.browser import Browser, LoginFailed, read_forms
from shared.auth import Caller, Kind
from shared.clock import utc_now
from shared.database import Database
from shared.errors import Unauthenticated
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
from tests.interop.node import node, packages
from tests.shared.conftest import Nobody
from tests.shared.tokens.web import served

SHARING = "https://sharing.samsyn.example"
SYSTEM = "https://system.o5ek.samsyn.example"
HOUSE = "https://consent.samsyn.example/client"
ADDRESS = f"{SHARING}/v1/items"
LOA3 = "http://id.elegnamnden.se/loa/1.0/loa3"
LOA2 = "http://id.elegnamnden.se/loa/1.0/loa2"
NUMBER_SCOPE = "https://id.oidc.se/scope/naturalPersonNumber"
NUMBER = "201305059818"


@get("/who")
async def who(caller: TheCaller) -> Caller:
    return caller


async def organisation_of(_issuer: str, client_id: str) -> str | None:
    return "o5ek" if client_id == SYSTEM else None


async def person_of(info: Mapping[str, Any], _now: datetime) -> str | None:
    return "known-by-number" if info.get("https://id.oidc.se/claim/personalIdentityNumber") == NUMBER else None


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """The provider in its own process, and a house of ours that trusts it."""

    issuer: str
    house: str
    keys: Path
    fetcher: Fetcher
    key_sets: KeySets

    def validator(self, audience: str = SHARING) -> Validator:
        return Validator(self.key_sets, audience=audience, organisation_of=organisation_of)

    def source(self, audience: str = SHARING, *, client_id: str = SYSTEM) -> TokenSource:
        key = read_client_key(self.keys / "system.json")
        return TokenSource(self.fetcher, issuer=self.issuer, client_id=client_id, key=key, audience=audience, scopes=["sharing:send"])


@asynccontextmanager
async def running(folder: Path, database: Database, *, level: str | None, is_always_strong: bool) -> AsyncIterator[Foreign]:
    """`level`: the provider logs everybody in at it at once; None shows the provider's own development pages."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as taken:
        house, issuer = (f"http://127.0.0.1:{s.getsockname()[1]}" for s in (listener, taken))
        taken.close()
        facts = folder / "facts.json"
        facts.write_bytes(msgspec.json.encode(_facts(folder, issuer, house, level)))
        process = subprocess.Popen([*node(), str(packages() / "op.mjs"), str(facts)], stdout=subprocess.DEVNULL)
        try:
            async with Fetcher(production=False) as fetcher, httpx2.AsyncClient(trust_env=False) as http:
                await eventually(lambda: _is_up(http, issuer), within=20)
                key_sets = KeySets([IssuerConfig(issuer=issuer)], fetcher)
                app = _house(folder, database, fetcher, key_sets, house=house, issuer=issuer, is_always_strong=is_always_strong)
                async with served(app, listener):
                    yield Foreign(issuer=issuer, house=house, keys=folder, fetcher=fetcher, key_sets=key_sets)
        finally:
            process.terminate()
            process.wait(10)


def _house(
    folder: Path, database: Database, fetcher: Fetcher, key_sets: KeySets, *, house: str, issuer: str, is_always_strong: bool
) -> Any:
    config = LoginConfig(
        house="consent",
        issuer=issuer,
        client_id=HOUSE,
        key=read_client_key(folder / "house.json"),
        public_url=house,
        scopes=frozenset({"consent:answer"}),
        identity_scopes=frozenset({NUMBER_SCOPE}),
        is_always_strong=is_always_strong,
        person_of=person_of,
    )
    ended = EndedLogins()
    sessions = Sessions(database, config, ended)
    party = RelyingParty(config, sessions, key_sets, fetcher)
    validator = Validator(key_sets, audience="https://consent.samsyn.example", organisation_of=organisation_of, ended=ended)
    authenticator = Authenticator(validator, public_url=house, sessions=sessions, cookie=config.cookie)
    runtime = Runtime(database=database, ask=Nobody(), authenticate=authenticator.authenticate, public_url=house, issuer=issuer)
    return make_app(house="consent", routes=[who, *login_routes(party)], runtime=runtime)


async def _is_up(http: httpx2.AsyncClient, issuer: str) -> bool:
    try:
        return (await http.get(issuer + "/.well-known/openid-configuration")).status_code == httpx2.codes.OK
    except httpx2.ConnectError:
        return False


def _facts(folder: Path, issuer: str, house: str, level: str | None) -> dict[str, Any]:
    public = {}
    for name in ("house", "system"):
        key = ECKey.generate_key("P-256")
        (folder / f"{name}.json").write_bytes(msgspec.json.encode({**key.as_dict(private=True), "kid": f"{name}-1"}))
        public[name] = {**key.as_dict(private=False), "kid": f"{name}-1", "use": "sig", "alg": "ES256"}
    common = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "ES256",
    }
    system = {
        "client_id": SYSTEM,
        "jwks": {"keys": [public["system"]]},
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "dpop_bound_access_tokens": True,
        "scope": "sharing:send",
    }
    web = {
        "client_id": HOUSE,
        "application_type": "native",  # allows http on loopback
        "jwks": {"keys": [public["house"]]},
        "grant_types": ["authorization_code"],
        "redirect_uris": [f"{house}/auth/callback"],
        "post_logout_redirect_uris": [f"{house}/"],
        "backchannel_logout_uri": f"{house}/auth/backchannel-logout",
        "backchannel_logout_session_required": True,
        "require_auth_time": True,  # the Swedish profile has auth_time in every ID token
        "userinfo_signed_response_alg": "ES256",
        "scope": f"openid consent:answer {NUMBER_SCOPE}",
    }
    return {
        "issuer": issuer,
        "subject": "p-7c1a",
        "number": NUMBER,
        "level": level,
        "loa3": LOA3,
        "loa2": LOA2,
        "scopes": ["sharing:send", "consent:answer"],
        "clients": [common | system, common | web],
    }


@pytest.fixture(scope="module")
async def foreign(tmp_path_factory: pytest.TempPathFactory, consent_db: Database) -> AsyncIterator[Foreign]:
    async with running(tmp_path_factory.mktemp("op"), consent_db, level=None, is_always_strong=False) as made:
        yield made


async def test_a_system_of_ours_gets_a_bound_token_that_our_resource_accepts(foreign: Foreign) -> None:
    credentials = await foreign.source().credentials("POST", ADDRESS)

    caller = await foreign.validator().validate(
        [f"DPoP {credentials.token}"], dpop=[credentials.proof], method="POST", url=ADDRESS, now=utc_now()
    )

    assert (caller.kind, caller.subject, caller.organisation) == (Kind.SYSTEM, SYSTEM, "o5ek")
    assert caller.scopes == {"sharing:send"}


@pytest.mark.parametrize("fault", ["payload", "signature", "bearer", "no proof", "other method", "other audience", "proof twice"])
async def test_a_token_of_theirs_that_is_wrong_in_one_way_is_refused(foreign: Foreign, fault: str) -> None:
    source, validator = foreign.source(), foreign.validator("https://audit.samsyn.example" if fault == "other audience" else SHARING)
    credentials = await source.credentials("POST", ADDRESS)
    head, body, signature = credentials.token.split(".")
    token = {"payload": f"{head}.{_flip(body)}.{signature}", "signature": f"{head}.{body}.{_flip(signature)}"}.get(fault, credentials.token)
    scheme = "Bearer" if fault == "bearer" else "DPoP"
    proofs = [] if fault == "no proof" else [source.proof("POST", ADDRESS, token)]
    method = "GET" if fault == "other method" else "POST"

    async def try_it() -> Caller:
        return await validator.validate([f"{scheme} {token}"], dpop=proofs, method=method, url=ADDRESS, now=utc_now())

    if fault == "proof twice":
        await try_it()
    with pytest.raises(Unauthenticated):
        await try_it()


async def test_their_refusal_is_told_as_our_own_mistake(foreign: Foreign) -> None:
    with pytest.raises(TokenRefused) as refused:
        await foreign.source(client_id="https://unknown.example").token()

    assert refused.value.error == "invalid_client"


async def test_a_person_logs_in_through_their_own_pages(foreign: Foreign) -> None:
    async with Browser() as browser:
        await _through_their_pages(browser, foreign)

        caller = (await browser.get(f"{foreign.house}/who")).json()

        assert (caller["kind"], caller["issuer"], caller["subject"]) == ("person", foreign.issuer, "p-7c1a")
        assert caller["person_id"] == "known-by-number"


async def test_a_logout_at_their_end_ends_our_session(foreign: Foreign) -> None:
    async with Browser() as browser:
        await _through_their_pages(browser, foreign)
        cookie = browser.cookies(foreign.house)["__Host-samsyn-consent"]

        page = await browser.get(f"{foreign.issuer}/session/end", params={"client_id": HOUSE})
        form = next(form for form in read_forms(page.text) if "xsrf" in form.hidden)
        await browser.post(form.action, data=form.hidden | {"logout": "yes"})

        async def is_over() -> bool:
            answer = await browser.get(f"{foreign.house}/auth/session", headers={"Cookie": f"__Host-samsyn-consent={cookie}"})
            return answer.status_code == httpx2.codes.UNAUTHORIZED

        await eventually(is_over)


async def test_a_login_at_the_level_that_is_asked_for_is_taken(tmp_path: Path, consent_db: Database) -> None:
    async with running(tmp_path, consent_db, level=LOA3, is_always_strong=True) as strong, Browser() as browser:
        session = await browser.login(strong.house, None)

        assert session["acr"] == LOA3


async def test_a_login_below_the_level_that_is_asked_for_gives_no_session(tmp_path: Path, consent_db: Database) -> None:
    async with running(tmp_path, consent_db, level=LOA2, is_always_strong=True) as weak, Browser() as browser:
        with pytest.raises(LoginFailed):
            await browser.login(weak.house, None)

        assert "__Host-samsyn-consent" not in browser.cookies(weak.house)


async def _through_their_pages(browser: Browser, foreign: Foreign) -> None:
    page = await browser.follow(await browser.get(f"{foreign.house}/auth/login"), until=foreign.house)
    for fields in ({"login": "p-7c1a", "password": "x"}, {}):
        form = read_forms(page.text)[0]
        answer = await browser.post(urljoin(str(page.url), form.action), data=form.hidden | fields)
        page = await browser.follow(answer, until=foreign.house)
    await browser.session(foreign.house)


def _flip(text: str) -> str:
    return ("A" if text[0] != "A" else "B") + text[1:]
