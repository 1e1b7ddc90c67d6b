"""The table of cases: custody, age, unit, and what mother, father and child say; and what then holds. One line, one case."""

import pytest

from services.consent.domain.consent import Choice
from shared.database import Connection
from shared.law.disposers import Custody
from tests.consent.world import FATHER, MOTHER, NOW, ask, covered, family, number, registered, say

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
