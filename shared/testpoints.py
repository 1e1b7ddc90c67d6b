"""Places where a test can stop a process: between a commit and what follows it, where a crash or a pause would hurt most."""

import contextlib
import os
import signal
from pathlib import Path

TEST_PAUSE = "SAMSYN_TEST_PAUSE"
"""Names a folder; settings refuse it in production."""


def reached(point: str) -> None:
    """Nothing, unless a file of the point's name lies in the test's folder: then remove it and stand still until SIGCONT.

    The whole process stands still, its other requests, loops and threads too, as under SIGSTOP or a paused virtual machine.
    """
    folder = os.environ.get(TEST_PAUSE)
    if not folder:
        return
    with contextlib.suppress(FileNotFoundError):
        Path(folder, point).unlink()
        os.kill(os.getpid(), signal.SIGSTOP)
