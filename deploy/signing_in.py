"""How a person at a command line logs in: by their own browser, back to a port of this machine (RFC 8252 7.3), with PKCE (RFC 7636).

    async with signed_in(place_of(running, "audit"), ("audit:read",)) as house:
        found = await house.post("/v1/searches", {...})

The command is a client of its own at the provider; the token is a person's, for one house, and is kept nowhere.
"""

import asyncio
import hmac
import secrets
import webbrowser
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import click
import httpx2
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import ECKey
from samsyn_connect.tokens import client_assertion, read_answer
from samsyn_connect.transport import Problem, Unreachable

from deploy.embedded.home import Home, Running
from deploy.embedded.parts import audience
from deploy.embedded.ports import COMMAND_LINE, HOST
from shared.auth import LOA3
from shared.clock import utc_now
from shared.ids import new_id

CLIENT: Final = "https://command.samsyn.example"
"""The command line as a client of the provider."""
PATIENCE: Final = 300.0
"""Seconds that a person has to log in."""
DONE: Final = "Klart. Du kan stänga fliken. / Done. You can close this tab."
NOT_DONE: Final = "Inloggningen blev inte av. / The login did not happen."
_LONGEST: Final = 8192


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to log in, and at which house to act."""

    issuer: str
    url: str
    audience: str
    key: Path
    """Private JWK of the command's client."""
    port: int
    """Of the redirect address, which the provider knows."""

    @property
    def redirect(self) -> str:
        """Where the provider sends the browser back."""
        return redirect_uri(self.port)


def redirect_uri(port: int) -> str:
    """The command's address while somebody logs in."""
    return f"http://{HOST}:{port}/signed-in"


def place_of(running: Running, house: str) -> Place:
    """A house of a suite on this machine."""
    return Place(
        issuer=running.addresses["provider"],
        url=running.addresses[house],
        audience=audience(house),
        key=running.secrets / "command.client.json",
        port=Home(running.home).read("desks.json")[COMMAND_LINE],
    )


class SignedIn:
    """A house, asked as the person who logged in."""

    def __init__(self, http: httpx2.AsyncClient, url: str, token: str) -> None:
        self._http, self._url = http, url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **query: str) -> Any:
        """The answer. Raises click.ClickException in the house's own words."""
        return _read(await self._send("GET", path, params=query))

    async def post(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> Any:
        """The same for what changes something; sent once, under a key of its own."""
        return _read(await self._send(method, path, json=dict(body), headers={"Idempotency-Key": str(new_id(utc_now()))}))

    async def download(self, path: str, body: Mapping[str, Any]) -> bytes:
        """A file that a POST answers with."""
        answer = await self._send("POST", path, json=dict(body), headers={"Idempotency-Key": str(new_id(utc_now()))})
        if not answer.is_success:
            _read(answer)
        return answer.content

    async def _send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> httpx2.Response:
        try:
            return await self._http.request(method, self._url + path, headers={**self._headers, **(headers or {})}, **more)
        except httpx2.TransportError:
            raise click.ClickException(f"{self._url} does not answer") from None


@asynccontextmanager
async def signed_in(
    place: Place, scopes: Sequence[str], *, open_browser: Callable[[str], object] = webbrowser.open
) -> AsyncIterator[SignedIn]:
    """Log in and ask. Raises click.ClickException when nobody does within five minutes, or the provider says no."""
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        try:
            token = await _log_in(http, place, scopes, open_browser)
        except (Unreachable, httpx2.TransportError):
            raise click.ClickException(f"the provider does not answer: {place.issuer}") from None
        except Problem as problem:
            raise click.ClickException(f"the provider refused the login: {problem.code}") from None
        yield SignedIn(http, place.url, token)


async def _log_in(http: httpx2.AsyncClient, place: Place, scopes: Sequence[str], open_browser: Callable[[str], object]) -> str:
    metadata = read_answer(await http.get(f"{place.issuer}/.well-known/openid-configuration"))
    if metadata.get("issuer") != place.issuer or "S256" not in metadata.get("code_challenge_methods_supported", ()):
        raise Unreachable
    key = ECKey.import_key(msgspec.json.decode(place.key.read_bytes()))
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": place.redirect,
        "scope": " ".join(scopes),
        "resource": place.audience,
        "state": state,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
        "acr_values": " ".join(sorted(LOA3)),
    }
    address = str(httpx2.URL(metadata["authorization_endpoint"]).copy_merge_params(asked))
    code = await _await_code(place, state, address, open_browser)
    answer = await http.post(
        metadata["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": place.redirect,
            "resource": place.audience,
            **client_assertion(CLIENT, place.issuer, key, utc_now()),
        },
    )
    return str(read_answer(answer)["access_token"])


async def _await_code(place: Place, state: str, address: str, open_browser: Callable[[str], object]) -> str:
    """The code that the browser brings. Only an answer with our state, from our provider (RFC 9207), counts."""
    brought: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = (await reader.readuntil(b"\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()
            return
        given = dict(parse_qsl(urlsplit(line.split(" ")[1]).query)) if line.startswith("GET /signed-in?") else {}
        ours = hmac.compare_digest(given.get("state", ""), state) and given.get("iss", place.issuer) == place.issuer
        body = (DONE if ours and "code" in given else NOT_DONE).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        if ours and not brought.done():
            brought.set_result(given.get("code"))

    try:
        server = await asyncio.start_server(hear, HOST, place.port, limit=_LONGEST)
    except OSError:
        raise click.ClickException(f"port {place.port} is taken: another command waits for a login") from None
    async with server:
        click.echo(f"Log in here: {address}", err=True)
        open_browser(address)
        try:
            code = await asyncio.wait_for(brought, PATIENCE)
        except TimeoutError:
            raise click.ClickException("nobody logged in") from None
    if code is None:
        raise click.ClickException("the provider refused the login")
    return code


def _read(answer: httpx2.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    try:
        problem = answer.json()
        words = f"{problem['title']} ({answer.status_code}, {str(problem.get('type', '')).rpartition('/')[2]})"
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(f"the house answered {answer.status_code}") from None
    faults = "".join(f"\n  {fault.get('pointer')}: {fault.get('detail')}" for fault in problem.get("errors", ()))
    raise click.ClickException(words + faults)
