"""The table of cases: custody, age, unit, and what mother, father and child say; and what then holds. One line, one case.

The table drives the use cases and HTTP here, and some of it a running suite in `tests/journeys/test_cases.py`. Times have their own.
"""

import itertools
from datetime import date, timedelta

import pytest

from services.consent.domain.consent import Choice
from shared.database import Connection, Database
from shared.law.disposers import Custody
from tests.consent.test_http import Client, Stage, answer, client, stage
from tests.consent.world import FATHER, MOTHER, NOW, SYSTEM, Family, ask, covered, family, number, registered, say

__all__ = ["client", "stage"]

CUSTODY = {
    "joint": ((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT)),
    "sole": ((MOTHER, Custody.SOLE),),
    "half": ((MOTHER, Custody.JOINT),),  # joint, but only one is known
    "nobody": (),
}
UNITS = {"school": ("o5ek-u1", "plan", "S_SCH"), "health": ("o5ek-u2", "pupil-health", "S_EH")}
WORDS = {"y": Choice.YES, "n": Choice.NO, "t": Choice.TALK}

# custody, unit, age: what mother, father and child say (y, n, t: wants to talk, -: nothing) = what holds
TABLE = """
joint school 5: yy- given, y-- pending, -y- pending, --- pending
joint school 5: yn- refused, ny- refused, nn- refused, yt- pending, tt- pending, n-- refused
joint school 12: yy- given, yyy given, yyn refused, y-y pending, yyt pending, nyy refused
joint school 13: yy- given, yyy given, yyn refused, yny refused
joint school 15: yy- pending, yyy given, yyn refused, --y pending, y-y pending, nyy refused, yyt pending
joint school 17: yyy given, yy- pending, yny refused, nnn refused
joint school 18: --y given, --n refused, --t pending, --- pending
sole school 5: y-- given, --- pending, n-- refused, t-- pending
sole school 12: y-- given, y-y given, y-n refused
sole school 15: y-- pending, y-y given, n-y refused, --y pending
sole school 17: y-y given, y-n refused
sole school 18: --y given, --n refused
nobody school 5: --- ask-human
nobody school 12: --- ask-human
nobody school 15: --- ask-human
nobody school 18: --y given
half school 5: --- ask-human
half school 13: --- ask-human
half school 17: --- ask-human
half school 18: --y given
joint health 5: yy- given
joint health 11: yy- given
joint health 12: yy- pending, yyy given, yyn refused
joint health 13: yy- pending, y-y pending, yyy given, nyy refused
joint health 15: yyy given, yy- pending
joint health 17: yyy given
joint health 18: --y given
"""
CASES = [
    (*head.split(), *case.split())
    for line in TABLE.strip().splitlines()
    for head, _, tail in [line.partition(":")]
    for case in tail.split(",")
]


