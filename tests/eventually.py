"""The one way to wait in a test: look at a fact until it is so."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(look: Callable[[], Awaitable[T]], *, within: float = 10, every: float = 0.02) -> T: ...
@overload
async def eventually(look: Callable[[], T], *, within: float = 10, every: float = 0.02) -> T: ...


async def eventually(look: Callable[[], T | Awaitable[T]], *, within: float = 10, every: float = 0.02) -> T:
    """The first true value of `look()`; fails with the last value seen after `within` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        seen = look()
        value: T = await seen if inspect.isawaitable(seen) else seen
        if value:
            return value
        if loop.time() >= end:
            raise AssertionError(f"not within {within} s; last seen: {value!r}")
        await asyncio.sleep(every)
