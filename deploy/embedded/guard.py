"""So that nothing stays behind when the starter is killed: a signal at the parent's death, and a process that watches over a pipe.

Both, for each alone has a hole: the signal asks but nobody waits (and macOS has none), the watcher can be killed itself.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1

_WATCHER = """
import os, signal, sys, time
for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(ignored, signal.SIG_IGN)
left = {}
for line in sys.stdin:
    verb, pid, wish = line.split()
    if verb == "+":
        left[int(pid)] = int(wish)
    else:
        left.pop(int(pid), None)
def alive(pid):
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return not os.path.exists("/proc/self")
def send(function, pid, wish):
    try:
        function(pid, wish)
    except OSError:
        pass
for pid, wish in left.items():
    send(os.kill, pid, wish)
end = time.monotonic() + 8
while time.monotonic() < end and any(alive(pid) for pid in left):
    time.sleep(0.02)
for pid in left:
    send(os.killpg, pid, signal.SIGKILL)
"""


def dies_with_us(wish: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` for Popen: the child gets `wish` when the thread that started it ends. None where the system has no such thing.

    Start children from the main thread. Popen changes the user before it calls this, which is the order that works:
    a later change of user clears the wish.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc, starter = ctypes.CDLL(None), os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(wish), 0, 0, 0)
        if os.getppid() != starter:  # died between fork and prctl
            os._exit(0)

    return ask


class Watcher:
    """A process of its own session that ends our children, gently and then not, when our end of its pipe closes."""

    def __init__(self, descriptors: Sequence[int] = ()) -> None:
        """It keeps `descriptors` open: the home's lock is free only when everything has ended."""
        self._descriptors = descriptors
        self._children: dict[int, int] = {}
        self._process = self._start()

    @property
    def pid(self) -> int:
        """Its number, for those who want to kill it."""
        return self._process.pid

    def add(self, pid: int, wish: signal.Signals) -> None:
        """Watch over a child, the leader of a process group."""
        self._children[pid] = int(wish)
        self._say(f"+ {pid} {int(wish)}")

    def remove(self, pid: int) -> None:
        """The child has ended; its number may become somebody else's."""
        self._children.pop(pid, None)
        self._say(f"- {pid} 0")

    def revive(self) -> bool:
        """Start it again if it has been killed; True when it was."""
        if self._process.poll() is None:
            return False
        self._process = self._start()
        for pid, wish in self._children.items():
            self._say(f"+ {pid} {wish}")
        return True

    def close(self) -> None:
        """It ends whatever is left and then itself."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WATCHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=self._descriptors,
            start_new_session=True,
            cwd="/",
            text=True,
            env={},
        )
        assert process.stdin is not None  # noqa: S101  asked for two lines above
        self._input = process.stdin
        return process

    def _say(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # killed: `revive` tells the next one everything
            self._input.write(f"{line}\n")
            self._input.flush()


def birth(pid: int) -> str | None:
    """When a process was started, in the system's own words: with its number it names the process for ever. None when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
        said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
        return said or None
    except ProcessLookupError:
        return None
    return None if fields[0] == "Z" else fields[19]


def end_leftovers(children: Sequence[tuple[int, str, int]], *, within: float = 10) -> list[int]:
    """End what an earlier supervisor left, if both it and its watcher were killed: (pid, birth, signal). Returns those that were alive."""
    alive = [(pid, born, wish) for pid, born, wish in children if birth(pid) == born]
    for pid, _, wish in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, wish)
    end = time.monotonic() + within
    while any(birth(pid) == born for pid, born, _ in alive) and time.monotonic() < end:
        time.sleep(0.02)  # noqa: TID251  there is nothing to wait on: they are not our children
    for pid, born, _ in alive:
        if birth(pid) == born:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    return [pid for pid, _, _ in alive]
