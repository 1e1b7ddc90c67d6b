"""Processes of a running suite: which they are, pausing and killing them, and a further replica of a house."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from deploy.embedded import measure
from deploy.embedded.guard import birth
from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.parts import Plan, answers, python
from deploy.embedded.ports import HOST
from deploy.embedded.postgres import Postgres
from shared.testpoints import TEST_PAUSE
from tests.eventually import eventually


class Pauses:
    """The folder that a process looks into at each of its points."""

    def __init__(self, folder: Path, pids: Callable[[], Mapping[str, int]]) -> None:
        """`pids`: process numbers by house, as they are now."""
        self.folder = folder
        self._pids = pids

    def arm(self, point: str) -> None:
        """The next process that comes to the point stands still."""
        (self.folder / point).touch()

    async def reached(self, point: str) -> int:
        """Wait until a process stands still there; its number."""
        house = point.partition(".")[0]
        await eventually(lambda: not (self.folder / point).exists() and is_paused(self._pids()[house]), within=15)
        return self._pids()[house]

    def disarm(self) -> None:
        """Nothing stands still any more at what comes."""
        for point in self.folder.iterdir():
            point.unlink(missing_ok=True)


class Replica:
    """One more process of a house, beside the one of the suite, on a socket that we hold while it is killed and started again."""

    def __init__(self, running: Running, house: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.house = house
        self._socket = socket.create_server((HOST, 0))
        self._log = folder / f"second-{house}.log"
        pauses = folder / f"pauses-{house}"
        pauses.mkdir(exist_ok=True)
        self.pauses = Pauses(pauses, lambda: {house: self.pid})
        self._environment = self._settings(running) | {TEST_PAUSE: str(pauses)}
        self._process: subprocess.Popen[bytes] | None = None

    def _settings(self, running: Running) -> dict[str, str]:
        home = Home(running.home)
        plan = Plan(home, Keys(home.secrets), Postgres(home.folder), {}, home.read("ports.json"))
        return plan.environment(**{**plan.house_settings(self.house), "public_url": self.url})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process number."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, again if it has been killed; ready when this returns."""
        fd = self._socket.fileno()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                python(f"services.{self.house}", "serve", "--fd", str(fd)), env=self._environment, pass_fds=(fd,), stdout=log, stderr=log
            )
        await eventually(answers(self.port, "/health/ready"), within=20)

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """It ends, and its socket too."""
        self.kill()
        self._socket.close()


def is_paused(pid: int) -> bool:
    """Whether a process stands still under SIGSTOP."""
    return _said_by_ps("state=", pid).startswith("T")


def send(pid: int, wish: signal.Signals) -> None:
    """A signal to a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, wish)


@contextlib.contextmanager
def paused(pid: int) -> Iterator[None]:
    """It stands still inside the block."""
    send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        send(pid, signal.SIGCONT)


def watcher_of(supervisor: int) -> int:
    """The process that ends everything when the supervisor is killed: the only child that is given a program as text."""
    for pid in measure.descendants(supervisor):
        if " -I -S -c " in _said_by_ps("args=", pid):
            return pid
    raise AssertionError("there is no watcher")


def alive(known: list[tuple[int, str]]) -> list[int]:
    """Those of these processes that have not ended."""
    return [pid for pid, born in known if birth(pid) == born]


def _said_by_ps(what: str, pid: int) -> str:
    command = ["ps", "-o", what, "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
