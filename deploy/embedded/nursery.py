"""A process that has imported our services once and forks them: five Pythons that share their code take a fifth of the memory.

Linux only; elsewhere each service is started anew. What a forked service holds of the others is code, never data: the nursery knows
no settings. `python -m deploy.embedded.nursery FD MODULE...` speaks over the socket FD, one JSON message per packet:
`{"module", "arguments", "environment", "descriptors", "signal"}` with the log and the sockets as descriptors comes in; `{"ready"}`,
`{"started": pid}` and `{"ended": pid, "code": n}` go out. It ends when the other end closes, and its services with it.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

from deploy.embedded.guard import dies_with_us

LONGEST = 65_536
"""Bytes of one message."""


def main() -> None:
    """Import, say so, and fork on request."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    for module in sys.argv[2:]:
        importlib.import_module(module)
    # What is made at first use is made before the pages are shared: an application's classes, OpenSSL's algorithms and authorities
    importlib.import_module("litestar").Litestar([])
    importlib.import_module("httpx2").create_ssl_context()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.collect()
    gc.freeze()  # what is here now is never collected, so its pages stay shared
    _say(channel, {"ready": True})
    while True:
        ready, _, _ = select.select([channel.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, LONGEST)
            _reap(channel)
        if channel.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(channel, LONGEST, 16)
            if not message:
                return
            request = json.loads(message)
            keep = dies_with_us(signal.Signals(request["signal"]))
            pid = os.fork()
            if pid == 0:
                if keep is not None:
                    keep()
                _become(request, descriptors, (channel.detach(), woken, wake))
                return
            for descriptor in descriptors:
                os.close(descriptor)
            _say(channel, {"started": pid})


def _reap(channel: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _say(channel, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _become(request: Mapping[str, Any], descriptors: list[int], ours: tuple[int, ...]) -> None:
    """In the child: a process as if it had been started anew. Returns, or raises SystemExit, when the service has ended."""
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for one in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _place(descriptors, [1, *request["descriptors"]], ours)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir("/")
    os.umask(0o077)
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _place(given: list[int], wanted: list[int], ours: tuple[int, ...]) -> None:
    """Put each descriptor where the service expects it, through numbers that nobody wants."""
    above = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 512) for descriptor in given]
    for descriptor in (*given, *ours):
        os.close(descriptor)
    for descriptor, number in zip(above, wanted, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.dup2(1, 2)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _say(channel: socket.socket, message: Mapping[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        channel.send(json.dumps(message).encode())


if __name__ == "__main__":
    main()
