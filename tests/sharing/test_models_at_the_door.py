"""A model says who opens a case with whom, before anything is recorded of it but the refusal."""

from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from services.sharing.domain.outcomes import Denied
from services.sharing.domain.tables import Tables, build, read
from shared.law.codes import Answer, Purpose
from tests.sharing.conftest import ASSESSMENT, House
from tests.sharing.world import BUP, PLAIN


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"model": "sip", "purpose": Purpose.SIP, "parties": (PLAIN,)}, "mandatory-party-missing"),
        ({"model": "gip", "parties": (BUP,)}, "party-not-in-template"),
        ({"model": "sspf-individ", "parties": (PLAIN,)}, "role-not-allowed"),
    ],
)
async def test_a_model_says_who_opens_a_case_with_whom(house: House, changed: dict[str, Any], reason: str) -> None:
    assert await house.open(**changed) == Denied(code="model-refuses", reasons=(reason,))


def second_version(*, keeps_first: bool) -> Tables:
    """The tables with a second version of the model that is for small children only."""
    raw = read(files("services.sharing").joinpath("rules"))
    first = raw["models/hlt-team.toml"]
    raw["models/hlt-team.toml"] = first.replace(b"version = 1", b"version = 2").replace(b"age_to = 19", b"age_to = 5")
    return build(raw | {"models/earlier/hlt-team.1.toml": first} if keeps_first else raw)


async def test_a_new_version_changes_no_running_case(house: House) -> None:
    running = await house.open()
    before = await house.decide(running.case_id, ASSESSMENT)
    house.ground = replace(house.ground, tables=second_version(keeps_first=True))

    after = await house.decide(running.case_id, ASSESSMENT)
    new = await house.decide((await house.open()).case_id, ASSESSMENT)

    assert after.items[0].reasons == before.items[0].reasons
    assert new.items[0].reasons == ("age-not-in-template",)


async def test_a_running_case_whose_version_is_not_kept_is_told_no(house: House) -> None:
    running = await house.open()
    house.ground = replace(house.ground, tables=second_version(keeps_first=False))

    answer = await house.decide(running.case_id, ASSESSMENT)

    assert (answer.items[0].answer, answer.items[0].reasons) == (Answer.NO, ("model-unknown",))
