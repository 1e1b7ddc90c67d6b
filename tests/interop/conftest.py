import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from joserfc.jwk import ECKey

from deploy.provider.config import LOA3, Client, Config, Kind, StaffPersona, public_jwks, write
from tests.eventually import eventually

RESOURCE = "https://sharing.samsyn.example"
PERSONA = StaffPersona(subject="p-1", name="Kim Ek", title="Skolkurator", organisation="o5ek")
WEAK = StaffPersona(subject="p-2", name="Mika Sten", title="Lärare", organisation="o5ek", acr=LOA3.replace("loa3", "loa2"))


class Running(msgspec.Struct, frozen=True):
    """A provider in its own process, and what a client script needs to know of it."""

    issuer: str
    facts: dict[str, Any]


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """Our provider as `deploy` starts it: `python -m deploy.provider --fd N`."""
    folder = tmp_path_factory.mktemp("provider")
    clients = {name: _key(folder, name) for name in ("house", "other", "system")}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = _config(f"http://127.0.0.1:{listener.getsockname()[1]}", folder)
        write(folder / "provider.json", config)
        command = [sys.executable, "-m", "deploy.provider", "--config", str(folder / "provider.json"), "--fd", str(listener.fileno())]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()])
    try:
        async with httpx2.AsyncClient(trust_env=False) as http:
            await eventually(lambda: _is_up(http, config.issuer), within=20)
        facts: dict[str, Any] = {
            name: {
                "client_id": client.client_id,
                "jwk": clients[name],
                "redirect_uri": next(iter(client.redirect_uris), None),
                "after_logout": next(iter(client.post_logout_redirect_uris), None),
            }
            for name, client in zip(clients, config.clients, strict=True)
        }
        facts |= {"issuer": config.issuer, "persona": "p-1", "name": PERSONA.name, "weak": "p-2", "loa3": LOA3, "resource": RESOURCE}
        yield Running(config.issuer, facts)
    finally:
        process.terminate()
        process.wait(10)


async def _is_up(http: httpx2.AsyncClient, issuer: str) -> bool:
    return (await http.get(issuer + "/health/live")).status_code == httpx2.codes.OK


def _key(folder: Path, name: str) -> dict[str, Any]:
    key = ECKey.generate_key("P-256")
    jwk: dict[str, Any] = {**key.as_dict(private=True), "kid": f"{name}-1"}
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(jwk))
    return jwk


def _config(issuer: str, folder: Path) -> Config:
    house: dict[str, Any] = {
        "kind": Kind.HOUSE,
        "scopes": ("openid", "profile", "offline_access", "sharing:read"),
        "own_scopes": ("house",),
        "resources": (RESOURCE,),
    }
    return Config(
        issuer=issuer,
        data=folder / "data",
        staff=(PERSONA, WEAK),
        clients=(
            Client(
                client_id="https://consent.samsyn.example/client",
                jwks=public_jwks(folder / "house.json"),
                name="Samtycke",
                redirect_uris=("https://consent.samsyn.example/auth/callback",),
                post_logout_redirect_uris=("https://consent.samsyn.example/",),
                **house,
            ),
            Client(
                client_id="https://audit.samsyn.example/client",
                jwks=public_jwks(folder / "other.json"),
                name="Logg",
                redirect_uris=("https://audit.samsyn.example/auth/callback",),
                **house,
            ),
            Client(
                client_id="https://system.o5ek.samsyn.example",
                kind=Kind.SYSTEM,
                jwks=public_jwks(folder / "system.json"),
                name="Skolans system",
                own_scopes=("sharing:send",),
                resources=(RESOURCE,),
                must_bind=True,
            ),
        ),
    )
