"""The family is asked for what waits for it and for nothing else, by a person or on behalf of one."""

from datetime import timedelta

from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.views import CaseView, DecisionView
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House
from tests.sharing.world import COUNSELLOR, HEALTH, REGION, SCHOOL, system


async def test_the_family_is_asked_once_per_discloser_and_only_for_what_waits(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ATTENDANCE, ASSESSMENT)

    first = await house.want(decision.decision_id)
    again = await house.want(decision.decision_id)

    assert [r.discloser_unit for r in first.requests] == [HEALTH]
    assert first.requests[0].item_ids == (decision.items[1].item_id,)
    assert again == first
    assert len(await house.entries("consent.wanted")) == 1
    assert await house.database.pool.fetchval("select count(*) from outbox where name = 'consent-wanted'") == 1


async def test_nobody_is_asked_where_consent_is_not_the_basis(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ATTENDANCE)

    outcome = await house.want(decision.decision_id)

    assert outcome == Denied(code="consent-not-the-basis", reasons=("consent-not-the-basis",))
    assert [entry.answer for entry in await house.entries("consent.wanted")] == ["refused"]


async def test_a_system_asks_for_the_person_who_decided_and_for_nobody_it_does_not(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)

    foreign = await house.want(decision.decision_id, caller=system(REGION))
    asked = await house.want(decision.decision_id, caller=system(SCHOOL))

    assert isinstance(foreign, Hidden)
    assert [one.discloser_unit for one in asked.requests] == [HEALTH]
    assert await house.database.pool.fetchval("select asked_by from consent_request") == COUNSELLOR.principal
    assert [entry.person.actor_kind for entry in await house.entries("consent.wanted")] == ["system"]


async def test_a_system_that_decided_itself_stands_behind_nothing(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT, caller=system(SCHOOL))
    await house.database.pool.execute("update child_case set responsible = null")

    outcome = await house.want(decision.decision_id, caller=system(SCHOOL))

    assert outcome == Denied(code="no-named-person", reasons=("no-named-person",))


async def test_a_system_asks_nobody_when_no_person_with_a_grant_stands_behind_it(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)
    await house.database.pool.execute(
        "update access_grant set valid_until = $1 where principal = $2", house.now - timedelta(days=1), COUNSELLOR.principal
    )

    outcome = await house.want(decision.decision_id, caller=system(SCHOOL))

    assert outcome == Denied(code="no-named-person", reasons=("no-named-person",))
    assert await house.database.pool.fetchval("select count(*) from outbox where name = 'consent-wanted'") == 0
