import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from joserfc.jwk import ECKey

from deploy.demo.population import Citizen
from deploy.provider.app import make_app
from deploy.provider.config import LOA3, Client, Config, Kind, Persons, StaffPersona, check
from deploy.provider.provider import Provider
from tests.deploy.provider.party import Clock, Party
from tests.shared.tokens.web import Web, served

CHILD = "201305059818"
GUARDIAN = "198503039805"
NUMBER_SCOPE = "https://id.oidc.se/scope/naturalPersonNumber"
CONSENT, SHARING, BUS = (f"https://{name}.samsyn.example" for name in ("consent", "sharing", "bus"))


class Ground(msgspec.Struct, kw_only=True):
    """A running provider with a clock of its own, two houses, an organisation's system, and somebody who takes logout tokens."""

    provider: Provider
    clock: Clock
    consent: Party
    sharing: Party
    system: Party
    told: Web


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Web]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Web(listener.getsockname()[1])
        async with served(made, listener):
            yield made


@pytest.fixture(scope="module")
async def started(tmp_path_factory: pytest.TempPathFactory, told: Web) -> AsyncIterator[Ground]:
    async with running(tmp_path_factory.mktemp("provider"), told) as made:
        yield made


@pytest.fixture
def ground(started: Ground) -> Ground:
    """The module's provider with a fresh browser."""
    started.consent.http.cookies.clear()
    started.told.asked.clear()
    return started


@asynccontextmanager
async def running(folder: Path, told: Web, **changed: Any) -> AsyncIterator[Ground]:
    """The provider on a free port; `changed` are members of its Config."""
    clock = Clock(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    keys = [ECKey.generate_key("P-256") for _ in range(3)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = msgspec.structs.replace(_config(folder, listener.getsockname()[1], keys, told), **changed)
        check(config)
        app = make_app(config, clock)
        async with served(app, listener), httpx2.AsyncClient(follow_redirects=False, trust_env=False) as http:
            parties = [
                Party(
                    issuer=config.issuer,
                    client_id=client.client_id,
                    key=key,
                    redirect_uri=next(iter(client.redirect_uris), ""),
                    clock=clock,
                    http=http,
                )
                for client, key in zip(config.clients, keys, strict=True)
            ]
            yield Ground(provider=app.state.provider, clock=clock, consent=parties[0], sharing=parties[1], system=parties[2], told=told)


def _config(folder: Path, port: int, keys: list[ECKey], told: Web) -> Config:
    register = folder / "register.jsonl"
    people = (
        Citizen(number=GUARDIAN, name="Frank Testsson"),
        msgspec.convert({"number": CHILD, "name": "Elis Testsson", "guardians": [{"number": GUARDIAN, "custody": "sole"}]}, Citizen),
    )
    register.write_bytes(b"\n".join(msgspec.json.encode(person) for person in people))
    public = [{"keys": [key.as_dict(private=False)]} for key in keys]
    return Config(
        issuer=f"http://127.0.0.1:{port}",
        data=folder / "provider",
        population=register,
        staff=(
            StaffPersona(subject="p-1", name="Kim Ek", title="Skolkurator", organisation="o5ek", organisation_name="Skolnämnden"),
            StaffPersona(subject="p-2", name="Mika Sten", title="Lärare", organisation="o5ek", acr=LOA3.replace("loa3", "loa2")),
        ),
        clients=(
            Client(
                client_id=f"{CONSENT}/client",
                kind=Kind.HOUSE,
                jwks=public[0],
                name="Samtycke",
                redirect_uris=("https://consent.samsyn.example/auth/callback",),
                post_logout_redirect_uris=("https://consent.samsyn.example/",),
                backchannel_logout_uri=f"{told.base}/consent",
                scopes=("openid", "profile", "offline_access", NUMBER_SCOPE, "consent:answer"),
                own_scopes=("house",),
                resources=(SHARING,),
                serves=CONSENT,
            ),
            Client(
                client_id=f"{SHARING}/client",
                kind=Kind.HOUSE,
                jwks=public[1],
                name="Delning",
                redirect_uris=("https://sharing.samsyn.example/auth/callback",),
                backchannel_logout_uri=f"{told.base}/sharing",
                persons=Persons.STAFF,
                scopes=("openid", "sharing:decide", "consent:ask"),
                resources=(CONSENT, SHARING),
                serves=SHARING,
            ),
            Client(
                client_id="https://system.o5ek.samsyn.example",
                kind=Kind.SYSTEM,
                jwks=public[2],
                name="Skolans system",
                own_scopes=("sharing:send", "sharing:fetch"),
                resources=(SHARING, BUS),
                must_bind=True,
            ),
        ),
    )
