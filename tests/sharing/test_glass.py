"""Break-glass: necessity is nobody's permission, so one human answers for it, briefly, before others, and never waits for anything."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.sharing.domain.glass import EMERGENCY_SET, GlassReason, Verdict
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.views import Released
from services.sharing.domain.working_days import by_next_working_day, easter, is_working_day
from services.sharing.storage import cases
from services.sharing.storage.erasure import NOBODY
from services.sharing.usecases.break_glass import BreakGlass, GlassOpened, break_glass
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.learn_facts import Overlay, learn_child_at_once
from services.sharing.usecases.post_items import SealedItem
from services.sharing.usecases.review_glass import GlassesView, ReviewGlass, list_glasses, review_glass
from services.sharing.usecases.run_duties import Duties
from services.sharing.usecases.store_receipt import store_receipt
from services.sharing.usecases.take_handling import hear_handling_changed
from services.sharing.usecases.withdraw_item import WithdrawItem, WithdrawReason, withdraw_item
from shared.auth import Caller
from shared.contracts.consent import HandlingChanged
from shared.errors import Invalid, Unavailable
from shared.ids import opaque_id
from shared.law.codes import LeafCategory
from tests.sharing.conftest import ATTENDANCE, YES, House, later
from tests.sharing.test_flow import receipt
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, NOW, OPERATING, REGION, SCHOOL, STRANGER, UNGRANTED, grant, person, sealed, system

OFFICER, OTHER_SIDE = person("p-officer", SCHOOL), person("p-officer-2", REGION)


async def open_glass(house: House, caller: Caller = COUNSELLOR, **changed: Any) -> Any:
    asked = {
        "child_ref": house.family.child_ref,
        "model": "hlt-team",
        "unit": HEALTH,
        "recipient_unit": BUP,
        "categories": (LeafCategory.PUPIL_HEALTH,),
        "reason": GlassReason.SUICIDE_RISK,
        "judgements": YES,
    }
    request = BreakGlass(**{**asked, **changed})
    child, here = await learn_child_at_once(house.database, house.family, caller, request.child_ref, "P_EMERGENCY")
    async with house.database.transaction() as tx:
        return await break_glass(tx, caller, request, tables=house.ground.tables, child=child, known_here=here, now=house.now)


async def review(house: House, glass: GlassOpened, caller: Caller, verdict: Verdict = Verdict.JUSTIFIED) -> Any:
    async with house.database.transaction() as tx:
        return await review_glass(tx, caller, glass.glass_id, ReviewGlass(verdict=verdict), now=house.now)


async def with_officers(house: House, *callers: Caller) -> None:
    async with house.database.transaction() as tx:
        for caller in callers:
            await grant_access(tx, OPERATING, grant(caller, None, "duty-officer"), now=NOW)


async def test_it_reaches_the_other_side_with_audit_and_consents_lease_away(house: House) -> None:
    opened: GlassOpened = await open_glass(house)
    posted = await house.post(opened.permit.permit_id, *(SealedItem(item_id=i.item_id, jwe=sealed(i.binding)) for i in opened.permit.items))

    released = [await house.fetch(item.delivery_id) for item in posted.items]

    assert opened.permit.expires_at == NOW + timedelta(hours=4)
    assert all(isinstance(one, Released) and one.filing_note.basis == ("BrB 24:4",) for one in released)
    (entry,) = await house.entries("break-glass.opened")
    assert (entry.reasons, entry.purpose, entry.person.actor_kind) == (("suicide-risk",), "P_EMERGENCY", "person")
    assert {one.answer for one in await house.entries("disclosure.decided")} == {"yes"}


async def test_with_consent_s_house_away_it_reaches_the_other_side_about_a_child_that_a_case_here_shows(house: House) -> None:
    await house.open()
    house.family.is_away = True
    house.seconds += 60  # the lease is over too

    opened: GlassOpened = await open_glass(house)
    (item,) = opened.permit.items
    posted = await house.post(opened.permit.permit_id, SealedItem(item_id=item.item_id, jwe=sealed(item.binding)))
    released = await house.fetch(posted.items[0].delivery_id)

    assert isinstance(released, Released)
    assert released.child_ref == NOBODY  # the clinic never had the child before: the sealed item says who it is
    (entry,) = await house.entries("break-glass.opened")
    assert entry.reasons == ("suicide-risk", "child-known-here")
    assert await house.notices(REGION, "glass-broken")


async def test_with_consent_s_house_away_the_clinic_s_own_reference_is_used_where_it_is_known(house: House) -> None:
    await house.waiting(ATTENDANCE)
    house.family.is_away = True

    opened: GlassOpened = await open_glass(house)
    (item,) = opened.permit.items
    posted = await house.post(opened.permit.permit_id, SealedItem(item_id=item.item_id, jwe=sealed(item.binding)))

    assert (await house.fetch(posted.items[0].delivery_id)).child_ref == house.family.recipient_ref


async def test_with_consent_s_house_away_nothing_is_opened_about_the_protected_the_unknown_or_for_another_purpose(house: House) -> None:
    case = await house.open()
    (waiting,) = await house.waiting(ATTENDANCE)
    house.family.is_away = True
    with pytest.raises(Unavailable):
        await open_glass(house, child_ref=opaque_id())  # no case here shows whose it is
    with pytest.raises(Unavailable):
        await open_glass(house, person("p-x", REGION))  # another organisation's reference
    with pytest.raises(Unavailable):
        await house.decide(case.case_id, ATTENDANCE)
    with pytest.raises(Unavailable):
        await house.fetch(waiting)
    told = HandlingChanged(subject_id=house.family.subject_id, restricted=True, revision=1)
    async with house.database.transaction() as tx:
        await hear_handling_changed(tx, told, now=NOW)

    protected = await open_glass(house)

    assert isinstance(protected, Denied)
    assert protected.reasons == ("special-handling",)


async def test_with_consent_s_house_away_a_protection_that_comes_after_stops_the_release(house: House) -> None:
    await house.open()
    house.family.is_away = True
    opened: GlassOpened = await open_glass(house)
    (item,) = opened.permit.items
    posted = await house.post(opened.permit.permit_id, SealedItem(item_id=item.item_id, jwe=sealed(item.binding)))
    told = HandlingChanged(subject_id=house.family.subject_id, restricted=True, revision=1, handlers=())
    async with house.database.transaction() as tx:
        await hear_handling_changed(tx, told, now=NOW)

    assert await house.fetch(posted.items[0].delivery_id) == Denied(code="not-released", reasons=("special-handling",))
    assert isinstance(await open_glass(house), Hidden)  # nobody is named


async def test_with_consent_s_house_away_a_report_of_concern_finds_its_child(house: House) -> None:
    await house.open()
    house.family.is_away = True
    child, here = await learn_child_at_once(house.database, house.family, COUNSELLOR, house.family.child_ref, "P_CONCERN")

    assert (child.subject_id, here) == (house.family.subject_id, True)
    with pytest.raises(Unavailable):
        await learn_child_at_once(house.database, house.family, COUNSELLOR, house.family.child_ref, "P_SUPPORT")


async def test_what_is_urgent_and_unconfirmed_for_half_an_hour_is_told_to_both_sides_and_whom_to_call(house: House) -> None:
    duties = Duties(house.database)
    await house.database.pool.execute("update unit set telephone = '08-123 456 00' where unit = $1", BUP)
    deliveries = []
    for _ in range(3):
        opened: GlassOpened = await open_glass(house)
        (item,) = opened.permit.items
        posted = await house.post(opened.permit.permit_id, SealedItem(item_id=item.item_id, jwe=sealed(item.binding)))
        deliveries.append(posted.items[0].delivery_id)
    await house.fetch(deliveries[0])
    async with house.database.transaction() as tx:
        await store_receipt(tx, system(REGION), receipt(deliveries[0], "stored"), now=NOW)
        reason = WithdrawItem(reason=WithdrawReason.INCORRECT)
        await withdraw_item(tx, COUNSELLOR, deliveries[1], reason, tables=house.ground.tables, now=NOW)
    later(house, minutes=29)
    await duties.run_once(house.now)
    assert await house.notices(SCHOOL, "duty-overdue") == []

    later(house, minutes=1)
    for _ in range(2):
        await duties.run_once(house.now)

    for organisation, unit, telephone in ((SCHOOL, HEALTH, "08-123 456 00"), (REGION, BUP, None)):
        told = [one for one in await house.notices(organisation, "duty-overdue") if one["kind"] == "receipt"]
        assert [(one["object_id"], one["unit"], one["role"], one["telephone"]) for one in told] == [
            (str(deliveries[2]), unit, "duty-officer", telephone)
        ]


async def test_both_sides_are_told_at_once_and_that_nobody_is_on_duty(house: House) -> None:
    await with_officers(house, OFFICER)

    opened: GlassOpened = await open_glass(house)

    for organisation, unheld in ((SCHOOL, False), (REGION, True)):
        (notice,) = await house.notices(organisation, "glass-broken")
        assert (notice["glass_id"], notice["role"], notice["unheld"]) == (str(opened.glass_id), "duty-officer", unheld)


async def test_after_four_hours_nothing_more_goes(house: House) -> None:
    opened: GlassOpened = await open_glass(house)
    unsent: GlassOpened = await open_glass(house)
    first, second = (SealedItem(item_id=one.permit.items[0].item_id, jwe=sealed(one.permit.items[0].binding)) for one in (opened, unsent))
    posted = await house.post(opened.permit.permit_id, first)
    later(house, hours=4)

    late = await house.post(unsent.permit.permit_id, second)
    refused = await house.fetch(posted.items[0].delivery_id)

    assert late.items[0].reason == "permit-expired"
    assert isinstance(refused, Denied)
    assert refused.reasons == ("use-by-passed",)


async def test_only_what_an_emergency_needs_and_only_where_a_human_judges_so(house: House) -> None:
    for categories in ((), (LeafCategory.ATTENDANCE,), (LeafCategory.IDENTITY, LeafCategory.IDENTITY)):
        with pytest.raises(Invalid):
            await open_glass(house, categories=categories)
    unjudged = await open_glass(house, judgements=type(YES)(necessary=True, relevant=True))
    house.family.child = type(house.family.child)(subject_id=house.family.subject_id, birth_date=date(2013, 5, 4), restricted=True)
    protected = await open_glass(house)

    assert isinstance(unjudged, Denied)
    assert isinstance(protected, Denied)
    assert protected.reasons == ("special-handling",)
    assert LeafCategory.HOME_FAMILY not in EMERGENCY_SET
    assert isinstance(await open_glass(house, UNGRANTED), Hidden)
    assert isinstance(await open_glass(house, STRANGER), Hidden)
    assert await house.notices(REGION, "glass-broken") == []


async def test_its_case_opens_no_other_way(house: House) -> None:
    opened: GlassOpened = await open_glass(house)

    again = await house.permit(opened.permit.decision_id, *(Overlay(item_id=item.item_id) for item in opened.permit.items))

    assert isinstance(again, Denied)
    assert again.code == "nothing-to-permit"


async def test_it_is_reviewed_by_somebody_else_within_a_working_day_or_alarms(house: House) -> None:
    await with_officers(house, OFFICER, OTHER_SIDE, COUNSELLOR)
    opened: GlassOpened = await open_glass(house)
    unseen: GlassOpened = await open_glass(house)
    own, strange = await review(house, opened, COUNSELLOR), await review(house, opened, STRANGER)

    found = await review(house, opened, OTHER_SIDE, Verdict.TOO_MUCH)
    twice = await review(house, opened, OFFICER)
    later(house, days=1, hours=7)
    await Duties(house.database).run_once(house.now)
    async with house.database.transaction() as tx:
        listed = await list_glasses(tx, OFFICER, now=house.now)

    assert isinstance(own, Denied)
    assert isinstance(strange, Hidden)
    assert isinstance(twice, Denied)
    assert (found.verdict, found.reviewed_at) == ("too-much", NOW)
    assert isinstance(listed, GlassesView)
    assert {one.verdict for one in listed.glasses} == {None, "too-much"}
    for organisation in (SCHOOL, REGION):
        overdue = await house.notices(organisation, "duty-overdue")
        assert [(n["kind"], n["object_id"], n["role"]) for n in overdue] == [("review", str(unseen.glass_id), "duty-officer")]
    logged = await house.entries("break-glass.reviewed")
    assert [(e.organisation, e.answer) for e in logged if e.answer == "done"] == [(SCHOOL, "done"), (REGION, "done")]


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (datetime(2026, 11, 24, 22, 30, tzinfo=UTC), datetime(2026, 11, 25, 16, tzinfo=UTC)),
        (datetime(2026, 11, 24, 23, 30, tzinfo=UTC), datetime(2026, 11, 26, 16, tzinfo=UTC)),  # it is Wednesday in Stockholm
        (datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC)),  # over a weekend
        (datetime(2026, 12, 23, 12, tzinfo=UTC), datetime(2026, 12, 28, 16, tzinfo=UTC)),  # over Christmas
        (datetime(2027, 6, 24, 12, tzinfo=UTC), datetime(2027, 6, 28, 15, tzinfo=UTC)),  # over Midsummer
    ],
)
def test_the_next_working_day_is_swedish(at: datetime, due: datetime) -> None:
    assert by_next_working_day(at) == due


def test_easter_and_what_follows_from_it() -> None:
    assert [easter(year) for year in (2024, 2025, 2026, 2038)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2038, 4, 25),
    ]
    closed = [date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14), date(2026, 6, 19), date(2026, 12, 31)]
    assert [is_working_day(day) for day in closed] == [False] * 5
    assert is_working_day(date(2026, 4, 2))


async def test_what_was_broken_for_who_is_protected_is_reviewed_by_the_named_alone(house: House) -> None:
    await with_officers(house, OFFICER)
    glass: GlassOpened = await open_glass(house)

    async def seen(handlers: tuple[str, ...], revision: int) -> int:
        async with house.database.transaction() as tx:
            told = HandlingChanged(subject_id=house.family.subject_id, restricted=True, revision=revision, handlers=handlers)
            await hear_handling_changed(tx, told, now=NOW)
            listed = await list_glasses(tx, OFFICER, now=house.now)
        assert isinstance(listed, GlassesView)
        return len(listed.glasses)

    assert await seen((), 1) == 0
    assert isinstance(await review(house, glass, OFFICER), Hidden)
    assert await seen((f"{SCHOOL} {OFFICER.principal}",), 2) == 1
    assert (await review(house, glass, OFFICER)).verdict == Verdict.JUSTIFIED


async def test_whom_a_reference_means_is_found_without_reading_every_case_and_delivery(house: House) -> None:
    async with house.database.transaction() as tx:
        await tx.execute("set local enable_seqscan = off")
        there = await tx.fetch(f"explain {cases.QUERIES['subject_of_reference']}", SCHOOL, house.family.child_ref)
        back = await tx.fetch(f"explain {cases.QUERIES['reference_of_subject']}", SCHOOL, house.family.child_ref, NOBODY)

    used = {
        name
        for rows in (there, back)
        for (line,) in rows
        for name in ("child_case_reference", "delivery_reference", "permit_of_case")
        if name in line
    }
    assert used == {"child_case_reference", "delivery_reference", "permit_of_case"}
