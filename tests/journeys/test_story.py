"""The story as a person starts it: from an empty folder, and again against what is already running on the same data."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.demo.narrator import Narrator
from deploy.demo.stage import Stage
from deploy.embedded.parts import PROJECTS
from tests.suite_fixture import Whole

FIRST_CASE = re.compile(r"case, model hlt-team\s+(\S+)")
VERDICT = re.compile(r"Verdict: as promised\. (\d+) checks held in (\d+) steps")
STEPS = 10
ENOUGH = 27
"""Checks of the story when this was written; more may come."""


def told(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "deploy.command", "demo", "--data", str(folder), *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PROJECTS))}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=150)


def assert_as_promised(done: "subprocess.CompletedProcess[str]") -> str:
    """Exit code, verdict, every check of every step; the case's id."""
    assert done.returncode == 0, done.stdout + done.stderr
    verdict, case = VERDICT.search(done.stdout), FIRST_CASE.search(done.stdout)
    assert verdict is not None
    assert case is not None
    held = done.stdout.count("✓")
    assert (held, "✗" in done.stdout) == (int(verdict[1]), False)
    assert held >= ENOUGH
    assert int(verdict[2]) == STEPS
    return case[1]


async def provable(whole: Whole, case_id: str) -> list[Any]:
    """The case's entries for the officer, each with its proof of inclusion."""
    async with Stage(whole.running, Narrator(lambda _: None)) as stage:
        officer = await stage.staff("school-dpo", "audit")
        page = await stage.call(officer, "POST", "audit", "/v1/searches", {"case_id": case_id, "limit": 200}, expect=200)
        proofs = [await officer.get(f"{stage.urls['audit']}/v1/proofs/{one['entry']['entry_id']}") for one in page["entries"]]
    assert {proof.status_code for proof in proofs} <= {200}
    return list(page["entries"])


async def test_the_story_from_an_empty_folder_and_again_on_the_same_data(database_folder: Path) -> None:
    whole = Whole(database_folder / "story")
    first = assert_as_promised(told(whole.home.folder, "--exit"))

    await whole.start()
    try:
        before = await provable(whole, first)
        second = assert_as_promised(told(whole.home.folder))  # against what runs, which stays up
        after = await provable(whole, first)
    finally:
        assert whole.stop() == 0

    assert first != second
    assert len(before) > STEPS
    assert [one["index"] for one in after] == [one["index"] for one in before]
