"""The desk while Samsyn does not answer, and when the broker hands out a key that nobody vouches for."""

from contextlib import AsyncExitStack
from typing import Any, Self, cast

import httpx2
import msgspec
import pytest
from joserfc.jwk import OKPKey
from samsyn_connect.config import Config
from samsyn_connect.desk.app import make_app
from samsyn_connect.desk.desk import Desk
from samsyn_connect.desk.permit import read_permit
from samsyn_connect.desk.sessions import Person, Session

from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from deploy.embedded.ports import free_port
from shared.clock import utc_now
from tests.connect.pages import Page
from tests.connect.play import permit

TYPED = {
    "child-number": "VGR-2013-88",
    "child-name": "Tuva Testsson",
    "author": "Kim Ek",
    "c-from": "2026-08-17",
    "c-to": "2026-11-20",
    "c-possible_days": "66",
    "c-absent_days": "19,5",
    "c-unexcused_days": "7",
}


class Alone:
    """One desk in this process, with somebody logged in and a permit taken."""

    def __init__(self, config: Config, permitted: bytes) -> None:
        self._open = AsyncExitStack()
        self.app = make_app(config)
        self.desk: Desk = self.app.state.desk
        now = utc_now()
        self.cookie = self.desk.sessions.begin(Person(subject="p-7c1a", name="Kim Ek"), now)
        session = self.desk.sessions.find(self.cookie, now)
        assert session is not None
        self.session: Session = session
        taken = read_permit(permitted, now)
        self.session.keep(taken)
        self.path = f"/permits/{taken.permit_id}/{taken.items[0].item_id}"
        base = self.desk.settings.public_url
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(cast("Any", self.app)), base_url=base, headers={"Origin": base})

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.app.lifespan())
        await self._open.enter_async_context(self.http)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def get(self, path: str) -> Page:
        return Page(await self.http.get(path, headers={"Cookie": f"{self.desk.cookie}={self.cookie}"}))

    async def send(self, once: str) -> Page:
        data = {**TYPED, "csrf": self.session.csrf, "once": once, "act": "send"}
        return Page(await self.http.post(self.path, data=data, headers={"Cookie": f"{self.desk.cookie}={self.cookie}"}))


@pytest.fixture(scope="module")
async def config(running_suite: Running) -> Config:
    return Config.load(running_suite.home / "organisations" / "o5ek" / "kit.toml")


async def unanswered(config: Config, stage: Stage) -> Alone:
    """A desk whose Samsyn is nowhere."""
    nowhere = msgspec.structs.replace(config, sharing_url=f"http://127.0.0.1:{free_port()}")
    return Alone(nowhere, msgspec.json.encode(await permit(stage)))


async def test_without_an_answer_the_page_says_so_and_keeps_everything_for_another_press(config: Config, stage: Stage) -> None:
    async with await unanswered(config, stage) as made:
        page = await made.send("6f1f1b5e-0a52-4d8e-8c6b-3a5c5d8b7a10")

    assert page.status == 503
    assert "Samsyn svarar inte just nu" in page.text
    fields = page.form(made.path).fields
    assert {name: fields[name] for name in TYPED} == TYPED
    assert fields["once"] == "6f1f1b5e-0a52-4d8e-8c6b-3a5c5d8b7a10"


async def test_without_an_answer_the_inbox_says_so(config: Config, stage: Stage) -> None:
    async with await unanswered(config, stage) as made:
        page = await made.get("/inbox")

    assert page.status == 503
    assert "Samsyn svarar inte just nu" in page.text


async def test_a_key_that_the_registrars_do_not_vouch_for_seals_nothing(config: Config, stage: Stage) -> None:
    async with Alone(config, msgspec.json.encode(await permit(stage))) as made:
        keys = made.desk.connection._keys
        keys.registrars = {name: OKPKey.generate_key("Ed25519", {"kid": name}) for name in keys.registrars}

        page = await made.send("6f1f1b5e-0a52-4d8e-8c6b-3a5c5d8b7a11")

    assert "inte intygad av båda registratorerna" in page.text
    assert made.session.sealed == {}
