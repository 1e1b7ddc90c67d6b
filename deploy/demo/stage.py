"""The stage of the story: who takes part, where things are, and waiting for facts. Only public interfaces are used."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx2
import msgspec
from samsyn_connect.bus import BusTransport
from samsyn_connect.client import Connection
from samsyn_connect.config import Config, KeyStore
from samsyn_connect.tokens import TokenSource

from deploy.demo import world
from deploy.demo.narrator import Narrator, StoryFailed
from deploy.demo.population import Family
from deploy.embedded.home import Running
from deploy.embedded.witnesses import kit_config
from deploy.provider.browser import Browser
from shared.clock import utc_now

T = TypeVar("T")
PATIENCE = 15.0
"""Seconds that a fact may take to travel from one house to another before the story gives up."""


class System(msgspec.Struct, frozen=True):
    """An organisation's connected system: its own keys, its own NATS connection."""

    organisation: str
    bus: BusTransport
    connection: Connection


class Stage:
    """One run of the story. `async with` closes every browser and connection."""

    def __init__(self, running: Running, narrator: Narrator) -> None:
        self.running = running
        self.narrator = narrator
        self.world = world.load()
        self.urls = running.addresses
        self._closing = contextlib.AsyncExitStack()
        self._browsers: dict[str, Browser] = {}
        self.family: Family
        self.child_ref = ""
        self.case_id = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def staff(self, key: str, house: str) -> Browser:
        """An employee, logged in at a house."""
        return await self._logged_in(self.world.person(key).subject, house)

    async def citizen(self, number: str) -> Browser:
        """A guardian or the child, logged in at consent with their e-identity."""
        return await self._logged_in(number, "consent")

    async def _logged_in(self, persona: str, house: str) -> Browser:
        browser = self._browsers.get(persona)
        if browser is None:
            browser = self._browsers[persona] = await self._closing.enter_async_context(Browser())
        if not browser.is_known_at(self.urls[house]):
            await browser.login(self.urls[house], persona)
        return browser

    async def system(self, organisation: str) -> System:
        """An organisation's system, connected to NATS with the keys of its own folder."""
        config = self.kit_config(organisation)
        keys = KeyStore(config)
        http = await self._closing.enter_async_context(httpx2.AsyncClient(trust_env=False))
        tokens = TokenSource(
            config.issuer, config.client_id, keys.client, resource=config.bus_audience, scopes=("sharing:send", "sharing:fetch"), http=http
        )
        bus = BusTransport(config.bus_url, config.bus_audience, organisation, tokens, utc_now)
        await bus.run_once(utc_now())
        self._closing.push_async_callback(bus.close)
        return System(organisation, bus, Connection(bus, keys))

    def kit_config(self, organisation: str) -> Config:
        """What the organisation's own configuration file would say."""
        return kit_config(self.running, organisation)

    @property
    def population(self) -> Path:
        """The synthetic population register."""
        return self.running.home / "population.jsonl"

    async def call(self, browser: Browser, method: str, house: str, path: str, body: Any = None, *, expect: int) -> Any:
        """One HTTP request of a person. Raises StoryFailed for another status than expected."""
        options = {} if body is None else {"json": body}
        answer = await browser.send(method, f"{self.urls[house]}{path}", **options)
        if answer.status_code != expect:
            raise StoryFailed(f"{method} {path.partition('?')[0]} answered {answer.status_code}, not {expect}: {answer.text[:300]}")
        return answer.json() if answer.content else None


async def until(fact: Callable[[], Awaitable[T | None]], what: str) -> T:
    """The first value that is not None or empty. Raises StoryFailed when it does not come."""
    end = time.monotonic() + PATIENCE
    while True:
        value = await fact()
        if value:
            return value
        if time.monotonic() > end:
            raise StoryFailed(f"{what} did not happen within {PATIENCE:.0f} s")
        await asyncio.sleep(0.05)
