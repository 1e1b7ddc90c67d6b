"""Starts parts in order, starts again what dies, stops in reverse. What the parts are stands in `parts.py`."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.embedded.guard import Watcher, birth, dies_with_us, end_leftovers
from deploy.embedded.home import Home
from deploy.embedded.nursing import CAN_NURSE, NAME, Nursed, Nursery, NurseryEnded
from deploy.embedded.reach import Account

CHILDREN = "children.json"
"""Name to [pid, birth, signal] of each part that was started."""
_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY = 0.1, 5.0, 10.0  # seconds
_LOOK_EVERY, _TELL_EVERY = 0.02, 2.0
_LONGEST_LOG = 20_000_000  # bytes; one older file is kept
_PATIENCE = 10.0  # for a part to stop; longer than a service's own limit for requests in flight


class StartFailed(Exception):
    """A part did not become ready; the text says which and ends with its last words."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process: how it is started, how one sees that it is ready, how it is stopped."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    stop: signal.Signals = signal.SIGTERM
    descriptors: tuple[int, ...] = ()
    """Listening sockets handed down; their numbers stand in the command."""
    account: Account | None = None
    """Another user to run as."""
    before: Callable[[], None] | None = None
    """Done before each start, with the home's lock held."""
    within: float = 30.0
    """Seconds it may take to become ready."""
    module: tuple[str, ...] | None = None
    """What `command` runs of our own, with its arguments: such a part may come from the nursery."""
    after_restart: Callable[[], Awaitable[None]] | None = None
    """Done when it is ready after it had died: makes good what may have died with it. Repeated until it succeeds."""


@dataclass
class _Life:
    part: Part
    process: asyncio.subprocess.Process | Nursed
    born: float
    keeper: "asyncio.Task[None] | None" = None
    restarts: int = field(default=0)
    making_good: "asyncio.Task[None] | None" = None

    def tasks(self) -> "list[asyncio.Task[None]]":
        """What runs on its behalf."""
        return [task for task in (self.keeper, self.making_good) if task is not None]


