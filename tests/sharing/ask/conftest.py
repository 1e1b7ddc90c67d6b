"""The house of sharing over ASGI, as somebody asks it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import pytest
from litestar.connection import ASGIConnection

from services.sharing.app import routes_of
from services.sharing.http import questions, systems
from shared import operations
from shared.auth import Caller
from shared.http import Runtime, make_app
from tests.sharing.conftest import House
from tests.sharing.world import COUNSELLOR

URL = "https://sharing.samsyn.example"


class Stage:
    """Who calls next; None has shown no proof of who it is."""

    def __init__(self) -> None:
        self.caller: Caller | None = COUNSELLOR

    async def authenticate(self, _connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
        return self.caller


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(house: House, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    runtime = Runtime(database=house.database, ask=house.family, authenticate=stage.authenticate, public_url=URL, clock=lambda: house.now)
    ground = replace(house.ground, public_url=URL)
    operated = operations.routes([*systems.operations(ground), *questions.operations(ground)])
    app = make_app(house="sharing", routes=[*routes_of(ground), *operated], runtime=runtime)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as made:  # type: ignore[arg-type]
        yield made
