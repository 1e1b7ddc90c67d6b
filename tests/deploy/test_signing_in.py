"""A person logs in for a command: their own browser, back to a port of this machine."""

import asyncio

import click
import httpx2
import pytest

from deploy.embedded.home import Running
from deploy.provider.browser import Browser
from deploy.signing_in import place_of, signed_in


class Somebody:
    """Opens the address and chooses who they are, as a person at a browser does; where it ends, the command hears."""

    def __init__(self, persona: str) -> None:
        self.persona = persona
        self.task: asyncio.Task[None] | None = None

    def __call__(self, address: str) -> None:
        self.task = asyncio.get_running_loop().create_task(self._log_in(address))

    async def _log_in(self, address: str) -> None:
        async with Browser() as browser:
            await browser.choose(address, self.persona)


async def test_who_logs_in_acts_at_the_house_as_themselves(running_suite: Running) -> None:
    async with signed_in(place_of(running_suite, "audit"), ("audit:read",), open_browser=Somebody("Noor Lind")) as house:
        found = await house.get("/v1/reviews")

    assert "reviews" in found


async def test_the_house_refuses_in_its_own_words(running_suite: Running) -> None:
    async with signed_in(place_of(running_suite, "audit"), ("audit:read",), open_browser=Somebody("Mika Sten")) as house:
        with pytest.raises(click.ClickException, match="404"):
            await house.get("/v1/entries/00000000-0000-7000-8000-000000000000")


async def test_an_answer_that_is_not_of_this_login_is_not_taken(running_suite: Running) -> None:
    place = place_of(running_suite, "audit")

    async def forge() -> None:
        async with httpx2.AsyncClient(trust_env=False) as http:
            said = await http.get(place.redirect, params={"code": "stolen", "state": "another"})
            assert "did not happen" in said.text

    def open_browser(address: str) -> None:
        async def both() -> None:
            await forge()
            async with Browser() as browser:
                await browser.choose(address, "Noor Lind")

        kept.append(asyncio.get_running_loop().create_task(both()))

    kept: list[asyncio.Task[None]] = []
    async with signed_in(place, ("audit:read",), open_browser=open_browser) as house:
        assert "reviews" in await house.get("/v1/reviews")
    await kept[0]
