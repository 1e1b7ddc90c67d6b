"""`samsyn org`: an administrator at a terminal, logged in by their own browser."""

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from deploy.embedded.home import Running
from deploy.org import org
from tests.deploy.test_signing_in import Somebody

HEAD, OPERATOR = "Robin Björk", "Toni Berg"


async def run(running: Running, who: str, *words: str) -> Result:
    """One command of one person."""
    return await asyncio.to_thread(CliRunner().invoke, org, [*words, "--data", str(running.home)], obj=Somebody(who))


async def test_a_grant_is_given_seen_taken_back_and_stays_in_the_history(running_suite: Running) -> None:
    given = await run(
        running_suite, HEAD, "grant", "o5ek", "p-cl1", "teacher", "--unit", "o5ek-u1", "--from", "2031-01-01", "--until", "2031-06-30"
    )
    assert given.exit_code == 0, given.output
    grant_id = given.output.partition("given: ")[2].partition(",")[0]

    then = await run(running_suite, HEAD, "grants", "o5ek", "--at", "2031-06-30")
    assert "p-cl1  teacher  o5ek-u1" in then.output
    assert "p-cl1" not in (await run(running_suite, HEAD, "grants", "o5ek", "--at", "2031-07-01")).output

    assert "revoked at" in (await run(running_suite, HEAD, "revoke", grant_id)).output
    history = (await run(running_suite, HEAD, "changes", "o5ek", "--of", grant_id)).output
    assert history.index("grant.revoked") < history.index("revoked_at: None ->") < history.index("grant.given")


async def test_what_one_gives_themselves_waits_for_the_operator(running_suite: Running) -> None:
    asked = await run(running_suite, HEAD, "grant", "o5ek", "p-19d4", "teacher", "--from", "2032-01-01", "--until", "2032-06-30")
    proposal = asked.output.partition("another administrator: ")[2].strip()

    alone = await run(running_suite, HEAD, "decide", proposal, "--approve")
    assert alone.exit_code == 1
    assert "needs-another-person" in alone.output
    assert "turned down" in (await run(running_suite, OPERATOR, "decide", proposal, "--turn-down")).output


async def test_the_operator_looks_at_everything(running_suite: Running) -> None:
    listed = await run(running_suite, OPERATOR, "list")
    assert {"o5ek", "o2rg", "o1op"} <= {line.split()[0] for line in listed.output.splitlines() if line.startswith("o")}
    shown = await run(running_suite, OPERATOR, "show", "o9kl")
    assert json.loads(shown.output[shown.output.index("{\n") :])["organisation"]["public"] is False
    assert "o2rg-u2  H_REG  BUP Ekdala" in (await run(running_suite, OPERATOR, "units", "o2rg")).output
    assert "unit-key  o9kl-u1-" in (await run(running_suite, OPERATOR, "systems", "o9kl")).output
    assert "no-administrator" in (await run(running_suite, OPERATOR, "review", "o9kl")).output
    assert "unheld  manager  o9kl-u1" in (await run(running_suite, OPERATOR, "review", "o9kl")).output
    assert "again by" in (await run(running_suite, OPERATOR, "reviewed", "o9kl")).output
    assert "[>]  organisation-number" in (await run(running_suite, OPERATOR, "onboard", "o9kl")).output
    off = await run(
        running_suite, OPERATOR, "switch", "off", "route", "o9kl-u1>o8st-u1", "--sv", "Felsökning.", "--en", "Being looked into."
    )
    assert "route o9kl-u1>o8st-u1 is off" in off.output
    assert "Being looked into." in (await run(running_suite, OPERATOR, "switches")).output
    assert "is on" in (await run(running_suite, OPERATOR, "switch", "on", "route", "o9kl-u1>o8st-u1")).output
    assert "nothing is switched off" in (await run(running_suite, OPERATOR, "switches")).output
    assert "not-the-operator" in (await run(running_suite, HEAD, "switch", "off", "row", "M08")).output
    assert "not-an-administrator" in (await run(running_suite, "Kim Ek", "list")).output


def test_the_command_says_what_it_lacks(tmp_path: Path) -> None:
    told = CliRunner().invoke(org, ["list", "--data", str(tmp_path)])

    assert told.exit_code == 2
    assert "nothing runs there" in told.output
