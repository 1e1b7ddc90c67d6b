"""A Chromium for the tests of pages: the machine's own, else Playwright's download, else as root on Debian its package."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 600.0
"""Seconds for a download or an installation."""


def of_the_machine() -> str | None:
    """What is installed here."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def executable(own: str) -> str | None:
    """The program to start; `own` is where Playwright keeps its download. None where none can be had. Two workers ask one at a time."""
    with Path(tempfile.gettempdir(), "samsyn-test-browser.lock").open("a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := of_the_machine():
            return found
        if Path(own).exists() or (_done([sys.executable, "-m", "playwright", "install", "chromium"]) and Path(own).exists()):
            return own
        if os.geteuid() == 0 and shutil.which("apt-get") is not None:
            install = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
            if _done(["apt-get", "update"]) and _done(install):
                return of_the_machine()
    return None


def _done(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=PATIENCE).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
