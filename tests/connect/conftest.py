from collections.abc import AsyncIterator

import httpx2
import pytest

from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from tests.connect import play
from tests.connect.play import OverHttp


@pytest.fixture(scope="module")
async def stage(running_suite: Running) -> AsyncIterator[Stage]:
    async with play.stage(running_suite) as made:
        yield made


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def school(stage: Stage, http: httpx2.AsyncClient) -> OverHttp:
    return OverHttp(stage, "o5ek", http)


@pytest.fixture(scope="module")
def clinic(stage: Stage, http: httpx2.AsyncClient) -> OverHttp:
    return OverHttp(stage, "o2rg", http)
