"""A person of the operator's staff at a house's HTTP interface, from the command line: with an access token, or by the demo's logins."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol, TextIO

import click
import httpx2

from deploy.embedded.home import Home, default_folder
from deploy.provider.browser import Browser

TIMEOUT = 30


class Send(Protocol):
    """One request as that person: method, path below the house's address, options of httpx."""

    async def __call__(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """The answer, whatever its status."""
        ...


@contextlib.asynccontextmanager
async def person_at(house: str, *, url: str | None, token: TextIO | None, persona: str, data: Path | None) -> AsyncIterator[Send]:
    """With `token`, a file holding an access token for the house; without one, `persona` logs in at the suite that runs here.

    Raises click.UsageError where nothing runs here and no address is given.
    """
    base = url or _here(house, data)
    if token is not None:
        headers = {"Authorization": f"Bearer {token.read().strip()}"}
        async with httpx2.AsyncClient(trust_env=False, timeout=TIMEOUT, headers=headers) as http:

            async def send(method: str, path: str, **options: Any) -> httpx2.Response:
                return await http.request(method, f"{base}{path}", **options)

            yield send
        return
    async with Browser() as browser:
        await browser.login(base, persona)

        async def press(method: str, path: str, **options: Any) -> httpx2.Response:
            return await browser.send(method, f"{base}{path}", **options)

        yield press


def accepted(answer: httpx2.Response) -> Any:
    """The body. Raises click.ClickException with the problem's title for any other answer than 200."""
    if answer.status_code != httpx2.codes.OK:
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        raise click.ClickException(f"{answer.status_code}: {told.get('title', 'no answer that can be read')}")
    return answer.json()


def _here(house: str, data: Path | None) -> str:
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.UsageError("nothing runs here: give --url and --token")
    return running.addresses[house]
