"""Who answers for a case, the one plan of a child, handing over, the list, and that the family's inbox hears of a release."""

from uuid import UUID

import msgspec
import pytest

from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.steering import CloseReason, NextStep, SteeringView
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.list_cases import CasesView, list_cases
from services.sharing.usecases.steer_case import (
    CloseCase,
    HandedOver,
    HandOver,
    SteerCase,
    Steered,
    close_case,
    hand_over,
    reopen_case,
    steer_case,
)
from shared.auth import Caller
from shared.contracts.sharing import Disclosed
from shared.errors import Invalid
from tests.sharing.conftest import ASSESSMENT, House
from tests.sharing.world import BUP, CLINICIAN, COUNSELLOR, HEALTH, OPERATING, PLAIN, SCHOOL, UNGRANTED, grant, person

SUCCESSOR = person("p-successor", SCHOOL)


async def steer(house: House, case_id: UUID, request: SteerCase, caller: Caller = COUNSELLOR) -> Steered:
    async with house.database.transaction() as tx:
        return await steer_case(tx, caller, case_id, request, tables=house.ground.tables, now=house.now)


async def listed(house: House, caller: Caller, *, before: UUID | None = None, is_open: bool = True) -> CasesView | Hidden:
    async with house.database.transaction() as tx:
        return await list_cases(tx, caller, tables=house.ground.tables, before=before, is_open=is_open, now=house.now)


async def test_whoever_opens_a_case_answers_for_it_and_says_what_comes_next(house: House) -> None:
    case = await house.open()

    stands = await steer(house, case.case_id, SteerCase(next_step=NextStep.MEET, coordinator="counsellor"))

    assert isinstance(stands, SteeringView)
    assert (stands.mine, stands.next_step, stands.coordinator, stands.status) == (True, "meet", "counsellor", "open")
    with pytest.raises(Invalid):
        await steer(house, case.case_id, SteerCase(coordinator="astronaut", next_due=house.now))


async def test_a_child_has_one_plan_in_an_organisation(house: House) -> None:
    first, second = await house.open(), await house.open()
    await steer(house, first.case_id, SteerCase(plan=True))

    refused = await steer(house, second.case_id, SteerCase(plan=True))
    await steer(house, first.case_id, SteerCase(plan=False))
    then = await steer(house, second.case_id, SteerCase(plan=True))

    assert isinstance(refused, Denied)
    assert refused.code == "plan-in-force"
    assert isinstance(then, SteeringView)
    assert then.plan_since == house.now


async def test_a_closed_case_is_opened_again_before_it_is_steered(house: House) -> None:
    case = await house.open()
    async with house.database.transaction() as tx:
        await close_case(tx, COUNSELLOR, case.case_id, CloseCase(reason=CloseReason.DONE), tables=house.ground.tables, now=house.now)
    refused = await steer(house, case.case_id, SteerCase(next_step=NextStep.ACT))
    shown = await listed(house, COUNSELLOR, is_open=False)
    async with house.database.transaction() as tx:
        again = await reopen_case(tx, COUNSELLOR, case.case_id, tables=house.ground.tables, now=house.now)

    assert isinstance(refused, Denied)
    assert isinstance(shown, CasesView)
    assert [one.case_id for one in shown.cases] == [case.case_id]
    assert isinstance(again, SteeringView)
    assert (again.status, again.mine) == ("open", True)


async def test_another_party_sees_the_case_without_the_reference_and_does_not_steer_it(house: House) -> None:
    case = await house.open()

    theirs, own = await listed(house, CLINICIAN), await listed(house, COUNSELLOR)

    assert isinstance(theirs, CasesView)
    assert isinstance(own, CasesView)
    assert [(one.case_id, one.unit, one.child_ref, one.mine) for one in theirs.cases] == [(case.case_id, BUP, None, False)]
    assert [(one.case_id, one.child_ref, one.mine) for one in own.cases] == [(case.case_id, house.family.child_ref, True)]
    assert isinstance(await steer(house, case.case_id, SteerCase(take=True), CLINICIAN), Hidden)
    assert isinstance(await listed(house, UNGRANTED), Hidden)


async def test_the_list_goes_on_where_the_page_ended(house: House) -> None:
    made = [(await house.open()).case_id for _ in range(27)]

    first = await listed(house, COUNSELLOR)
    assert isinstance(first, CasesView)
    rest = await listed(house, COUNSELLOR, before=first.before)
    assert isinstance(rest, CasesView)

    assert first.before is not None
    assert rest.before is None
    assert {one.case_id for one in (*first.cases, *rest.cases)} == set(made)


async def test_everything_that_a_leaver_answers_for_goes_to_the_successor_in_one_step(house: House) -> None:
    case = await house.open()
    request = HandOver(leaver=COUNSELLOR.principal, successor=SUCCESSOR.principal)
    with pytest.raises(Invalid):
        async with house.database.transaction() as tx:
            await hand_over(tx, COUNSELLOR, request, tables=house.ground.tables, now=house.now)
    async with house.database.transaction() as tx:
        for unit in (PLAIN, HEALTH):
            await grant_access(tx, OPERATING, grant(SUCCESSOR, unit, "counsellor"), now=house.now)
        strange = await hand_over(tx, UNGRANTED, request, tables=house.ground.tables, now=house.now)
        went = await hand_over(tx, COUNSELLOR, request, tables=house.ground.tables, now=house.now)

    assert isinstance(strange, Denied)
    assert isinstance(went, HandedOver)
    assert went.case_ids == (case.case_id,)
    shown = await listed(house, SUCCESSOR)
    assert isinstance(shown, CasesView)
    assert [one.mine for one in shown.cases] == [True]


async def test_the_first_release_is_told_to_the_family_s_inbox_and_the_second_is_not(house: House) -> None:
    released = await house.released(ASSESSMENT)
    await house.fetch(released.delivery_id)

    rows = await house.database.pool.fetch("select body from outbox where name = 'disclosed'")

    (told,) = [msgspec.json.decode(row["body"], type=Disclosed) for row in rows]
    assert (told.disclosure_id, told.discloser_unit, told.recipient_unit) == (released.delivery_id, HEALTH, BUP)
    assert told.consent_id == house.family.consent_id
    assert told.categories == ("pupil-health",)
