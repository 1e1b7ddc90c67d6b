"""Holds a home, has it started, stays until asked to stop, and leaves nothing behind. Runs in the main thread under plain asyncio."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from deploy.embedded.home import Home, Running
from deploy.embedded.supervisor import Supervisor

T = TypeVar("T")
Tell = Callable[[str], None]
Start = Callable[[Supervisor], Coroutine[Any, Any, Running]]
Then = Callable[[Running], Awaitable[bool]]

_TAKEOVER = 12.0
"""Seconds that a killed start's watcher may need to end what it left."""


class AlreadyRunning(Exception):
    """Somebody else has this home: `running` says where to reach it, or is None while it starts or stops."""

    def __init__(self, running: Running | None) -> None:
        super().__init__("already running")
        self.running = running


async def hold(home: Home, tell: Tell) -> None:
    """Take the home's lock, waiting a little for a killed start's rest to end. Raises AlreadyRunning."""
    end, told = time.monotonic() + _TAKEOVER, False
    while not home.hold():
        running = home.running()
        if running is not None or time.monotonic() > end:
            raise AlreadyRunning(running)
        if not told:
            tell("waiting: another start in this folder is beginning or ending")
            told = True
        await asyncio.sleep(0.05)


async def serve(home: Home, start: Start, *, tell: Tell, then: Then | None = None, stay: bool = True) -> bool:
    """Start everything, do `then`, stay until SIGINT, SIGTERM or SIGHUP, stop everything. True unless `then` said no or was cut short.

    The caller holds the home; this gives it back. Raises what `start` and `then` raise, with nothing left running.
    """
    asked = _Asked()
    supervisor = Supervisor(home, tell=tell)
    asked.impatient = supervisor.kill
    verdict = True
    try:
        running = await asked.unless(start(supervisor))
        if running is not None:
            home.announce(running)
            if then is not None:
                verdict = bool(await asked.unless(_awaited(then(running))))
            if stay:
                await asked.event.wait()
    finally:
        tell("stopping")
        await supervisor.stop()
        home.release()
        asked.close()
        tell("stopped, nothing is left running")
    return verdict


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable


class _Asked:
    """The wish to stop. The first signal asks; a second one does not wait any longer."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.impatient: Callable[[], None] = lambda: None
        self._loop = asyncio.get_running_loop()
        for one in self.SIGNALS:
            self._loop.add_signal_handler(one, self._ask)

    def _ask(self) -> None:
        if self.event.is_set():
            self.impatient()
        self.event.set()

    async def unless(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of the work, or None when the wish comes first; the work is then cancelled."""
        doing, asking = asyncio.create_task(work), asyncio.create_task(self.event.wait())
        try:
            await asyncio.wait((doing, asking), return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else None
        finally:
            for task in (doing, asking):
                task.cancel()
            await asyncio.gather(doing, asking, return_exceptions=True)

    def close(self) -> None:
        """Signals mean again what they meant before."""
        for one in self.SIGNALS:
            self._loop.remove_signal_handler(one)
