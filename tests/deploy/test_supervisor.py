"""The kill table: whatever is killed, the rest goes on or goes away, and nothing is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.guard import birth
from deploy.embedded.home import Home
from deploy.embedded.supervisor import StartFailed, Supervisor
from tests.deploy.tiny import program
from tests.eventually import eventually

CHECKOUT = Path(__file__).resolve().parents[2]


class Tiny:
    """A supervisor with a store and a service, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.started: list[subprocess.Popen[bytes]] = []
        self._seen: set[tuple[int, str]] = set()

    async def start(self, *options: str) -> subprocess.Popen[bytes]:
        with (self.home.folder / "said.txt").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.deploy.tiny", str(self.home.folder), *options], cwd=CHECKOUT, stdout=said, stderr=said
            )
        self.started.append(process)
        await eventually(lambda: (found := self.home.running()) is not None and found.pid == process.pid)
        self._note()
        return process

    def _note(self) -> None:
        for pid in (*self.pids().values(), *(process.pid for process in self.started)):
            if (born := birth(pid)) is not None:
                self._seen.add((pid, born))

    def pids(self) -> dict[str, int]:
        pids: dict[str, int] = self.home.read("pids.json")
        return pids | {name: entry[0] for name, entry in self.home.read("children.json").items()}

    def left(self) -> list[int]:
        return [pid for pid, born in self._seen if birth(pid) == born]

    async def all_gone(self, within: float = 5) -> None:
        await eventually(lambda: all(process.poll() is not None for process in self.started))
        await eventually(lambda: not self.left(), within=within)

    def store(self) -> list[str]:
        return (self.home.folder / "store.txt").read_text().split()

    async def ask(self) -> bytes:
        running = self.home.running()
        assert running is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", int(running.addresses["service"].rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    made = Tiny(tmp_path)
    yield made
    for process in made.started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_asked_to_stop_it_stops_everything_cleanly(tiny: Tiny, wish: signal.Signals) -> None:
    process = await tiny.start()

    process.send_signal(wish)

    assert process.wait(10) == 0
    assert tiny.store() == ["ready", "clean"]
    await tiny.all_gone()
    assert not tiny.home.is_held()


async def test_a_killed_supervisor_leaves_nothing_and_the_store_ends_cleanly(tiny: Tiny) -> None:
    process = await tiny.start()

    process.kill()

    await tiny.all_gone()
    assert tiny.store() == ["ready", "clean"]
    await eventually(lambda: not tiny.home.is_held())


async def test_a_killed_watcher_is_started_again(tiny: Tiny) -> None:
    process = await tiny.start()
    watcher = tiny.pids()["watcher"]

    os.kill(watcher, signal.SIGKILL)

    await eventually(lambda: "the watcher ended" in (tiny.home.folder / "said.txt").read_text())
    process.kill()
    await tiny.all_gone()
    await eventually(lambda: not tiny.home.is_held())


async def test_the_watcher_alone_is_enough(tiny: Tiny) -> None:
    process = await tiny.start("watcher-only")

    process.kill()

    await tiny.all_gone()
    assert tiny.store() == ["ready", "clean"]


async def test_what_is_left_without_either_guard_the_next_start_ends(tiny: Tiny) -> None:
    process = await tiny.start("watcher-only")
    os.kill(tiny.pids()["watcher"], signal.SIGKILL)
    process.kill()
    process.wait()
    left = tiny.left()

    await tiny.start()

    assert len(left) == 2  # what macOS would leave: the store and the service; without the guards the tests above would see it
    assert not [pid for pid in left if birth(pid) is not None]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux signals a child at its parent's death")
async def test_watcher_and_supervisor_killed_together_leave_nothing(tiny: Tiny) -> None:
    process = await tiny.start()

    os.kill(tiny.pids()["watcher"], signal.SIGKILL)
    process.kill()

    await tiny.all_gone()
    assert tiny.store() == ["ready", "clean"]


async def test_a_killed_service_is_started_again_and_its_callers_only_wait(tiny: Tiny) -> None:
    await tiny.start()
    before = tiny.pids()["service"]

    os.kill(before, signal.SIGKILL)
    await eventually(lambda: birth(before) is None)  # what it was just answering would fail, and rightly
    answers = await asyncio.gather(*(tiny.ask() for _ in range(5)))

    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert tiny.pids()["service"] != before


async def test_a_killed_store_is_started_again(tiny: Tiny) -> None:
    await tiny.start()

    os.kill(tiny.pids()["store"], signal.SIGKILL)

    await eventually(lambda: tiny.store() == ["ready", "ready"])


async def test_the_next_start_after_a_kill_waits_for_the_rest_and_then_runs(tiny: Tiny) -> None:
    first = await tiny.start()

    first.kill()
    first.wait()
    await tiny.start()

    assert tiny.store() == ["ready", "clean", "ready"]
    assert (await tiny.ask()).startswith(b"HTTP/1.1 200")


async def test_a_second_start_in_the_same_folder_finds_the_first(tiny: Tiny) -> None:
    await tiny.start()

    second = subprocess.run(
        [sys.executable, "-m", "tests.deploy.tiny", str(tiny.home.folder)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert "AlreadyRunning" in second.stderr
    assert (await tiny.ask()).startswith(b"HTTP/1.1 200")


async def test_a_part_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    assert home.hold()
    supervisor = Supervisor(home, tell=lambda _: None)

    async def never() -> bool:
        return False

    with pytest.raises(StartFailed, match=r"broken ended with 3:\n  \| no key"):
        await supervisor.start(program("broken", "import sys; print('no key'); sys.exit(3)", ready=never))

    await supervisor.stop()
    home.release()


async def test_a_part_that_is_never_ready_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    assert home.hold()
    supervisor = Supervisor(home, tell=lambda _: None)

    async def never() -> bool:
        return False

    with pytest.raises(StartFailed, match=r"slow is not ready after 0 s"):
        await supervisor.start(program("slow", "import signal; signal.pause()", ready=never, within=0.3))

    await supervisor.stop()
    home.release()
