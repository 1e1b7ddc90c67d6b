"""The supervisor's side of the nursery: asks for a service, hears when it ends, and starts the nursery again when it was killed."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.embedded import nursery
from deploy.embedded.guard import dies_with_us

CAN_NURSE = sys.platform.startswith("linux")
NAME = "nursery"
_KILLED = -9


class Nursed:
    """A service that the nursery forked; looks like asyncio's Process as far as the supervisor needs it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    async def wait(self) -> int:
        """The exit code, when it has ended."""
        await self._ended.wait()
        return self.returncode or 0

    def end(self, code: int) -> None:
        """It has ended."""
        self.returncode = code
        self._ended.set()


class NurseryEnded(Exception):
    """It could not import, or was killed while we waited for it."""


class Nursery:
    """One nursery process at a time."""

    def __init__(
        self, modules: Sequence[str], environment: Mapping[str, str], log: Path, *, born: Callable[[int, int | None], None]
    ) -> None:
        """It imports `modules`. `born` hears of each new nursery: its number, and that of the one before."""
        self._modules, self._environment, self._log, self._born = modules, environment, log, born
        self._process: asyncio.subprocess.Process | None = None
        self._channel: socket.socket | None = None
        self._children: dict[int, Nursed] = {}
        self._answer: asyncio.Future[Nursed | None] = asyncio.get_running_loop().create_future()
        self._one = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The nursery's own number."""
        return None if self._process is None else self._process.pid

    async def warm(self) -> None:
        """Start it unless it lives; returns when it has imported everything. Raises NurseryEnded."""
        async with self._one:
            await self._warm()

    async def fork(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> Nursed:
        """A new service. The first descriptor is its log. Raises NurseryEnded."""
        async with self._one:
            channel = await self._warm()
            self._answer = asyncio.get_running_loop().create_future()
            try:
                socket.send_fds(channel, [json.dumps(request).encode()], list(descriptors))
            except OSError:
                self._part()
            started = await self._answer
            if started is None:
                raise NurseryEnded
            return started

    async def close(self) -> None:
        """It ends; its services have been stopped before."""
        self._part()
        if self._process is not None:
            await self._process.wait()

    async def _warm(self) -> socket.socket:
        if self._channel is not None:
            return self._channel
        before, loop = self.pid, asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs, self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", nursery.__name__, str(theirs.fileno()), *self._modules),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self._environment),
                cwd="/",
                pass_fds=(theirs.fileno(),),
                process_group=0,
                preexec_fn=dies_with_us(signal.SIGTERM),
            )
        self._channel, self._answer = ours, loop.create_future()
        loop.add_reader(ours, self._hear, ours)
        self._born(self._process.pid, before)
        await self._answer
        return ours

    def _hear(self, channel: socket.socket) -> None:
        try:
            message = channel.recv(nursery.LONGEST)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            message = b""
        if not message:
            self._part()
            return
        said = json.loads(message)
        if "ended" in said:
            if (child := self._children.pop(said["ended"], None)) is not None:
                child.end(said["code"])
        elif not self._answer.done():
            child = None if "ready" in said else self._children.setdefault(said["started"], Nursed(said["started"]))
            self._answer.set_result(child)

    def _part(self) -> None:
        """It is gone, or we want it gone: its services end with it."""
        if self._channel is not None:
            asyncio.get_running_loop().remove_reader(self._channel)
            self._channel.close()
            self._channel = None
        if not self._answer.done():
            self._answer.set_exception(NurseryEnded())
            self._answer.exception()  # somebody may have stopped waiting for it
        for child in self._children.values():
            child.end(_KILLED)
        self._children.clear()