class Supervisor:
    """Owns the children of one home. Run it in the main thread: the guard's signal is tied to the thread that starts a child."""

    def __init__(self, home: Home, *, tell: Callable[[str], None]) -> None:
        """`home` is held by the caller. `tell` gets one line for each thing worth telling a person."""
        self._home, self._tell = home, tell
        self._lives: dict[str, _Life] = {}
        self._order: list[list[str]] = []
        self._stopping = False
        self._spawning = asyncio.Lock()
        self._sockets: list[socket.socket] = []
        self._nursery: Nursery | None = None
        leftovers = end_leftovers([(int(p), str(b), int(s)) for p, b, s in (home.read(CHILDREN) or {}).values()])
        if leftovers:
            tell(f"ended {len(leftovers)} processes that an earlier start had left")
        self._watcher = Watcher([home.lock_descriptor])
        self._watching = asyncio.create_task(self._keep_watcher(), name="watcher")

    async def warm(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        """Have a nursery for parts of our own, where the system allows. Raises StartFailed when it cannot import the modules."""
        if not CAN_NURSE:
            return
        log = self._home.log / f"{NAME}.log"
        self._nursery = Nursery(modules, environment, log, born=self._nursery_born)
        try:
            await self._nursery.warm()
        except NurseryEnded:
            raise StartFailed(f"{NAME} ended:\n{_last_words(log)}") from None

    async def start(self, *parts: Part) -> None:
        """Start these together and wait until all are ready. Raises StartFailed."""
        self._order.append([part.name for part in parts])
        for part in parts:
            async with self._spawning:
                self._lives[part.name] = await self._spawn(part)
        await self._all_ready([asyncio.create_task(self._until_ready(self._lives[part.name]), name=part.name) for part in parts])
        for part in parts:
            self._lives[part.name].keeper = asyncio.create_task(self._keep(part.name), name=f"keep {part.name}")

    async def stop(self) -> None:
        """Stop everything, the last started first, each gently and after a while not. Safe to repeat."""
        async with self._spawning:  # no child is half started when its keeper is cancelled
            self._stopping = True
            tasks = [self._watching, *(task for life in self._lives.values() for task in life.tasks())]
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for names in reversed(self._order):
            await asyncio.gather(*(self._end(self._lives[name]) for name in names if name in self._lives))
        if self._nursery is not None:
            await self._nursery.close()
        self._watcher.close()
        for opened in self._sockets:
            opened.close()
        self._home.write(CHILDREN, {})

    def kill(self) -> None:
        """Do not wait any longer."""
        for life in self._lives.values():
            _signal(os.killpg, life.process.pid, signal.SIGKILL)

    def keep(self, *sockets: socket.socket) -> None:
        """Hold listening sockets open until `stop`, so that a part that is started again finds its callers waiting."""
        self._sockets.extend(sockets)

    def state(self) -> dict[str, tuple[int, int]]:
        """Process number and restarts of each part."""
        return {name: (life.process.pid, life.restarts) for name, life in self._lives.items()}

    @property
    def watcher_pid(self) -> int:
        """The watcher's process number."""
        return self._watcher.pid

    async def _spawn(self, part: Part) -> _Life:
        if part.before:
            part.before()
        log = self._log(part)
        if log.exists() and log.stat().st_size > _LONGEST_LOG:
            log.replace(log.with_suffix(".old"))
        with log.open("ab") as output:
            process = await (self._fork(part, output.fileno()) or _new_process(part, output.fileno()))
        self._watcher.add(process.pid, part.stop)
        life = _Life(part, process, time.monotonic())
        self._remember(life)
        return life

    def _fork(self, part: Part, output: int) -> Coroutine[Any, Any, Nursed] | None:
        if part.module is None or self._nursery is None:
            return None
        module, *arguments = part.module
        request = {
            "module": module,
            "arguments": arguments,
            "environment": dict(part.environment),
            "descriptors": part.descriptors,
            "signal": int(part.stop),
        }
        return self._nursery.fork(request, (output, *part.descriptors))

    def _nursery_born(self, pid: int, before: int | None) -> None:
        if before is not None:
            self._watcher.remove(before)
            self._tell(f"{NAME} ended and is started again")
        self._watcher.add(pid, signal.SIGTERM)

    def _remember(self, new: _Life) -> None:
        started = {life.part.name: (life.process.pid, int(life.part.stop)) for life in {**self._lives, new.part.name: new}.values()}
        if self._nursery is not None and self._nursery.pid is not None:
            started[NAME] = (self._nursery.pid, int(signal.SIGTERM))
        self._home.write(CHILDREN, {name: (pid, birth(pid) or "", wish) for name, (pid, wish) in started.items()})

    async def _all_ready(self, waiting: "list[asyncio.Task[None]]") -> None:
        try:
            pending = set(waiting)
            while pending:
                done, pending = await asyncio.wait(pending, timeout=_TELL_EVERY, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                if pending:
                    self._tell("waiting for " + ", ".join(sorted(task.get_name() for task in pending)))
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _until_ready(self, life: _Life) -> None:
        part, end = life.part, life.born + life.part.within
        ended = asyncio.create_task(life.process.wait())
        try:
            while True:
                looked = asyncio.create_task(_look(part))
                await asyncio.wait((looked, ended), return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    looked.cancel()
                    raise StartFailed(f"{part.name} ended with {ended.result()}:\n{_last_words(self._log(part))}")
                if looked.result():
                    break
                if time.monotonic() > end:
                    raise StartFailed(f"{part.name} is not ready after {part.within:.0f} s:\n{_last_words(self._log(part))}")
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            ended.cancel()
        self._tell(f"{part.name} is ready")

    async def _keep(self, name: str) -> None:
        pause = _FIRST_PAUSE
        while True:
            life = self._lives[name]
            await life.process.wait()
            if life.making_good is not None:
                life.making_good.cancel()
            self._watcher.remove(life.process.pid)
            lived = time.monotonic() - life.born
            pause = _FIRST_PAUSE if lived > _STEADY else min(pause * 2, _LONGEST_PAUSE)
            self._tell(f"{name} ended after {lived:.0f} s and is started again")
            _signal(os.killpg, life.process.pid, signal.SIGKILL)  # what it may have left in its group
            await asyncio.sleep(0 if lived > _STEADY else pause)
            async with self._spawning:
                if self._stopping:
                    return
                try:
                    again = await self._spawn(life.part)
                except (NurseryEnded, OSError):
                    continue  # as if it had ended at once
                again.keeper, again.restarts = life.keeper, life.restarts + 1
                self._lives[name] = again
                if again.part.after_restart is not None:
                    again.making_good = asyncio.create_task(self._make_good(again, again.part.after_restart), name=f"make good {name}")

    async def _make_good(self, life: _Life, after_restart: Callable[[], Awaitable[None]]) -> None:
        """Until it is done, or the part ends again and the keeper ends this."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._until_ready(life)
                await after_restart()
            except Exception as error:  # noqa: BLE001  whatever it was, without this the part is up and of no use
                self._tell(f"{life.part.name} is up, but what it may have lost is not made good yet ({type(error).__name__})")
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    async def _keep_watcher(self) -> None:
        while True:
            await asyncio.sleep(1)
            if self._watcher.revive():
                self._tell("the watcher ended and is started again")

    async def _end(self, life: _Life) -> None:
        _signal(os.kill, life.process.pid, life.part.stop)
        try:
            await asyncio.wait_for(life.process.wait(), _PATIENCE)
        except TimeoutError:
            self._tell(f"{life.part.name} does not stop and is killed")
        _signal(os.killpg, life.process.pid, signal.SIGKILL)
        await life.process.wait()
        self._watcher.remove(life.process.pid)

    def _log(self, part: Part) -> Path:
        return self._home.log / f"{part.name}.log"


async def _new_process(part: Part, output: int) -> asyncio.subprocess.Process:
    changed: dict[str, Any] = {}
    if part.account is not None:
        changed = {"user": part.account.uid, "group": part.account.gid, "extra_groups": []}
    return await asyncio.create_subprocess_exec(
        *part.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(part.environment),
        cwd="/",
        umask=0o077,
        pass_fds=part.descriptors,
        process_group=0,  # Ctrl-C is for us alone
        preexec_fn=dies_with_us(part.stop),
        **changed,
    )


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
    return "\n".join(f"  | {line}" for line in lines) + f"\n  (all of it: {log})"


async def _look(part: Part) -> bool:
    return await part.ready()


def _signal(send: Callable[[int, int], None], pid: int, wish: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        send(pid, wish)
