"""Some of consent's table of cases on a running suite: real logins, the portal's routes, and what sharing then answers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.demo.narrator import Narrator
from deploy.demo.population import add_family
from deploy.demo.questions import ASSESSMENT, CLINIC, PUPIL_HEALTH, SCHOOL, decide
from deploy.demo.stage import Stage, until
from deploy.embedded.home import Running
from deploy.provider.browser import Browser
from shared.clock import STOCKHOLM, utc_now

WORDS = {"y": "yes", "n": "no", "t": "wants-to-talk"}


@pytest.fixture(scope="module")
async def stage(running_suite: Running) -> AsyncIterator[Stage]:
    async with Stage(running_suite, Narrator(lambda _: None)) as opened:
        yield opened


async def asked(stage: Stage, custody: str, age: int) -> tuple[Browser, Any]:
    """A family of its own about which pupil health has asked; without anybody who may answer there is nothing to ask."""
    guardians = {"joint": ["Vera", "Ove"], "sole": ["Vera"], "nobody": []}[custody]
    how = "sole" if custody == "nobody" else custody
    stage.family = add_family(stage.population, "Tage", age, guardians, how, utc_now().astimezone(STOCKHOLM).date())
    counsellor = await stage.staff("counsellor", "consent")
    named = await stage.call(counsellor, "POST", "consent", "/v1/children", {"number": stage.family.child.number}, expect=200)
    stage.child_ref = named["child_ref"]
    await stage.staff("counsellor", "sharing")
    case = {"child_ref": stage.child_ref, "model": "hlt-team", "purpose": "P_SUPPORT", "unit": PUPIL_HEALTH, "parties": [SCHOOL, CLINIC]}
    stage.case_id = (await stage.call(counsellor, "POST", "sharing", "/v1/cases", case, expect=201))["case_id"]
    return counsellor, await decide(stage, counsellor, ASSESSMENT)


async def says(stage: Stage, number: str, choice: str) -> None:
    """Somebody logs in, reads the page and gives the same word on each row."""
    browser = await stage.citizen(number)

    async def listed() -> Any:
        return (await stage.call(browser, "GET", "consent", "/v1/requests", expect=200))["requests"]

    path = f"/v1/requests/{(await until(listed, 'the question reaching the family'))[0]['request_id']}"
    page = await stage.call(browser, "GET", "consent", path, expect=200)
    answers = [{"row": row["row"], "choice": choice} for row in page["page"]["rows"]]
    await stage.call(browser, "POST", "consent", f"{path}/answers", {"served_id": page["served_id"], "answers": answers}, expect=200)


@pytest.mark.parametrize(
    ("custody", "age", "words", "state"),
    [
        ("joint", 5, "yy-", "given"),
        ("joint", 5, "yn-", "refused"),
        ("joint", 13, "yy-", "pending"),
        ("joint", 13, "yyy", "given"),
        ("sole", 13, "y-n", "refused"),
        ("sole", 18, "--y", "given"),
        ("nobody", 5, "---", "ask-human"),
    ],
)
async def test_what_holds_on_a_running_suite(stage: Stage, custody: str, age: int, words: str, state: str) -> None:
    counsellor, decision = await asked(stage, custody, age)
    if custody != "nobody":
        body = {"decision_id": decision["decision_id"]}
        await stage.call(counsellor, "POST", "sharing", "/v1/consent-requests", body, expect=201)
    people = [*stage.family.guardians, *[None] * (2 - len(stage.family.guardians)), stage.family.child]
    for person, word in zip(people, words, strict=True):
        if person is not None and word in WORDS:
            await says(stage, person.number, WORDS[word])

    row = {
        "child_ref": stage.child_ref,
        "discloser_unit": PUPIL_HEALTH,
        "recipient_unit": CLINIC,
        "purpose": "P_SUPPORT",
        "category": ASSESSMENT["category"],
    }
    covered = await stage.call(counsellor, "POST", "consent", "/v1/coverage", {"rows": [row]}, expect=200)
    answer = (await decide(stage, counsellor, ASSESSMENT))["items"][0]["answer"]

    assert (covered["rows"][0]["state"], answer == "yes") == (state, state == "given")
