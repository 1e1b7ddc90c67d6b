"""An organisation's desk beside the running suite, as the organisation would run it."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.embedded import desks
from deploy.embedded.home import Running
from deploy.embedded.parts import answers
from tests.eventually import eventually


@asynccontextmanager
async def desk_of(running: Running, organisation: str) -> AsyncIterator[str]:
    """Its address, while it runs."""
    url = desks.address(running, organisation)
    command = [sys.executable, "-m", "deploy.command", "desk", organisation, "--data", str(running.home)]
    log = running.home / "log" / f"desk-{organisation}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        await eventually(answers(int(url.rpartition(":")[2]), "/health/live"), within=20)
        yield url
    finally:
        process.terminate()
        process.wait(10)
