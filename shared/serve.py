"""uvicorn on a socket that we were given, ended by us in order: first no new requests, then the running ones, then everything else."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

GRACE = 10
"""Seconds for requests under way when the process is asked to end; afterwards they are cut off."""
KEEP_ALIVE = 30
BACKLOG = 1024


class Server(uvicorn.Server):
    """uvicorn's server without its own signals: it raises them again at its end, which would kill us before our clean-up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `until_signal`."""
        yield


def listen(*, fd: int | None = None, port: int = 0, host: str = "127.0.0.1") -> socket.socket:
    """The socket to serve: the one a starter holds for us (it survives our restarts), or a new one; port 0 takes a free one."""
    if fd is not None:
        sock = socket.socket(fileno=fd)
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    sock.setblocking(False)
    sock.set_inheritable(False)
    return sock


def port_of(sock: socket.socket) -> int:
    """The port that it listens on."""
    port: int = sock.getsockname()[1]
    return port


def server_for(app: Any) -> Server:
    """A server for one application: httptools, no header that names it, no access log, no trust in forwarding headers."""
    return Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
            backlog=BACKLOG,
        )
    )


@asynccontextmanager
async def serving(app: Any, sock: socket.socket) -> AsyncIterator[Server]:
    """Serve while the block lasts; its end lets running requests finish. Raises RuntimeError when the application cannot start."""
    server = server_for(app)
    task = asyncio.create_task(server.serve(sockets=[sock]), name="http")
    try:
        while not server.started:
            if task.done():
                raise RuntimeError("the application did not start") from _cause(task)
            await asyncio.sleep(0.005)  # uvicorn has no event for it
        yield server
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


def _cause(task: "asyncio.Task[None]") -> BaseException | None:
    return None if task.cancelled() else task.exception()


@contextlib.contextmanager
def until_signal(server: Server | None = None) -> Iterator[asyncio.Event]:
    """An event that SIGTERM or SIGINT sets; a second signal does not wait for requests any longer."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        if asked.is_set() and server is not None:
            server.force_exit = True
        asked.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ask)
    try:
        yield asked
    finally:
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)
