"""The same cases by every way to ask without a child: over HTTP for people and for systems, and at the command line."""

import json
import tomllib
from importlib.resources import as_file, files
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from click.testing import CliRunner

from deploy.decide import EXITS, decide
from services.sharing.domain.case_file import shipped
from services.sharing.domain.tables import load
from shared.law.codes import Answer
from tests.sharing.ask.conftest import Stage
from tests.sharing.world import SCHOOL, system

FOLDER = files("services.sharing").joinpath("rules", "cases")
NAMES = tuple(sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".toml")))
MOST = 40
"""Items that one question may have."""


def written(name: str) -> list[dict[str, Any]]:
    """The cases of one file as JSON has them."""
    cases: list[dict[str, Any]] = tomllib.loads(FOLDER.joinpath(name).read_text(encoding="utf-8"))["case"]
    return cases


def misses(want: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What is wanted and was not said; of a list, all its members."""
    return {
        name: (wanted, said[name])
        for name, wanted in want.items()
        if (not set(map(str, wanted)) <= set(map(str, said[name])) if isinstance(wanted, list) else wanted != said[name])
    }


@pytest.mark.parametrize("way", ["/v1/decisions", "/v1/decision"])
async def test_each_case_is_answered_over_http_as_the_law_does(client: httpx.AsyncClient, stage: Stage, way: str) -> None:
    if way == "/v1/decision":
        stage.caller = system(SCHOOL, "sharing:decide")
    cases = [case for name in NAMES for case in written(name)]

    for start in range(0, len(cases), MOST):
        asked = cases[start : start + MOST]
        body = msgspec.json.encode({"items": [case["facts"] for case in asked]})
        answer = await client.post(way, content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code == 200, answer.text
        assert answer.json()["hypothetical"] is True
        for case, said in zip(asked, answer.json()["items"], strict=True):
            assert misses(case["want"], said) == {}, case["id"]
            assert set(said["reasons"]) <= set(said["texts"]), case["id"]


@pytest.mark.parametrize("name", NAMES)
def test_each_case_is_answered_at_the_command_line_as_the_law_does(name: str) -> None:
    with as_file(FOLDER.joinpath(name)) as path:
        run = CliRunner().invoke(decide, ["--json", str(path)])
        told = CliRunner().invoke(decide, ["--lang", "en", str(path)])

    answers = json.loads(run.stdout)
    assert [case["id"] for case in written(name)] == [said["id"] for said in answers]
    assert {case["id"]: misses(case["want"], said) for case, said in zip(written(name), answers, strict=True)} == {
        said["id"]: {} for said in answers
    }
    assert run.exit_code == told.exit_code == max(EXITS[Answer(said["answer"])] for said in answers)
    assert "the file wants" not in told.stdout


def test_the_files_that_are_asked_are_the_cases_that_ship() -> None:
    assert [case.id for case in shipped(load())] == [case["id"] for name in NAMES for case in written(name)]
