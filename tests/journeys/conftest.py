"""One suite for all journeys that pause and kill; each test makes its own child and case, and leaves everything running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.testpoints import TEST_PAUSE
from tests.eventually import eventually
from tests.journeys.processes import Pauses
from tests.suite_fixture import Whole


@pytest.fixture(scope="session")
async def suite(database_folder: Path) -> AsyncIterator[Whole]:
    """Everything up, with a folder for points where a process is to stand still."""
    pauses = database_folder / "pauses"
    pauses.mkdir()
    whole = Whole(database_folder / "journeys", **{TEST_PAUSE: str(pauses)})
    try:
        await whole.start()
        await eventually(whole.is_ready, within=30)
        yield whole
    finally:
        if whole.process is not None:
            whole.stop()


@pytest.fixture
def pauses(suite: Whole, database_folder: Path) -> Pauses:
    """The points of the suite's processes."""
    return Pauses(database_folder / "pauses", suite.pids)
