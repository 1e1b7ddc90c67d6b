"""What a house does without being asked: loops that call `run_once(now)`, wait for a sign or an interval, and end when they are told to.

A failure backs off and is logged once per type, not each turn. `StateUnknown` ends the process: a new start reads the truth from
PostgreSQL instead of guessing (STYLE 12).
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from shared import logs, telemetry
from shared.clock import utc_now
from shared.errors import StateUnknown, Unavailable
from shared.telemetry import Attribute

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between tries while a loop fails; doubled from the first to the longest."""
GRACE = 8.0
"""Seconds that a turn under way may take when the process is asked to end."""
MANY = 5
"""Failures in a row after which the process calls itself not ready."""


class RunsOnce(Protocol):
    """A piece of work that a loop repeats."""

    def run_once(self, now: datetime, /) -> Awaitable[int | None]:
        """Do what is due now; a number above zero means that there may be more at once."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Loop:
    """A named piece of work, how long to wait when there is nothing to do, and what may wake it before."""

    name: str
    work: RunsOnce
    every: timedelta = timedelta(seconds=1)
    wake: asyncio.Event | None = None
    """The work itself clears it at the start of a turn, so that no sign is lost."""
    close: Callable[[], Awaitable[None]] | None = None


class Loops:
    """The loops of one process: `async with` starts them, the end of the block stops each and waits for its turn to end."""

    def __init__(self, loops: Sequence[Loop], *, clock: Callable[[], datetime] = utc_now) -> None:
        self.fatal = asyncio.Event()
        """Set when a loop found its state unknown: the process must end."""
        self._loops = loops
        self._clock = clock
        self._stop = asyncio.Event()
        self._failures = dict.fromkeys((loop.name for loop in loops), 0)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._keep(loop), name=f"loop {loop.name}") for loop in self._loops]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for loop in self._loops:
            if loop.close is not None:
                with contextlib.suppress(Exception):  # each step on its own: what we close may be gone already
                    await loop.close()

    async def check(self) -> str | None:
        """For readiness: whether some loop has failed many times in a row."""
        return "loop-failing" if any(count >= MANY for count in self._failures.values()) else None

    async def _keep(self, loop: Loop) -> None:
        last = ""
        while not self._stop.is_set():
            try:
                more = await loop.work.run_once(self._clock())
            except StateUnknown as error:
                logs.failure("loop.ended", error, loop=loop.name)
                self.fatal.set()
                return
            except Exception as error:  # noqa: BLE001  a loop outlives every single failure
                last = self._failed(loop, error, last)
                await self._wait(min(FIRST_PAUSE * 2 ** (self._failures[loop.name] - 1), LONGEST_PAUSE))
                continue
            if self._failures[loop.name]:
                logs.line("loop.recovered", loop=loop.name, tries=self._failures[loop.name])
                self._failures[loop.name], last = 0, ""
            if not more:
                await self._wait(loop.every.total_seconds(), loop.wake)

    def _failed(self, loop: Loop, error: Exception, last: str) -> str:
        self._failures[loop.name] += 1
        name = logs.types(error)
        telemetry.loop_failures.add(1, {Attribute.LOOP.value: loop.name, Attribute.ERROR.value: type(error).__qualname__})
        if name != last:
            level = logging.WARNING if isinstance(error, Unavailable) else logging.ERROR
            logs.failure("loop.failed", error, level=level, loop=loop.name)
        return name

    async def _wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Until the end is asked for, the sign comes, or the time is over."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        signs = [asyncio.create_task(event.wait()) for event in (self._stop, wake) if event is not None]
        try:
            await asyncio.wait(signs, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for sign in signs:
                sign.cancel()
            await asyncio.gather(*signs, return_exceptions=True)
