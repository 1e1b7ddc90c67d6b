"""Two of the operator's staff erase a person at the command line; then no byte of them lies anywhere (I7)."""

import asyncio
from typing import Any

from click.testing import CliRunner, Result

from deploy.demo import inspection
from deploy.demo.narrator import Narrator
from deploy.demo.population import add_family
from deploy.demo.questions import CLINIC, PUPIL_HEALTH, SCHOOL
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from deploy.embedded.roles import database_of
from deploy.erase import erase
from shared.clock import STOCKHOLM, utc_now
from tests.deploy.test_signing_in import Somebody

EMAIL = "rosenfink@kanarie.example"
NAME = "Rosenfinkel"


async def run(running: Running, who: str, *words: str, number: str = "") -> Result:
    """One command of one person, as at a terminal: nothing but what they type goes in."""
    arguments = [*words, "--data", str(running.home)]
    return await asyncio.to_thread(CliRunner().invoke, erase, arguments, input=f"{number}\n", obj=Somebody(who))


async def held(running: Running, text: str) -> list[str]:
    """Which of the two houses' dumps hold it, in any disguise."""
    dumps = {house: await inspection.dump_database(running, database_of(house)) for house in ("consent", "sharing")}
    return [house for house, dump in dumps.items() if any(form in dump for form in inspection.disguises(text))]


async def test_two_erase_a_person_and_no_byte_of_them_is_left(running_suite: Running) -> None:
    async with Stage(running_suite, Narrator(lambda _: None)) as stage:
        family = add_family(stage.population, NAME, 13, ["Vera"], "sole", utc_now().astimezone(STOCKHOLM).date())
        number = family.child.number
        child = await stage.citizen(number)
        await stage.call(child, "PUT", "consent", "/v1/contact", {"email": EMAIL, "language": "sv"}, expect=200)
        counsellor = await stage.staff("counsellor", "consent")
        child_ref = (await stage.call(counsellor, "POST", "consent", "/v1/children", {"number": number}, expect=200))["child_ref"]
        await stage.staff("counsellor", "sharing")
        case: Any = {"child_ref": child_ref, "model": "hlt-team", "purpose": "P_SUPPORT", "unit": PUPIL_HEALTH, "parties": [SCHOOL, CLINIC]}
        case_id = (await stage.call(counsellor, "POST", "sharing", "/v1/cases", case, expect=201))["case_id"]

    counted = await run(running_suite, "Toni Berg", "preview", number=number)
    decided = await run(running_suite, "Toni Berg", "decide", "--reason", "request", number=number)
    erasure = decided.output.splitlines()[-1].partition(";")[0]
    alone = await run(running_suite, "Toni Berg", "confirm", erasure)
    there = await held(running_suite, child_ref)
    confirmed = await run(running_suite, "Love Ström", "confirm", erasure)
    left = await inspection.where(running_suite, [number, NAME, EMAIL])

    assert (counted.exit_code, decided.exit_code, alone.exit_code, confirmed.exit_code) == (0, 0, 3, 0), confirmed.output
    assert "1 references" in counted.output
    assert "sharing: 1 cases" in counted.output
    assert "audit: " in counted.output
    assert "does not answer" not in counted.output
    assert "second-person-needed" in alone.output
    assert "done; audit destroyed" in confirmed.output
    assert number not in counted.output + decided.output + confirmed.output
    assert there == ["consent", "sharing"]
    assert await held(running_suite, child_ref) == []
    assert await held(running_suite, case_id) == ["sharing"]  # the act stands, and says nobody's name
    assert left == {number: [], NAME: [], EMAIL: []}
