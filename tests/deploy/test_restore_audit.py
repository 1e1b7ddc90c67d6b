"""The runbook for audit's database, rehearsed: the commands that stand in it, in their order, against a suite of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.home import CHECKOUT
from deploy.embedded.witnesses import witness_all
from tests.deploy.test_restore import asked, run
from tests.eventually import eventually
from tests.suite_fixture import Whole

RUNBOOK = (CHECKOUT / "deploy" / "runbooks" / "restore-audit.md").read_text(encoding="utf-8")
COMMANDS = [line.split()[1:] for block in re.findall(r"```sh\n(.*?)```", RUNBOOK, re.DOTALL) for line in block.split("\n") if line.strip()]


@pytest.fixture
def whole(database_folder: Path) -> Iterator[Whole]:
    made = Whole(database_folder / "restored-audit")
    yield made
    if made.process is not None:
        made.stop()


@pytest.mark.long
async def test_the_commands_of_the_runbook_close_the_logs_as_they_are_and_go_on_in_new_ones(whole: Whole, database_folder: Path) -> None:
    assert [command[0] for command in COMMANDS] == ["dump", "stop", "restore", "up"]
    dump, stop, restore, _up = ([str(database_folder / w) if w == "audit.dump" else w for w in command] for command in COMMANDS)
    nothing = Path()
    await whole.start()
    sizes = "select array_agg(m order by o) from (select organisation o, max(size) m from checkpoint join log using (log_id)"
    sizes += " where organisation in ('-root', 'o1op') group by organisation) s"

    async def seen() -> list[int]:
        found = await asked(whole, "audit", sizes)
        return found if isinstance(found, list) else []

    async def signed() -> bool:
        return len(await seen()) == 2

    await eventually(signed, within=20)
    run(whole, dump, nothing)
    before = await seen()
    run(whole, ["house", "consent", "restored"], nothing)  # an entry that the copy does not have

    async def grown() -> bool:
        return all(now > then for now, then in zip(await seen(), before, strict=True))

    await eventually(grown, within=20)
    assert all(said["taken"] for said in (await witness_all(whole.running)).values())

    run(whole, stop, nothing)
    whole.stop()
    run(whole, restore, nothing)
    await whole.start()

    followers = "select string_agg(organisation || '/' || part, ' ' order by organisation) from log where part = 2"
    assert await asked(whole, "audit", followers) == "-root/2 o1op/2"
    assert await asked(whole, "audit", "select count(*) from entry_fact where action = 'log.continued'") == 1
    again = "select count(*) from entry_fact where action = 'consent.restored'"

    async def back() -> bool:
        return await asked(whole, "audit", again) == 1

    await eventually(back, within=30)  # consent's outbox still had it
    assert await asked(whole, "audit", "select count(*) from quarantine") == 0
    assert await asked(whole, "audit", "select count(*) from entry_fact where action = 'entries.lost'") == 0

    async def witnessed() -> bool:
        return all(said.get("taken") for said in (await witness_all(whole.running)).values())

    await eventually(witnessed, within=30)
