"""Loops: they go on after a failure, wake at a sign, and end when told."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import loops
from shared.errors import StateUnknown, Unavailable
from shared.loops import Loop, Loops
from tests.eventually import eventually
from tests.shared.conftest import NOW


class Script:
    """Work that does what it is told, turn by turn, and then nothing."""

    def __init__(self, *turns: BaseException | int | None) -> None:
        self.turns = list(turns)
        self.done: list[datetime] = []

    async def run_once(self, now: datetime) -> int | None:
        self.done.append(now)
        turn = self.turns.pop(0) if self.turns else None
        if isinstance(turn, BaseException):
            raise turn
        return turn


def looped(work: Any, **more: Any) -> Loops:
    return Loops([Loop(name="one", work=work, **more)], clock=lambda: NOW)


async def test_more_work_is_taken_up_at_once_and_then_it_waits() -> None:
    work = Script(3, 2, 0)

    async with looped(work, every=timedelta(hours=1)):
        await eventually(lambda: len(work.done) == 3)

    assert work.done == [NOW, NOW, NOW]


async def test_a_sign_wakes_it(lines: Any) -> None:
    wake = asyncio.Event()

    class Woken(Script):
        async def run_once(self, now: datetime) -> int | None:
            wake.clear()
            return await super().run_once(now)

    work = Woken()
    async with looped(work, every=timedelta(hours=1), wake=wake):
        await eventually(lambda: len(work.done) == 1)
        wake.set()
        await eventually(lambda: len(work.done) == 2)
    assert list(lines) == []


async def test_a_failure_is_told_once_and_so_is_its_end(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.001)
    work = Script(*[Unavailable() for _ in range(4)], RuntimeError("Kanarie"), 0)

    async with looped(work, every=timedelta(hours=1)):
        await eventually(lambda: len(work.done) == 6)

    assert [(line["event"], line.get("error"), line["level"]) for line in lines] == [
        ("loop.failed", "Unavailable", "WARNING"),
        ("loop.failed", "RuntimeError", "ERROR"),
        ("loop.recovered", None, "INFO"),
    ]
    assert "Kanarie" not in lines.text


async def test_many_failures_show_in_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.001)
    work = Script(*[Unavailable() for _ in range(loops.MANY)])

    async with looped(work, every=timedelta(hours=1)) as running:
        await eventually(lambda: len(work.done) == loops.MANY)
        assert await running.check() == "loop-failing"
        await eventually(lambda: len(work.done) > loops.MANY)
        await eventually(lambda: _is_well(running))


async def _is_well(running: Loops) -> bool:
    return await running.check() is None


async def test_state_unknown_ends_the_process_and_no_other_loop_first() -> None:
    broken, other = Script(StateUnknown()), Script(*[1] * 3)

    async with Loops([Loop(name="broken", work=broken), Loop(name="other", work=other)], clock=lambda: NOW) as running:
        await asyncio.wait_for(running.fatal.wait(), 5)
        await eventually(lambda: len(other.done) >= 3)

    assert len(broken.done) == 1


async def test_a_turn_under_way_is_waited_for_and_then_each_is_closed() -> None:
    begun, let_go, seen = asyncio.Event(), asyncio.Event(), []

    class Slow:
        async def run_once(self, _now: datetime) -> None:
            begun.set()
            await let_go.wait()
            seen.append("turn")

    async def close() -> None:
        seen.append("close")
        raise OSError

    async def other() -> None:
        seen.append("other")

    running = Loops([Loop(name="slow", work=Slow(), close=close), Loop(name="idle", work=Script(), close=other)], clock=lambda: NOW)
    async with running:
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, let_go.set)

    assert seen == ["turn", "close", "other"]


async def test_a_turn_that_does_not_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "GRACE", 0.05)
    begun = asyncio.Event()

    class Stuck:
        async def run_once(self, _now: datetime) -> None:
            begun.set()
            await asyncio.Event().wait()

    async with looped(Stuck()):
        await begun.wait()
