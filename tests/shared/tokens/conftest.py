from collections.abc import AsyncIterator

import msgspec
import pytest

from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.revocation import EndedLogins
from shared.tokens.validator import Validator
from tests.shared.tokens.forge import AUDIENCE, Forge
from tests.shared.tokens.web import Web, web

SYSTEMS = {"https://system.school.example": "o5ek", "https://other.example": "o8st"}


async def organisation_of(_issuer: str, client_id: str) -> str | None:
    return SYSTEMS.get(client_id)


class World(msgspec.Struct, frozen=True):
    """Two issuers that use the same `kid`, and a validator that trusts both."""

    ours: Forge
    second: Forge
    web: Web
    key_sets: KeySets
    ended: EndedLogins
    validator: Validator


@pytest.fixture(scope="module")
async def pages() -> AsyncIterator[Web]:
    async with web() as made:
        yield made


@pytest.fixture(scope="module")
async def world(pages: Web) -> AsyncIterator[World]:
    ours, second = Forge(), Forge("https://second.example")
    pages.json("/ours", ours.jwks)
    pages.json("/second", second.jwks)
    async with Fetcher(production=False) as fetcher:
        key_sets = KeySets(
            [
                IssuerConfig(issuer=ours.issuer, jwks_uri=f"{pages.base}/ours"),
                IssuerConfig(issuer=second.issuer, jwks_uri=f"{pages.base}/second"),
            ],
            fetcher,
        )
        ended = EndedLogins()
        validator = Validator(key_sets, audience=AUDIENCE, organisation_of=organisation_of, ended=ended)
        yield World(ours, second, pages, key_sets, ended, validator)
