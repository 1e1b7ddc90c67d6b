"""`samsyn audit`: an officer at a terminal, logged in by their own browser; the file is checked by the verifier."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from samsyn_verify.archive import check_archive
from samsyn_verify.verdict import WHOLE

from deploy.audit import audit
from deploy.embedded.home import Running
from shared.clock import utc_now
from shared.ids import opaque_id
from tests.deploy.test_signing_in import Somebody
from tests.eventually import eventually

OFFICER, COUNSELLOR = "Noor Lind", "Kim Ek"


async def run(running: Running, who: str, *words: str) -> Result:
    """One command of one person."""
    return await asyncio.to_thread(CliRunner().invoke, audit, [*words, "--data", str(running.home)], obj=Somebody(who))


async def test_an_officer_searches_counts_and_exports_a_part_that_verifies(running_suite: Running, tmp_path: Path) -> None:
    async def known() -> Result | None:
        said = await run(running_suite, OFFICER, "search", "--professional", "p-5be0", "--since", "2026-01-01")
        return said if said.exit_code == 0 else None

    first = await eventually(known, within=20)  # their grant reaches the log's house a moment after the start
    again = await run(running_suite, OFFICER, "search", "--professional", "p-5be0", "--action", "log.searched", "--limit", "1")
    assert first is not None
    assert again.exit_code == 0, again.output
    assert "log.searched  done" in again.output

    file = tmp_path / "part.zip"
    made = await run(running_suite, OFFICER, "export", str(file), "--organisation", "o5ek", "--since", "2026-01-01")
    assert made.exit_code == 0, made.output
    assert check_archive(file).exit == WHOLE

    numbers = await run(running_suite, OFFICER, "statistics")
    assert "organisation;quarter;model;measure;count" in numbers.output
    record = await run(running_suite, OFFICER, "processing")
    assert "hlt-team" in {one["model"] for one in json.loads(record.output[record.output.index("{\n") :])["activities"]}

    async def logged() -> Result | None:
        said = await run(running_suite, OFFICER, "trust")
        return said if said.exit_code == 0 else None

    said = await eventually(logged, within=30)  # when the root log has been signed over it
    assert said is not None
    trusted = json.loads(said.output[said.output.index("{\n") :])
    assert "registrar o3ra " in trusted["trust"]
    assert "quorum enough" in trusted["trust"]


async def test_what_is_empty_is_said_and_who_has_no_grant_sees_only_their_own(running_suite: Running) -> None:
    assert (await run(running_suite, OFFICER, "timeline", str(opaque_id()))).exit_code == 0
    assert (await run(running_suite, OFFICER, "flags", "--rule", "break-glass")).exit_code == 0
    assert '"reviews"' in (await run(running_suite, OFFICER, "reviews")).output
    assert "children since" in (await run(running_suite, COUNSELLOR, "mine")).output
    refused = await run(running_suite, COUNSELLOR, "search")
    assert (refused.exit_code, "404" in refused.output) == (1, True)


async def test_a_hold_is_proposed_by_one_officer_who_cannot_confirm_it(running_suite: Running) -> None:
    what = ("--case", str(opaque_id()), "--kind", "legal", "--reason", "court", "--review-on", "2044-01-01")
    made = await run(running_suite, OFFICER, "hold", "place", *what)
    assert made.exit_code == 0, made.output
    hold_id = next(line for line in made.output.splitlines() if "  proposed  " in line).split()[0]

    again = await run(running_suite, OFFICER, "hold", "confirm", hold_id)
    lifted = await run(running_suite, OFFICER, "hold", "lift", hold_id)

    assert [(said.exit_code, "another-officer-needed" in said.output) for said in (again, lifted)] == [(1, True)] * 2, again.output
    assert hold_id in (await run(running_suite, OFFICER, "hold", "list")).output


async def test_this_year_is_not_thinned_and_the_dry_run_says_why(running_suite: Running) -> None:
    year = str(utc_now().year)

    foreseen = await run(running_suite, OFFICER, "retention", "preview", year)
    refused = await run(running_suite, OFFICER, "retention", "propose", year, "--decision", "KS-2031/117")

    assert (foreseen.exit_code, "now: not-due" in foreseen.output) == (0, True), foreseen.output
    assert (refused.exit_code, "retention-blocked" in refused.output) == (1, True), refused.output
    assert "no year is thinned" in (await run(running_suite, OFFICER, "retention", "show")).output


@pytest.mark.parametrize("words", [("search",), ("mine",)])
def test_the_command_says_what_it_lacks(words: tuple[str, ...], tmp_path: Path) -> None:
    said = CliRunner().invoke(audit, [*words, "--data", str(tmp_path)])

    assert "start it first" in said.output
