"""Told at a meeting or by telephone, what may be said in which room, and items that their holder takes back."""

from typing import Any

from services.sharing.domain.outcomes import Denied, Hidden, NotYet
from services.sharing.domain.telling import Way
from services.sharing.usecases.learn_facts import Overlay, learn_for_decision
from services.sharing.usecases.store_receipt import store_receipt
from services.sharing.usecases.tell_items import ReadingList, TellItems, ToldItem, ToldView, list_to_read, read_told, tell_items
from services.sharing.usecases.withdraw_item import WithdrawItem, WithdrawReason, withdraw_item
from shared.auth import Caller
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House
from tests.sharing.test_flow import receipt
from tests.sharing.world import BUP, CLINICIAN, COUNSELLOR, HEALTH, PLAIN, REGION, SCHOOL, STRANGER, system


async def decided(house: House, *items: Any) -> Any:
    await house.lease()
    case = await house.open()
    decision = await house.decide(case.case_id, *items)
    await house.sequence()
    return decision


async def tell(house: House, decision: Any, way: Way, *present: str, lists: bool = False, stood_still: float = 0.0) -> Any:
    overlays = tuple(Overlay(item_id=item.item_id) for item in decision.items)
    request = TellItems(decision_id=decision.decision_id, medium=way, present=present, items=overlays)
    learned = await learn_for_decision(house.database, house.family, house.ground, COUNSELLOR, request.decision_id, overlays, now=house.now)
    arrived = house.seconds
    house.seconds += stood_still
    async with house.database.transaction() as tx:
        if lists:
            return await list_to_read(tx, COUNSELLOR, request, ground=house.ground, learned=learned, now=house.now)
        return await tell_items(tx, COUNSELLOR, request, ground=house.ground, learned=learned, now=house.now, arrived=arrived)


async def read(house: House, told: ToldView, caller: Caller) -> ToldItem | Hidden:
    async with house.database.transaction() as tx:
        return await read_told(tx, caller, told.items[0].told_id, ground=house.ground, now=house.now)


async def test_by_telephone_both_sides_get_a_note_and_the_family_s_inbox_hears(house: House) -> None:
    decision = await decided(house, ATTENDANCE)

    told = await tell(house, decision, Way.TELEPHONE, BUP)

    assert isinstance(told, ToldView)
    (said,) = told.items
    ours, theirs = await read(house, told, COUNSELLOR), await read(house, told, CLINICIAN)
    assert isinstance(ours, ToldItem)
    assert ours == theirs
    assert ours.filing_note == said.filing_note
    assert said.filing_note.sv
    assert isinstance(await read(house, told, STRANGER), Hidden)
    assert [notice["told_id"] for notice in await house.notices(REGION, "told")] == [str(said.told_id)]
    assert await house.database.pool.fetchval("select count(*) from outbox where name = 'disclosed'") == 1
    assert [(entry.answer, entry.reasons) for entry in await house.entries("disclosure.told")] == [("yes", ("telephone",))]
    assert await house.database.pool.fetchval("select kind from duty") == "tell-family"


async def test_a_meeting_of_the_team_waits_for_the_family_even_with_what_is_free(house: House) -> None:
    waits = await decided(house, ATTENDANCE, ASSESSMENT)
    refused = await tell(house, waits, Way.MEETING, BUP)
    house.family.give()
    await house.lease()
    together = await decided(house, ATTENDANCE, ASSESSMENT)

    told = await tell(house, together, Way.MEETING, BUP)

    assert isinstance(refused, Denied)
    assert refused.reasons == ("meeting-waits-for-consent",)
    assert isinstance(told, ToldView)
    assert len(told.items) == 2


async def test_what_is_not_cleared_for_everybody_in_the_room_is_not_said(house: House) -> None:
    house.family.give()
    decision = await decided(house, ATTENDANCE, ASSESSMENT)

    listed = await tell(house, decision, Way.MEETING, BUP, PLAIN, HEALTH, lists=True)
    alone = await tell(house, decision, Way.MEETING, BUP, HEALTH, lists=True)

    assert isinstance(listed, ReadingList)
    assert listed.cleared == ()  # attendance is not cleared for pupil health, the assessment not for the school
    assert {one.reasons for one in listed.refused} == {("others-are-present",)}
    assert isinstance(alone, ReadingList)
    assert alone.cleared == (decision.items[1].item_id,)


async def test_nothing_is_told_before_the_decision_stands_in_the_log_or_by_a_process_that_stood_still(house: House) -> None:
    await house.lease()
    case = await house.open()
    decision = await house.decide(case.case_id, ATTENDANCE)

    early = await tell(house, decision, Way.TELEPHONE, BUP)
    await house.sequence()
    slept = await tell(house, decision, Way.TELEPHONE, BUP, stood_still=11)

    assert early == NotYet(code="audit-unavailable")
    assert slept == NotYet(code="unavailable")
    assert await house.database.pool.fetchval("select count(*) from told") == 0


async def test_an_item_that_its_holder_takes_back_is_fetched_no_more_and_its_end_is_proven(house: House) -> None:
    released = await house.released(ATTENDANCE)
    request = WithdrawItem(reason=WithdrawReason.INCORRECT)
    async with house.database.transaction() as tx:
        strange = await withdraw_item(tx, CLINICIAN, released.delivery_id, request, tables=house.ground.tables, now=house.now)
        for _ in range(2):
            await withdraw_item(tx, COUNSELLOR, released.delivery_id, request, tables=house.ground.tables, now=house.now)

    refused = await house.fetch(released.delivery_id)
    async with house.database.transaction() as tx:
        kept = await store_receipt(tx, system(REGION), receipt(released.delivery_id, "kept", paragraph="PDL 3:17"), now=house.now)

    assert isinstance(strange, Hidden)
    assert isinstance(refused, Denied)
    assert refused.reasons == ("withdrawn-by-holder",)
    assert await house.notices(REGION, "stopped") == [{"delivery_id": str(released.delivery_id), "released": True}]
    assert [notice["state"] for notice in await house.notices(SCHOOL, "receipt")] == [kept.state]  # type: ignore[union-attr]
    assert len(await house.entries("delivery.withdrawn")) == 1
    assert await house.database.pool.fetchval("select done_at is not null from duty where kind = 'delete-receipt'")
