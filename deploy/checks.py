"""Everything that CI runs, one step after the other, each with its time and a verdict at the end."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

NO_BROWSER = "--no-browser"
"""Leaves out the tests of pages in a browser, where none can be had."""
WORKERS = 2
"""Processes that run tests, each with a database and a suite of its own."""


def steps(arguments: Sequence[str], *, long: bool) -> list[tuple[str, list[str]]]:
    """Name and command of each step; with further arguments only the tests that they choose."""
    marks = [] if long else ["-m", "not long", "-n", str(WORKERS)]  # the hammer and the kills have the machine for themselves
    tests = ("tests", [sys.executable, "-m", "pytest", *marks, *arguments])
    if any(argument != NO_BROWSER for argument in arguments):
        return [tests]
    tools = Path(sys.executable).parent
    return [
        ("format", [str(tools / "ruff"), "format", "--check", ".", "samsyn"]),
        ("lint", [str(tools / "ruff"), "check", ".", "samsyn"]),
        ("types", [sys.executable, "-m", "mypy"]),
        ("rooms", [str(tools / "lint-imports"), "--no-cache"]),
        tests,
    ]


def run_checks(checkout: Path, arguments: Sequence[str], *, long: bool) -> int:
    """Run all steps, also after a failed one; 0 when all are green."""
    failed = []
    began = time.monotonic()
    for name, command in steps(arguments, long=long):
        print(f"== {name}", flush=True)
        step_began = time.monotonic()
        code = subprocess.run(command, cwd=checkout, check=False, env={**os.environ, "PYTHONPATH": str(checkout)}).returncode
        print(f"== {name}: {'ok' if code == 0 else 'FAILED'} in {time.monotonic() - step_began:.0f} s\n", flush=True)
        if code:
            failed.append(name)
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all green"
    print(f"{verdict} ({time.monotonic() - began:.0f} s)")
    return 1 if failed else 0
