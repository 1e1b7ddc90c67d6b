"""A supervisor of tiny programs, as a program of its own that tests can kill: `python -m tests.deploy.tiny HOME [watcher-only]`."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from deploy.embedded import supervisor as supervising
from deploy.embedded.home import Home, Running
from deploy.embedded.parts import answers
from deploy.embedded.run import hold, serve
from deploy.embedded.supervisor import Part, Supervisor

STORE = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: (open(sys.argv[1], "a").write("clean\\n"), sys.exit(0)))
open(sys.argv[1], "a").write("ready\\n")
while True: signal.pause()
"""
"""A stand-in for the database: SIGINT is its clean stop, and it says so."""

SERVICE = """
import signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit))
listening = socket.socket(fileno=int(sys.argv[1]))
while True:
    caller, _ = listening.accept()
    caller.recv(4096)
    time.sleep(float(sys.argv[2]))
    caller.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    caller.close()
"""
"""A stand-in for a house: answers on the socket that it was handed, and ends gently on SIGTERM."""


def program(name: str, code: str, *arguments: str, **options: object) -> Part:
    command = [sys.executable, "-I", "-S", "-c", code, *arguments]
    return Part(name=name, command=command, environment={}, **options)  # type: ignore[arg-type]


async def start(supervisor: Supervisor, home: Home) -> Running:
    said = home.folder / "store.txt"
    listening = socket.create_server(("127.0.0.1", 0))
    supervisor.keep(listening)
    port = listening.getsockname()[1]

    async def has_said() -> bool:
        return said.exists()

    await supervisor.start(program("store", STORE, str(said), ready=has_said, stop=signal.SIGINT))
    fd = listening.fileno()
    await supervisor.start(program("service", SERVICE, str(fd), "0.01", ready=answers(port, "/"), descriptors=(fd,)))
    home.write("pids.json", {name: pid for name, (pid, _) in supervisor.state().items()} | {"watcher": supervisor.watcher_pid})
    return Running(home=home.folder, pid=os.getpid(), addresses={"service": f"http://127.0.0.1:{port}"})


async def main(folder: Path) -> None:
    home = Home(folder)
    home.make()
    await hold(home, print)
    await serve(home, lambda supervisor: start(supervisor, home), tell=print)


if __name__ == "__main__":
    if sys.argv[2:] == ["watcher-only"]:
        setattr(supervising, "dies_with_us", lambda _: None)  # noqa: B010  as on a system without such a signal
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    asyncio.run(main(Path(sys.argv[1])))
