"""The whole suite as a person starts it: one start, every process killed once, and what is left at the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import measure
from deploy.embedded.guard import birth
from deploy.embedded.home import Home, Running
from deploy.embedded.parts import answers
from tests.eventually import eventually

PARTS = ("postgresql", "nats", "provider", "callout", "consent", "sharing", "audit")
HOUSES = PARTS[-3:]


class Whole:
    """`samsyn up` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> Running:
        command = [sys.executable, "-m", "deploy.command", "up", "--data", str(self.home.folder)]
        with (self.home.folder / "said.txt").open("ab") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said)
        await eventually(self._is_up, within=60)
        running = self.home.running()
        assert running is not None
        return running

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.home.folder / "said.txt").read_text()
        running = self.home.running()
        return running is not None and running.pid == self.process.pid

    def pids(self) -> dict[str, int]:
        return {name: entry[0] for name, entry in self.home.read("children.json").items()}

    def below(self) -> list[tuple[int, str]]:
        assert self.process is not None
        found = (self.process.pid, *measure.descendants(self.process.pid))
        return [(pid, born) for pid in found if (born := birth(pid)) is not None]

    async def is_ready(self) -> bool:
        running = self.home.running()
        assert running is not None
        return all([await answers(int(running.addresses[house].rpartition(":")[2]), "/health/ready")() for house in HOUSES])


@pytest.fixture(scope="module")
def whole(database_folder: Path) -> Iterator[Whole]:
    folder = database_folder / "whole"
    folder.mkdir(mode=0o711)
    made = Whole(folder)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.send_signal(signal.SIGINT)
        made.process.wait(30)


async def test_it_starts_and_takes_less_memory_than_promised(whole: Whole) -> None:
    running = await whole.start()

    assert await whole.is_ready()
    assert measure.memory_mb(running.pid) < 300


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
    assert whole.process is not None

    whole.process.send_signal(signal.SIGINT)

    assert whole.process.wait(30) == 0
    assert not [pid for pid, born in left if birth(pid) == born]
    assert "is killed" not in (whole.home.folder / "said.txt").read_text()
