"""The whole suite as a person starts it: one start, every process killed once, and what is left at the end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import measure
from deploy.embedded.guard import birth
from deploy.embedded.nursing import CAN_NURSE
from tests.eventually import eventually
from tests.suite_fixture import Whole

PARTS = ("postgresql", "nats", "provider", "callout", "consent", "sharing", "audit", *(("nursery",) if CAN_NURSE else ()))


@pytest.fixture(scope="module")
def whole(database_folder: Path) -> Iterator[Whole]:
    made = Whole(database_folder / "whole")
    yield made
    if made.process is not None:
        made.stop()


MOST = 340
"""MB in all, as a guard against growth. The goal is 300, which the demo prints and misses: 331 at the first start where nothing else on the
machine shares the pages of Python and OpenSSL with us, 306 later."""


async def test_it_starts_and_takes_no_more_memory_than_it_did(whole: Whole) -> None:
    running = await whole.start()

    assert await whole.is_ready()
    assert measure.memory_mb(running.pid) < MOST


@pytest.mark.parametrize("part", PARTS)
async def test_a_killed_part_comes_back_and_all_houses_are_ready_again(whole: Whole, part: str) -> None:
    before = whole.pids()[part]

    os.kill(before, signal.SIGKILL)

    await eventually(lambda: whole.pids()[part] != before)
    await eventually(whole.is_ready, within=20)


async def test_a_killed_starter_leaves_nothing_and_the_next_start_has_the_same_addresses(whole: Whole) -> None:
    before, left = whole.home.running(), whole.below()
    assert before is not None
    assert whole.process is not None

    whole.process.kill()
    whole.process.wait()

    await eventually(lambda: not [pid for pid, born in left if birth(pid) == born], within=15)
    after = await whole.start()
    assert after.addresses == before.addresses
    assert await whole.is_ready()


async def test_asked_to_stop_it_leaves_nothing(whole: Whole) -> None:
    left = whole.below()

    assert whole.stop() == 0
    assert not [pid for pid, born in left if birth(pid) == born]
    assert "is killed" not in (whole.home.folder / "said.txt").read_text()
