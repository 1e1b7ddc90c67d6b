"""A dry run over HTTP beside a bare Litestar route that verifies the same token: both behind the same server, asked by the same client."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, post
from litestar.params import JSONBody

from services.sharing.app import routes_of
from services.sharing.domain.tables import load
from services.sharing.usecases.ask_hypothetical import AskDecision
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.renew_lease import Lease
from shared.auth import requires
from shared.database import Database
from shared.http import Runtime, make_app
from shared.login.authenticate import Authenticator
from shared.serve import listen, port_of, serving
from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.validator import Validator
from shared.work import TheCaller
from tests.bench.measure import Line, run
from tests.shared.tokens.forge import AUDIENCE, NOW, Forge
from tests.shared.tokens.web import web
from tests.sharing.world import Family

CONNECTIONS = 8
ROUNDS = 5
ROUND_SECONDS = 1.0
QUESTION = {
    "items": [
        {
            "discloser": "S_EH",
            "recipient": "H_REG",
            "purpose": "P_SUPPORT",
            "category": "pupil-health",
            "attested": {"A_RELEVANT": True, "A_THIRD": True},
            "judgements": {"necessary": True, "relevant": True, "proportionate": True},
            "consent": "not-asked",
        }
    ]
}


class _Said(msgspec.Struct, frozen=True):
    subject: str


class Served(msgspec.Struct, frozen=True):
    """What the server tells the client that starts it."""

    house: int
    bare: int
    token: str


async def serve() -> None:
    """Both applications until standard input ends."""
    forge = Forge()
    async with web() as pages, Fetcher(production=False) as fetcher:
        pages.json("/jwks", forge.jwks)
        key_sets = KeySets([IssuerConfig(issuer=forge.issuer, jwks_uri=f"{pages.base}/jwks")], fetcher)
        validator = Validator(key_sets, audience=AUDIENCE, organisation_of=_nobodys)
        async with _behind(_house(validator)) as house, _behind(_bare(validator)) as bare:
            told = Served(house=house, bare=bare, token=forge.token(forge.person()))
            sys.stdout.write(json.dumps(msgspec.to_builtins(told)) + "\n")
            sys.stdout.flush()
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _nobodys(_issuer: str, _client_id: str) -> str | None:
    return None


@asynccontextmanager
async def _behind(app: Litestar) -> AsyncIterator[int]:
    sock = listen()
    async with serving(app, sock):
        yield port_of(sock)


def _house(validator: Validator) -> Litestar:
    database = cast("Database", None)  # a question about nobody reads no database, which is what is measured
    family = Family()
    authenticator = Authenticator(validator, public_url=AUDIENCE, clock=lambda: NOW)
    runtime = Runtime(database=database, ask=family, authenticate=authenticator.authenticate, public_url=AUDIENCE, clock=lambda: NOW)
    ground = Ground(tables=load(), lease=Lease(database, family), registrars={})
    return make_app(house="sharing", routes=[*routes_of(ground), nothing], runtime=runtime)


@post("/v1/nothing", guards=[requires("sharing:decide")], status_code=200)
async def nothing(data: JSONBody[AskDecision], caller: TheCaller) -> _Said:
    """The house's frame around nothing: its guards, span, measurement and log line."""
    del data
    return _Said(subject=caller.subject)


def _bare(validator: Validator) -> Litestar:
    @post("/v1/decisions", status_code=200)
    async def decide(request: Request[Any, Any, Any]) -> _Said:
        caller = await validator.validate(
            request.headers.getall("authorization", []), dpop=[], method="POST", url=f"{AUDIENCE}/v1/decisions", now=NOW
        )
        await request.body()
        return _Said(subject=caller.subject)

    return Litestar([decide], openapi_config=None, logging_config=None)


def measure() -> list[Line]:
    """Questions per second and their ratios to the bare route and to the house's frame, medians of rounds that take turns."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.over_http"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("no pipes")
        try:
            served = msgspec.json.decode(server.stdout.readline(), type=Served)
            rounds = [tuple(run(_rate(port, path, served.token)) for port, path in _asked(served)) for _ in range(ROUNDS)]
        finally:
            server.stdin.close()
    per_second = statistics.median(dry for dry, _, _ in rounds)
    return [
        Line("dry runs", per_second, statistics.median(dry / bare for dry, bare, _ in rounds), "a bare route with the same token", 0.6),
        Line("dry runs", per_second, statistics.median(dry / frame for dry, _, frame in rounds), "the house's frame around nothing"),
    ]


def _asked(served: Served) -> list[tuple[int, str]]:
    return [(served.house, "/v1/decisions"), (served.bare, "/v1/decisions"), (served.house, "/v1/nothing")]


async def _rate(port: int, path: str, token: str) -> float:
    until = time.perf_counter() + ROUND_SECONDS
    start = time.perf_counter()
    done = sum(await asyncio.gather(*(_ask(port, path, token, until) for _ in range(CONNECTIONS))))
    return done / (time.perf_counter() - start)


async def _ask(port: int, path: str, token: str, until: float) -> int:
    """One connection that asks again as soon as it is answered. Raises RuntimeError for an answer other than 200."""
    body = json.dumps(QUESTION).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.perf_counter() < until:
        writer.write(request)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:")[1].split(b"\r\n")[0])
        content = await reader.readexactly(length)
        if not answer.startswith(b"http/1.1 200"):
            raise RuntimeError(content.decode())
        done += 1
    writer.close()
    await writer.wait_closed()
    return done


if __name__ == "__main__":
    run(serve())
