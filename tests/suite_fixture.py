"""The whole suite as a person starts it, `./samsyn up`: of its own for a test that kills it, or one for the session."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded import measure
from deploy.embedded.guard import birth
from deploy.embedded.home import Home, Running
from deploy.embedded.parts import answers
from tests.collector import Collector
from tests.eventually import eventually

HOUSES = ("consent", "sharing", "audit")


class Whole:
    """`samsyn up` in a process of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        """`environment`: variables of ours beside those of the test."""
        folder.mkdir(mode=0o711)
        self.home = Home(folder)
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, **environment}

    async def start(self) -> Running:
        command = [sys.executable, "-m", "deploy.command", "up", "--data", str(self.home.folder)]
        with (self.home.folder / "said.txt").open("ab") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, env=self._environment)
        await eventually(self._is_up, within=120)
        return self.running

    @property
    def running(self) -> Running:
        running = self.home.running()
        assert running is not None
        return running

    def stop(self) -> int:
        """Asked gently; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def pids(self) -> dict[str, int]:
        return {name: entry[0] for name, entry in self.home.read("children.json").items()}

    def below(self) -> list[tuple[int, str]]:
        """Every process of it with its birth."""
        assert self.process is not None
        found = (self.process.pid, *measure.descendants(self.process.pid))
        return [(pid, born) for pid in found if (born := birth(pid)) is not None]

    async def is_ready(self) -> bool:
        addresses = self.running.addresses
        return all([await answers(int(addresses[house].rpartition(":")[2]), "/health/ready")() for house in HOUSES])

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.home.folder / "said.txt").read_text()
        running = self.home.running()
        return running is not None and running.pid == self.process.pid


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the session's suite sends its telemetry."""
    with Collector() as collecting:
        yield collecting


@pytest.fixture(scope="session")
async def running_suite(database_folder: Path, collector: Collector) -> AsyncIterator[Running]:
    """Everything up, once for the session, with telemetry switched on; tests share it and so make their own child and case."""
    often = {"OTEL_BSP_SCHEDULE_DELAY": "200", "OTEL_METRIC_EXPORT_INTERVAL": "1000"}
    whole = Whole(database_folder / "suite", SAMSYN_OTLP_ENDPOINT=collector.endpoint, **often)
    try:
        running = await whole.start()
        await eventually(whole.is_ready, within=30)
        yield running
    finally:
        if whole.process is not None:
            whole.stop()
