"""The restore runbook, rehearsed: the commands that stand in it, in their order, against a suite of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.home import CHECKOUT
from deploy.embedded.keys import Keys
from deploy.embedded.postgres import SUPERUSER, Postgres
from tests.eventually import eventually
from tests.suite_fixture import Whole

RUNBOOK = (CHECKOUT / "deploy" / "runbooks" / "restore.md").read_text(encoding="utf-8")
COMMANDS = [line.split()[1:] for block in re.findall(r"```sh\n(.*?)```", RUNBOOK, re.DOTALL) for line in block.split("\n") if line.strip()]


@pytest.fixture
def whole(database_folder: Path) -> Iterator[Whole]:
    made = Whole(database_folder / "restored")
    yield made
    if made.process is not None:
        made.stop()


def run(whole: Whole, command: list[str], file: Path) -> None:
    words = [str(file) if word == "consent.dump" else word for word in command]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.command", words[0], "--data", str(whole.home.folder), *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr


async def asked(whole: Whole, house: str, question: str) -> object:
    password = Keys(whole.home.secrets).passwords[SUPERUSER]
    connection = await asyncpg.connect(Postgres(whole.home.folder).url(SUPERUSER, password, f"samsyn_{house}"))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def in_log(whole: Whole, times: int) -> bool:
    """Whether this many restores stand in the log."""
    return await asked(whole, "audit", "select count(*) from entry_fact where action = 'consent.restored'") == times


async def test_the_commands_of_the_runbook_put_the_copy_back_and_sharing_asks_again(whole: Whole, database_folder: Path) -> None:
    assert [command[0] for command in COMMANDS] == ["dump", "stop", "restore", "up", "house", "house"]
    dump, stop, restore, _up, *switches = COMMANDS
    file = database_folder / "consent.dump"
    await whole.start()
    before = await asked(whole, "consent", "select epoch from feed")
    run(whole, dump, file)
    assert file.stat().st_mode & 0o077 == 0
    run(whole, ["house", "consent", "restored"], file)  # an entry that the copy does not have, and audit has
    await eventually(lambda: in_log(whole, 1), within=20)
    lost = "create table lost_since_the_copy (one integer)"
    await asked(whole, "consent", lost)

    run(whole, stop, file)
    whole.stop()
    run(whole, restore, file)
    await whole.start()

    assert await asked(whole, "consent", "select to_regclass('lost_since_the_copy')") is None
    epoch = await asked(whole, "consent", "select epoch from feed")
    assert isinstance(epoch, int)
    assert isinstance(before, int)
    assert epoch > before

    async def knows() -> bool:
        return await asked(whole, "sharing", "select epoch from consent_epoch") == epoch

    await eventually(knows, within=20)
    assert await asked(whole, "sharing", "select count(*) from kill_switch") == 2
    await eventually(lambda: in_log(whole, 2), within=20)
    assert await asked(whole, "audit", "select count(*) from quarantine") == 0
    for command in switches:
        run(whole, command, file)
    assert await asked(whole, "sharing", "select count(*) from kill_switch") == 0
