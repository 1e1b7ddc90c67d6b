"""The only place that asks the time. Use cases take `now`; loops are `run_once(now)`."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
"""Rules count days and ages in Swedish time (DESIGN: an age is reached at 00:00 on the birthday)."""

_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

TEST_CLOCK = "SAMSYN_TEST_CLOCK"
"""Names a file that holds an offset in seconds; settings refuse it in production."""


def utc_now() -> datetime:
    """Now, aware, UTC, with microseconds; moved by the test clock's offset where one is set."""
    return datetime.now(UTC) + _offset()  # noqa: TID251  this is the place


def machine_now() -> datetime:
    """Now without the test clock: only to compare this machine's clock with another's."""
    return datetime.now(UTC)  # noqa: TID251  this is the place


def _offset() -> timedelta:
    path = os.environ.get(TEST_CLOCK)
    if not path:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(path).read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()


def monotonic() -> float:
    """Seconds on a clock that never goes back, for leases and timeouts; means nothing to another process.

    It runs on while the machine is suspended, where the system has such a clock: a lease must not outlive a closed lid.
    """
    return time.clock_gettime(_SINCE_BOOT)
