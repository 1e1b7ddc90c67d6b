"""A real HTTP server on loopback, in the test's own loop, whose pages a test sets and breaks."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tests.eventually import eventually

Page = Callable[[Any, Any], Awaitable[None]]


class Web:
    """Pages by path, and how often each was asked for."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []

    def json(self, path: str, value: Any, *, status: int = 200) -> None:
        self.raw(path, json.dumps(value).encode(), status=status)

    def raw(self, path: str, body: bytes, *, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        async def page(_receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json"), *headers]})
            await send({"type": "http.response.body", "body": body})

        self.pages[path] = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        page = self.pages.get(scope["path"])
        if page is None:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await page(receive, send)


async def trickle(receive: Any, send: Any) -> None:
    """A slow-loris: one byte at a time for as long as somebody listens."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await receive()
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        try:
            message = await asyncio.wait_for(receive(), 0.02)
        except TimeoutError:
            continue
        if message["type"] == "http.disconnect":
            return


class Door:
    """A server that stays up while each test puts its own application behind it."""

    def __init__(self, listener: socket.socket) -> None:
        self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    """A door on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Door(listener)
        async with served(made, listener):
            yield made


@asynccontextmanager
async def served(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    """`app` behind uvicorn on an open socket."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1))
    task = asyncio.ensure_future(server._serve([listener]))
    await eventually(lambda: server.started, within=10)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    """A server without pages."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Web(listener.getsockname()[1])
        async with served(made, listener):
            yield made
