"""So that nothing stays behind when the starter is killed: a signal at the parent's death."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


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
