"""What the parts are: PostgreSQL, NATS, the development provider, the callout and the three houses, with what each is told."""

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.demo import world
from deploy.embedded import nats, postgres
from deploy.embedded.home import CHECKOUT, Home
from deploy.embedded.keys import Keys
from deploy.embedded.ports import HOST, signer_socket
from deploy.embedded.roles import HOUSES, database_of
from deploy.embedded.supervisor import Part
from shared.clock import TEST_CLOCK
from shared.subjects import BUS
from shared.testpoints import TEST_PAUSE

PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ"),
    *("SAMSYN_OTLP_ENDPOINT", "SAMSYN_LOG_LEVEL", TEST_CLOCK, TEST_PAUSE),
    *("OTEL_BSP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL"),  # how often telemetry leaves, by OpenTelemetry's own names
)
"""The only variables of ours that a service sees besides its own settings."""

PRELOADED = (
    *(f"services.{house}.app" for house in HOUSES),
    "services.audit.signer.office",
    "services.audit.signer.process",
    "deploy.callout.register",
    "deploy.callout.service",
    "deploy.callout.settings",
    "deploy.provider.app",
    *("anyio._backends._asyncio", "cryptography.hazmat.backends.openssl.backend"),  # what a first request would import in each of them
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
"""What the nursery imports for all of them."""

AUDIT_ORIGIN = "audit.samsyn.example"
"""First part of every log's name."""
ROOT_LOG = f"{AUDIT_ORIGIN}/audit/root"
ROOT = "root.json"
"""Says which root log is witnessed, where audit was put back from a copy and another one follows the first."""

PROJECTS = (CHECKOUT, CHECKOUT / "services/sharing/connect", CHECKOUT / "services/audit/verify")
"""Where our Python code lies: this project, and the two that other people run without it."""


@dataclass(frozen=True)
class Plan:
    """One home's parts. Knows where everything listens; starts nothing."""

    home: Home
    keys: Keys
    database: postgres.Postgres
    descriptors: Mapping[str, int]
    ports: Mapping[str, int]
    free_bus: Callable[[], None] = lambda: None
    """Gives the bus's port free for the bus: nobody else can take it before."""

    @property
    def bus_name(self) -> str:
        """What this home's NATS server calls itself."""
        return f"samsyn-{hashlib.sha256(os.fsencode(self.home.folder)).hexdigest()[:12]}"

    @property
    def addresses(self) -> dict[str, str]:
        """Base URLs by name."""
        web = {name: f"http://{HOST}:{port}" for name, port in self.ports.items() if name != "bus"}
        return {**web, "bus": f"nats://{HOST}:{self.ports['bus']}"}

    def url(self, role: str, database: str) -> str:
        """One role's way to one database."""
        return self.database.url(role, self.keys.passwords[role], database)

    @property
    def admin_url(self) -> str:
        """The superuser's way, for making databases only."""
        return self.url(postgres.SUPERUSER, "postgres")

    def config(self, name: str) -> Path:
        """A configuration file that deploy writes for a part."""
        return self.home.folder / "config" / name

    @property
    def organisations(self) -> Path:
        """One folder per organisation with the keys that it holds itself; in real life these are elsewhere."""
        return self.home.folder / "organisations"

    @property
    def population(self) -> Path:
        """The synthetic population register, one person per line."""
        return self.home.folder / "population.jsonl"

    def environment(self, **settings: str) -> dict[str, str]:
        """What a service sees: its settings and a few variables of ours."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        passed["PYTHONPATH"] = os.pathsep.join(map(str, PROJECTS))
        return {**passed, **{f"SAMSYN_{name.upper()}": value for name, value in settings.items()}}

    def house_settings(self, house: str) -> dict[str, str]:
        """The settings of one house, as `shared/settings.py` and its own `settings.py` name them."""
        return {
            "database_url": self.url(house, database_of(house)),
            "nats_url": self.addresses["bus"],
            "issuer": self.addresses["provider"],
            "audience": audience(house),
            "public_url": self.addresses[house],
            "client_id": audience(house),
            "client_key": str(self.keys.client_key(house)),
            "secret_key": str(self.keys.secret_key(house)),
            "production": "false",
            "database_connections": "4" if house == "audit" else "3",  # the relay has one for good, audit's sequencer another
            **self._own_settings(house),
        }

    def _own_settings(self, house: str) -> dict[str, str]:
        operator = world.load().operator
        return {
            "consent": {
                "operator": operator,
                "population_register": str(self.population),
                "receipt_keys": str(self.keys.receipt_keys()),
                "cases_url": f"{self.addresses['sharing']}/cases/new",
            },
            "sharing": {
                "trust_file": str(self.config("trust.json")),
                "naming_url": f"{self.addresses['consent']}/children/name",
                "own_acts_url": f"{self.addresses['audit']}/mine",
                "desks_file": str(self.config("desks.json")),
            },
            "audit": {
                "operator": operator,
                "origin": AUDIT_ORIGIN,
                "signer": str(signer_socket(self.home)),
                "witness_policy": str(self.config("witnesses.policy")),
                "trust_file": str(self.config("trust.json")),
                "witness_stop_hours": "0",  # nobody else is there who could come and sign
                "erasure_ledger": str(self.home.folder / "erased.ndjson"),
            },
        }[house]

    def postgres(self) -> Part:
        """The database, as its own user where we are root."""
        return Part(
            name="postgresql",
            command=self.database.command(),
            environment=postgres.ENVIRONMENT,
            ready=self.database.is_ready,
            stop=signal.SIGINT,
            account=self.database.account,
            before=self.database.clear_stale_pid,
        )

    def nats(self) -> Part:
        """The bus."""
        return Part(
            name="nats",
            command=nats.command(self.config("nats.json")),
            environment=self.environment(),
            ready=lambda: nats.is_ready(self.ports["bus"], self.bus_name),
            before=self.free_bus,
        )

    def provider(self) -> Part:
        """The development OpenID provider."""
        module = ("deploy.provider", "--config", str(self.config("provider.json")), "--fd", str(self.descriptors["provider"]))
        return self._service("provider", module, {}, "/.well-known/openid-configuration")

    def callout(self) -> Part:
        """Who may do what on the bus."""
        settings = {
            "nats_url": self.addresses["bus"],
            "database_url": self.url("callout", database_of("sharing")),
            "issuer": self.addresses["provider"],
            "audience": BUS,
            "callout_seeds": str(self.home.secrets),
            "house_clients": ",".join(f"{house}={audience(house)}" for house in HOUSES),
            "production": "false",
            "nats_config": str(self.config("nats.json")),
        }
        module = ("deploy.callout",)
        return Part(
            name="callout",
            command=python(*module),
            environment=self.environment(**settings),
            ready=with_the_houses,
            module=module,
        )

    def signer(self) -> Part:
        """Who signs the logs' checkpoints: audit's key and memory, where audit's database and its backup are not."""
        settings = {"signing_key": str(self.keys.secret_key("audit-signing")), "signer_store": str(self.home.folder / "signer")}
        module = ("services.audit.signer", "serve", "--fd", str(self.descriptors["signer"]))
        return Part(
            name="signer",
            command=python(*module),
            environment=self.environment(**settings),
            descriptors=(self.descriptors["signer"],),
            ready=with_the_houses,
            module=module,
        )

    def houses(self) -> list[Part]:
        """The three houses."""
        return [
            self._service(
                house, (f"services.{house}", "serve", "--fd", str(self.descriptors[house])), self.house_settings(house), "/health/ready"
            )
            for house in HOUSES
        ]

    def _service(self, name: str, module: tuple[str, ...], settings: Mapping[str, str], path: str) -> Part:
        return Part(
            name=name,
            command=python(*module),
            environment=self.environment(**settings),
            descriptors=(self.descriptors[name],),
            ready=answers(self.ports[name], path),
            module=module,
        )


def audience(house: str) -> str:
    """A house's resource identifier, which is also its client id."""
    return f"https://{house}.samsyn.example"


def python(*module: str) -> list[str]:
    """A module of ours under this Python; `-P` keeps the current folder out of its path."""
    return [sys.executable, "-P", "-m", *module]


async def with_the_houses() -> bool:
    """It listens nowhere but on the bus, and the houses, started together with it, are ready only when it has let them in."""
    return True


def answers(port: int, path: str) -> Callable[[], Awaitable[bool]]:
    """Whether a GET is answered with 200. While a service starts, the question waits in the socket that we hold for it."""

    async def look() -> bool:
        writer = None
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection(HOST, port)
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
        except (OSError, TimeoutError):
            return False
        finally:
            if writer is not None:
                writer.close()
        return status.split()[1:2] == [b"200"]

    return look
