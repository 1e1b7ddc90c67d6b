"""Others than two parents: appointed and temporary guardians, a god man, the board during a care order, and a third person's own data."""

from datetime import timedelta

import pytest

from services.consent.usecases.record_custody import NewStatement, Stated, record_custody
from shared.contracts.consent import CoverageState
from shared.database import Connection
from shared.law.disposers import Custody
from tests.consent.world import FATHER, MEANS, MOTHER, NOW, STAFF, STRANGER, ask, covered, family, number, registered, say

LATER = NOW + timedelta(hours=1)
CHILD = number("20200517", 984)


@pytest.mark.parametrize("custody", [Custody.APPOINTED, Custody.TEMPORARY, Custody.GOD_MAN])
async def test_who_is_appointed_decides_alone_and_the_parents_are_not_asked(consent_tx: Connection, custody: Custody) -> None:
    home = await family(consent_tx, child=CHILD, found=registered(CHILD, guardians=((STRANGER, custody),)))
    event = await ask(consent_tx, home.subject_id)

    await say(consent_tx, home.stranger, event.request_id)

    assert (await covered(consent_tx, event)).state is CoverageState.GIVEN


async def test_two_who_are_appointed_decide_together(consent_tx: Connection) -> None:
    two = ((STRANGER, Custody.APPOINTED), (MOTHER, Custody.APPOINTED))
    home = await family(consent_tx, child=CHILD, found=registered(CHILD, guardians=two))
    event = await ask(consent_tx, home.subject_id)
    states = []

    for who in (home.stranger, home.mother):
        await say(consent_tx, who, event.request_id)
        states.append((await covered(consent_tx, event)).state)

    assert states == [CoverageState.PENDING, CoverageState.GIVEN]


async def test_during_a_care_order_a_human_is_asked_and_what_was_given_stops(consent_tx: Connection) -> None:
    home = await family(consent_tx, child=CHILD, found=registered(CHILD))
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father):
        await say(consent_tx, who, event.request_id)
    ordered = NewStatement(child_ref=home.child_ref, guardians=(), care_order=True)

    stated = await record_custody(consent_tx, MEANS, STAFF, ordered, now=LATER)

    assert isinstance(stated, Stated)
    assert len(stated.stops) == 1
    assert (await covered(consent_tx, event, now=LATER)).state is CoverageState.ASK_HUMAN


async def test_a_third_person_answers_for_their_own_data_and_the_guardians_do_not(consent_tx: Connection) -> None:
    home = await family(consent_tx, child=CHILD, found=registered(CHILD, guardians=((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT))))
    event = await ask(consent_tx, home.subject_id, about=home.stranger.subject)
    before = (await covered(consent_tx, event)).missing

    await say(consent_tx, home.stranger, event.request_id)

    assert [(one.role, one.number) for one in before] == [("third-person", 1)]
    assert (await covered(consent_tx, event)).state is CoverageState.GIVEN
