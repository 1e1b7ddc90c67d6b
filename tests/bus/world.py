"""The bus as it runs: server, callout, a register, and two organisations with a system each that try what they can."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy.callout.service import Callout
from shared.bus import Bus, Credential, discard
from shared.bus_login import METHOD, SEPARATOR
from shared.clock import utc_now
from shared.database import Database
from shared.errors import Unavailable
from shared.ids import new_id
from shared.subjects import BUS
from tests.nats_fixture import Nats
from tests.shared.tokens.forge import Forge

OURS, THEIRS = "o5ek", "o2rg"
SYSTEMS = {OURS: "https://system.school.example", THEIRS: "https://system.region.example"}
HOUSES = {name: f"https://{name}.samsyn.example" for name in ("consent", "sharing", "audit")}


class Login(msgspec.Struct, frozen=True):
    """A client's token, made by hand and good by default, with a proof for each connection."""

    forge: Forge
    client_id: str
    lifetime: timedelta = timedelta(minutes=5)
    bend: dict[str, Any] = {}
    header: dict[str, Any] = {}

    def claims(self, now: datetime) -> dict[str, Any]:
        at = int(now.timestamp())
        scope = "house" if self.client_id in HOUSES.values() else "bus"
        times = {"iat": at, "exp": at + int(self.lifetime.total_seconds())}
        return self.forge.system(aud=BUS, sub=self.client_id, client_id=self.client_id, scope=scope, **times) | self.bend

    async def __call__(self) -> Credential:
        now = utc_now()
        claims = self.claims(now)
        return Presented(self.forge, self.forge.token(claims, **self.header), now + self.lifetime)


class Presented(msgspec.Struct, frozen=True):
    forge: Forge
    token: str
    expires_at: datetime

    def present(self) -> str:
        proof = self.forge.proof(self.token, htm=METHOD, htu=BUS, iat=int(utc_now().timestamp()))
        return self.token + SEPARATOR + proof


class World(msgspec.Struct, frozen=True, kw_only=True):
    server: Nats
    forge: Forge
    register: Database
    callout: Callout
    callout_bus: Bus

    def login(self, name: str, **changed: Any) -> Login:
        client_id = SYSTEMS.get(name) or HOUSES[name]
        return msgspec.structs.replace(Login(self.forge, client_id), **changed)

    async def bus(self, name: str, **changed: Any) -> Bus:
        return await Bus.open(self.server.url, name=name, credentials=self.login(name, **changed), required=True)

    async def is_let_in(self, auth_token: str | None) -> bool:
        """Whether a plain client with this text as its token becomes a user."""
        client = Client()
        try:
            await client.connect(self.server.url, allow_reconnect=False, connect_timeout=6, error_cb=_quiet, token=auth_token)
            await client.flush(timeout=2)
        except (NatsError, OSError, TimeoutError):
            return False
        finally:
            await discard(client)
        return True

    async def knows(self, organisation: str) -> None:
        """Put the organisation and its system into the register, as they were at the start."""
        async with self.register.transaction() as tx:
            await tx.execute(
                "insert into organisation (organisation, display_name, principal, public, revision, registered_at)"
                " values ($1, 'Nämnden', 'Kommunen', true, 1, $2) on conflict do nothing",
                organisation,
                utc_now(),
            )
            await tx.execute(
                "insert into system_client values ('https://login.example', $1, $2, $3, $4, null)"
                " on conflict (issuer, client_id) do update set revoked_at = null",
                SYSTEMS[organisation],
                organisation,
                utc_now() - timedelta(days=1),
                utc_now() + timedelta(days=1),
            )
            await tx.execute(
                "insert into access_grant select $1, $2, $3, null, 'system', '{}', $4, $5, 'test', 1, null, 'test'"
                " where not exists (select from access_grant where principal = $2 and revoked_at is null)",
                new_id(utc_now()),
                f"https://login.example {SYSTEMS[organisation]}",
                organisation,
                utc_now() - timedelta(days=1),
                utc_now() + timedelta(days=1),
            )


async def is_refused(bus: Bus) -> bool:
    """Whether the bus has lost its connection and does not get a new one."""
    try:
        await bus.client.flush(timeout=1)
    except (Unavailable, NatsError, OSError, TimeoutError):
        return True
    return False


async def _quiet(_error: Exception) -> None:
    """A refusal is what the test looks for."""