def test_the_table_has_at_least_sixty_cases_and_none_twice() -> None:
    assert len(CASES) >= 60
    assert len({case[:4] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("custody", "place", "age", "words", "holds"), CASES)
async def test_what_holds_follows_from_custody_age_and_answers(
    consent_tx: Connection, custody: str, place: str, age: str, words: str, holds: str
) -> None:
    child = number(f"{2026 - int(age)}0517", 986)
    unit, category, regime = UNITS[place]
    home = await family(consent_tx, child=child, found=registered(child, guardians=CUSTODY[custody]))
    event = await ask(consent_tx, home.subject_id, unit=unit, categories=(category,))

    for who, word in zip((home.mother, home.father, home.child), words, strict=True):
        if word in WORDS:
            await say(consent_tx, who, event.request_id, WORDS[word])

    assert (await covered(consent_tx, event, regime=regime, now=NOW)).state == holds


_SERIAL = itertools.count()


async def test_over_http_every_case_holds_the_same(client: Client, stage: Stage, consent_db: Database) -> None:
    wrong = []
    for custody, place, age, words, holds in CASES:
        unit, category, _ = UNITS[place]
        told = await told_over_http(client, stage, consent_db, (custody, unit, category), int(age), words)
        if told != holds:
            wrong.append((custody, place, age, words, holds, told))
    assert not wrong


async def told_over_http(client: Client, stage: Stage, database: Database, how: tuple[str, str, str], age: int, words: str) -> str:
    """The state that the school's system is told after everybody has answered through the portal's routes."""
    custody, unit, category = how
    serial = next(_SERIAL)
    child = number(f"{2026 - age}05{serial // 20 + 1:02}", 980 + serial % 20)
    async with database.transaction() as tx:
        home = await family(tx, child=child, found=registered(child, guardians=CUSTODY[custody]))
        event = await ask(tx, home.subject_id, unit=unit, categories=(category,))
    for who, word in zip((home.mother, home.father, home.child), words, strict=True):
        if word in WORDS:
            stage.be(who)
            answered = await answer(client, event.request_id, choice=str(WORDS[word]))
            assert answered.status_code == 200, answered.text
    stage.be(SYSTEM, "consent:ask")
    row = {
        "child_ref": str(home.child_ref),
        "discloser_unit": unit,
        "recipient_unit": event.rows[0].recipient_unit,
        "purpose": event.rows[0].purpose,
        "category": category,
    }
    return str((await client.post("/v1/coverage", json={"rows": [row]})).json()["rows"][0]["state"])


# unit, age, days until the next birthday: day and who says what (m, f, c) = day on which it is looked at and what then holds
TIMES = """
school 5 300: 20 m y, 21 f y = 21 given
school 5 300: 1 m y = 13 pending
school 5 300: 1 m y = 15 pending
school 5 300: 0 m y, 0 f y = 180 given
school 5 300: 0 m y, 0 f y = 181 expired
school 5 300: 0 m y = 181 expired
school 5 300: 0 m y, 181 f y = 181 expired
school 5 300: 0 m n, 20 f y, 30 m y = 30 given
school 5 300: 0 m y, 0 f y, 30 m n = 30 refused
school 11 30: 0 m y, 0 f y = 31 given
health 11 30: 0 m y, 0 f y = 29 given
health 11 30: 0 m y, 0 f y = 30 expired
health 11 30: 0 m y, 0 f y, 30 c y = 30 given
school 14 30: 0 m y, 0 f y = 29 given
school 14 30: 0 m y, 0 f y = 30 expired
school 14 30: 0 m y, 0 f y, 31 c y = 31 given
school 14 30: 0 m y, 0 f y, 0 c y = 31 given
school 17 30: 0 m y, 0 f y, 0 c y = 29 given
school 17 30: 0 m y, 0 f y, 0 c y = 30 expired
school 17 30: 0 m y, 0 f y, 0 c y, 31 c y = 31 given
school 17 30: 0 m y, 0 f y, 0 c y, 31 c n = 31 refused
"""
IN_TIME = [line for line in TIMES.strip().splitlines() if line]


def born(age: int, days: int) -> date:
    """So old now, and a year older in so many days."""
    next_one = NOW.date() + timedelta(days=days)
    return next_one.replace(year=next_one.year - age - 1)


@pytest.mark.parametrize("line", IN_TIME)
async def test_what_holds_follows_from_the_day_too(consent_tx: Connection, line: str) -> None:
    head, _, tail = line.partition(":")
    place, age, days = head.split()
    said, _, looked = tail.partition("=")
    day, holds = looked.split()
    unit, category, regime = UNITS[place]
    child = number(f"{born(int(age), int(days)):%Y%m%d}", 987)
    home: Family = await family(consent_tx, child=child)
    event = await ask(consent_tx, home.subject_id, unit=unit, categories=(category,))

    for at, who, word in (one.split() for one in said.split(",")):
        caller = {"m": home.mother, "f": home.father, "c": home.child}[who]
        await say(consent_tx, caller, event.request_id, WORDS[word], now=NOW + timedelta(days=int(at)))

    assert (await covered(consent_tx, event, regime=regime, now=NOW + timedelta(days=int(day)))).state == holds
