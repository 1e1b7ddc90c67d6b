"""What units ask of each other and owe by a day, and what time does when nobody does it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.sharing.domain.matters import Matter, MatterAnswer, MatterKind
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.views import CaseRead
from services.sharing.storage import register
from services.sharing.usecases.answer_matter import AnswerMatter, MattersView, answer_matter, list_matters
from services.sharing.usecases.end_duty import DutiesView, end_duty, list_duties
from services.sharing.usecases.read_case import read_case
from services.sharing.usecases.revoke_access import revoke_access
from services.sharing.usecases.run_duties import Duties
from services.sharing.usecases.send_matter import SendMatter, send_matter
from services.sharing.usecases.store_receipt import store_receipt
from services.sharing.usecases.take_rows import take_rows
from shared.auth import Caller
from shared.errors import Invalid
from shared.law.codes import LeafCategory
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House, later
from tests.sharing.test_flow import receipt
from tests.sharing.world import BUP, CLINICIAN, COUNSELLOR, HEALTH, OPERATING, PLAIN, REGION, SCHOOL, STRANGER, system


async def send(house: House, kind: MatterKind, case_id: UUID | None, caller: Caller = COUNSELLOR, **changed: Any) -> Any:
    to = {"from_unit": HEALTH, "to_unit": BUP, "categories": (LeafCategory.HEALTH_CARE,), **changed}
    async with house.database.transaction() as tx:
        request = SendMatter(kind=kind, case_id=case_id, **to)
        return await send_matter(tx, caller, request, tables=house.ground.tables, now=house.now)


async def answer(house: House, matter_id: UUID, said: MatterAnswer | None, caller: Caller = CLINICIAN) -> Any:
    async with house.database.transaction() as tx:
        request = AnswerMatter(matter_id=matter_id, answer=said)
        return await answer_matter(tx, caller, request, tables=house.ground.tables, now=house.now)


async def owed(house: House, caller: Caller) -> dict[str, UUID]:
    async with house.database.transaction() as tx:
        found = await list_duties(tx, caller, now=house.now)
    assert isinstance(found, DutiesView)
    return {duty.kind: duty.duty_id for duty in found.duties}


async def tick(house: House, **by: float) -> int:
    later(house, **by)
    return await Duties(house.database).run_once(house.now)


async def test_a_wish_for_a_plan_is_answered_by_its_day_and_both_sides_hear(house: House) -> None:
    case = await house.open()
    wish: Matter = await send(house, MatterKind.SIP_WISH, case.case_id, categories=())
    assert set(await owed(house, CLINICIAN)) == {"answer"}
    async with house.database.transaction() as tx:
        by_hand = await end_duty(tx, CLINICIAN, (await owed(house, CLINICIAN))["answer"], now=house.now)

    await answer(house, wish.matter_id, None)
    answered = await answer(house, wish.matter_id, MatterAnswer.ACCEPTED)

    assert isinstance(by_hand, Denied)
    assert (answered.answer, answered.received_at) == ("accepted", house.now)
    assert [notice["answer"] for notice in await house.notices(SCHOOL, "matter-answered")] == ["received", "accepted"]
    assert [notice["matter_id"] for notice in await house.notices(REGION, "matter")] == [str(wish.matter_id)]
    assert await owed(house, CLINICIAN) == {}
    assert isinstance(await answer(house, wish.matter_id, MatterAnswer.DECLINED), Denied)
    assert [entry.reasons for entry in await house.entries("sip-wish.answered")] == [("received",), ("accepted",), ("already-answered",)]


async def test_only_the_unit_that_is_asked_answers_and_only_with_what_the_kind_has(house: House) -> None:
    case = await house.open()
    request: Matter = await send(house, MatterKind.REQUEST, case.case_id)

    assert isinstance(await answer(house, request.matter_id, MatterAnswer.ACCEPTED, COUNSELLOR), Hidden)
    assert isinstance(await answer(house, request.matter_id, MatterAnswer.ACCEPTED, STRANGER), Hidden)
    assert isinstance(await send(house, MatterKind.REQUEST, case.case_id, STRANGER), Hidden)
    for wrong in ({"answer_by": house.now + timedelta(days=15)}, {"to_unit": "o9kl-u1"}, {"categories": ()}):
        with pytest.raises(Invalid):
            await send(house, MatterKind.REQUEST, case.case_id, **wrong)
    with pytest.raises(Invalid):
        await answer(house, request.matter_id, MatterAnswer.INQUIRY_OPENED)
    with pytest.raises(Invalid):
        await send(house, MatterKind.CONCERN, case.case_id)
    async with house.database.transaction() as tx:
        seen = await list_matters(tx, CLINICIAN, before=None, now=house.now)
    assert isinstance(seen, MattersView)
    assert [matter.matter_id for matter in seen.matters] == [request.matter_id]


async def test_a_system_asks_too_and_a_consultation_is_about_nobody(house: House) -> None:
    case = await house.open()
    await send(house, MatterKind.OFFER, case.case_id, system(SCHOOL))
    refused = await send(house, MatterKind.CONSULTATION, None)
    asked = await send(house, MatterKind.CONSULTATION, None, to_unit=PLAIN)
    with pytest.raises(Invalid):
        await send(house, MatterKind.CONSULTATION, case.case_id)

    then = await answer(house, asked.matter_id, MatterAnswer.GO_ON_IDENTIFIED, COUNSELLOR)

    assert isinstance(refused, Denied)
    assert refused.code == "no-agreement"
    assert (then.case_id, then.answer) == (None, "go-on-identified")
    assert {entry.person.subject for entry in await house.entries("consultation.answered")} == {None}


async def test_sent_back_twice_both_managers_are_told(house: House) -> None:
    case = await house.open()
    for _ in range(2):
        matter = await send(house, MatterKind.REQUEST, case.case_id)
        await answer(house, matter.matter_id, MatterAnswer.RETURNED)

    await tick(house, seconds=1)

    for organisation in (SCHOOL, REGION):
        assert [(n["kind"], n["role"]) for n in await house.notices(organisation, "duty-overdue")] == [("stuck", "manager")]


async def test_an_overdue_answer_goes_to_the_manager_once(house: House) -> None:
    case = await house.open()
    await send(house, MatterKind.REQUEST, case.case_id)

    assert await tick(house, days=13) == 0
    assert await tick(house, days=2) == 1
    assert await tick(house, days=1) == 0

    assert [(n["kind"], n["unit"]) for n in await house.notices(REGION, "duty-overdue")] == [("answer", BUP)]
    (entry,) = await house.entries("duty.overdue")
    assert (entry.person.actor_kind, entry.organisation, entry.person.subject) == ("timer", REGION, house.family.subject_id)


async def test_a_case_whose_responsible_has_left_alarms_its_manager(house: House) -> None:
    await house.open()
    assert await tick(house, seconds=1) == 0
    rows = await house.database.pool.fetch("select grant_id from access_grant where principal = $1", COUNSELLOR.principal)
    async with house.database.transaction() as tx:
        for row in rows:
            await revoke_access(tx, OPERATING, row["grant_id"], now=house.now)

    await tick(house, seconds=1)
    await tick(house, seconds=1)

    assert [(n["kind"], n["role"]) for n in await house.notices(SCHOOL, "duty-overdue")] == [("responsible", "manager")]


async def test_the_family_is_told_by_a_day_and_a_person_says_so(house: House) -> None:
    released = await house.released(ATTENDANCE)
    duty_id = (await owed(house, COUNSELLOR))["tell-family"]

    async with house.database.transaction() as tx:
        strange = await end_duty(tx, CLINICIAN, duty_id, now=house.now)
        done = await end_duty(tx, COUNSELLOR, duty_id, now=house.now)

    assert isinstance(strange, Hidden)
    assert (done.object_id, done.done_at) == (released.delivery_id, house.now)  # type: ignore[union-attr]
    assert await owed(house, COUNSELLOR) == {}


async def test_what_was_stopped_is_proven_deleted_or_the_route_is_stopped(house: House) -> None:
    released = await house.released(ASSESSMENT)
    async with house.database.transaction() as tx:
        await take_rows(tx, [house.family.withdraw()], now=house.now)
    assert set(await owed(house, CLINICIAN)) == {"delete-receipt"}
    await tick(house, days=15)
    assert ("route", f"{HEALTH}>{BUP}") not in await register.thrown_switches(house.database.pool)  # type: ignore[arg-type]

    await tick(house, days=14)
    async with house.database.transaction() as tx:
        thrown = await register.thrown_switches(tx)
        await store_receipt(tx, system(REGION), receipt(released.delivery_id, "deleted"), now=house.now)

    assert ("route", f"{HEALTH}>{BUP}") in thrown
    assert len(await house.entries("route.stopped")) == 1
    assert await owed(house, CLINICIAN) == {}
    assert await house.database.pool.fetchval("select proof is not null from duty where kind = 'delete-receipt'")


async def test_past_its_use_by_a_cipher_is_gone_and_the_discloser_hears_that_it_was_never_fetched(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)

    await tick(house, days=31)
    await house.lease()
    refused = await house.fetch(delivery_id)

    assert await house.notices(SCHOOL, "expired") == [{"delivery_id": str(delivery_id), "released": False}]
    assert isinstance(refused, Denied)
    assert refused.reasons == ("use-by-passed",)
    assert await house.database.pool.fetchval("select cipher from delivery") is None


async def test_a_case_shows_what_was_asked_in_it_to_the_units_that_it_is_between(house: House) -> None:
    case = await house.open()
    asked = [await send(house, MatterKind.REQUEST, case.case_id), await send(house, MatterKind.OFFER, case.case_id, to_unit=PLAIN)]

    async with house.database.transaction() as tx:
        ours = await read_case(tx, COUNSELLOR, case.case_id, tables=house.ground.tables, now=house.now)
        theirs = await read_case(tx, CLINICIAN, case.case_id, tables=house.ground.tables, now=house.now)

    assert isinstance(ours, CaseRead)
    assert isinstance(theirs, CaseRead)
    assert {matter.matter_id for matter in ours.matters} == {matter.matter_id for matter in asked}
    assert list(theirs.matters) == asked[:1]
