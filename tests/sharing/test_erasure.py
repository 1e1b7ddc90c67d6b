"""A person whom consent has erased: what the cases say of them is emptied, what proves the acts stays, and the answer goes back."""

from datetime import timedelta

import msgspec

from services.sharing.storage import handling
from services.sharing.usecases.erase_subject import erase_subject, would_erase
from services.sharing.usecases.retire_cases import RetireCases
from shared.contracts.consent import Erased, PersonErased
from shared.contracts.sharing import WouldErase
from shared.database import Connection
from shared.ids import new_id, opaque_id
from tests.persons import insert, left
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import BUP, COUNSELLOR, NOW, PLAIN, REGION, SCHOOL


async def whole(tx: Connection) -> str:
    """Every row that says something of cases, as text."""
    tables = ("child_case", "decision_item", "permit_item", "delivery", "release", "receipt", "permit", "decision")
    lines = [row["line"] for table in tables for row in await tx.fetch(f"select t::text as line from {table} t")]  # noqa: S608  named here
    return "\n".join(lines)


async def test_the_cases_are_emptied_the_acts_stay_and_consent_gets_its_answer(house: House) -> None:
    released = await house.released(ATTENDANCE)
    event = PersonErased(erasure_id=new_id(NOW), subject_id=house.family.subject_id, principals=(), erased_at=NOW)
    async with house.database.transaction() as tx:
        before = await whole(tx)
        preview = await would_erase(tx, WouldErase(subject_id=house.family.subject_id))
    for there in (released.jwe, str(house.family.child_ref), str(house.family.recipient_ref), "necessary"):
        assert there in before

    for _ in range(2):
        async with house.database.transaction() as tx:
            await erase_subject(tx, event, now=NOW)

    async with house.database.transaction() as tx:
        after = await whole(tx)
        bodies = [row["body"] for row in await tx.fetch("select body from outbox where name = 'erased'")]
        releases = await tx.fetchval("select count(*) from release where release_id = $1", released.release_id)
    for gone in (released.jwe, str(house.family.child_ref), str(house.family.recipient_ref), "necessary"):
        assert gone not in after
    answers = [msgspec.json.decode(body, type=Erased) for body in bodies]
    assert [(one.erasure_id, one.house, one.destroyed) for one in answers] == [(event.erasure_id, "sharing", preview.kinds)] * 2
    assert preview.kinds == {"cases": 1, "items": 1, "deliveries": 1}
    assert releases == 1
    assert len(await house.entries("subject.erased")) == 1


async def test_nothing_more_can_be_fetched_about_who_is_erased(house: House) -> None:
    released = await house.released(ATTENDANCE)
    event = PersonErased(erasure_id=new_id(NOW), subject_id=house.family.subject_id, principals=(), erased_at=NOW)
    async with house.database.transaction() as tx:
        await erase_subject(tx, event, now=NOW)

    again = await house.fetch(released.delivery_id)

    assert again.code == "not-released"


async def test_every_place_that_is_to_be_emptied_is_empty(house: House) -> None:
    released = await house.released(ATTENDANCE)
    async with house.database.transaction() as tx:
        case_id, principal = await tx.fetchval("select case_id from child_case"), COUNSELLOR.principal
        told = str(house.family.child_ref).encode()
        await handling.save(tx, house.family.subject_id, await handling.lock(tx, house.family.subject_id))
        await insert(tx, "counted_child", day=NOW.date(), kind="unit", value="u", subject_id=house.family.subject_id)
        ways = {"from_organisation": SCHOOL, "from_unit": PLAIN, "to_organisation": REGION, "to_unit": BUP, "categories": []}
        sent = {"sent_by": principal, "sent_at": NOW, "answer_by": NOW}
        await insert(tx, "matter", matter_id=new_id(NOW), kind="request", case_id=case_id, **ways, **sent)
        duty = {"kind": "x", "organisation": SCHOOL, "unit": PLAIN, "role": "head", "case_id": case_id, "made_at": NOW, "due_at": NOW}
        for done in ({"done_at": NOW, "done_by": principal}, {}):
            await insert(tx, "duty", duty_id=new_id(NOW), object_id=new_id(NOW), **duty, **done)
        await insert(tx, "idempotency", caller="system", key="k", request_hash=b"", status=200, answer=told, created_at=NOW)
        letter = {"source": "consent", "name": "n", "subject": "s", "headers": {}, "body": told, "reason": "r", "died_at": NOW}
        await insert(tx, "dead_letter", id=new_id(NOW), **letter)
        named = [str(house.family.subject_id), str(house.family.child_ref), str(house.family.recipient_ref), principal, "necessary"]
        there = {place for place, counts in left("sharing").items() if await tx.fetchval(counts, named)}
        await erase_subject(
            tx, PersonErased(erasure_id=new_id(NOW), subject_id=house.family.subject_id, principals=(), erased_at=NOW), now=NOW
        )
        still = {place for place, counts in left("sharing").items() if await tx.fetchval(counts, named)}
        open_duties = await tx.fetchval("select count(*) from duty where done_at is null and case_id = $1", case_id)
        case = await tx.fetchrow("select closed_at, responsible from child_case")

    assert released is not None
    assert {"child_case.responsible", "matter.sent_by", "duty.done_by", "outbox.body", "handling.subject_id"} <= there
    assert (still, open_duties) == (set(), 0)
    assert case is not None
    assert (case["closed_at"], case["responsible"]) == (NOW, None)


async def test_an_erasure_of_somebody_unknown_is_answered_too(house: House) -> None:
    event = PersonErased(erasure_id=new_id(NOW), subject_id=opaque_id(), principals=(), erased_at=NOW)
    async with house.database.transaction() as tx:
        await erase_subject(tx, event, now=NOW)
        body = await tx.fetchval("select body from outbox where name = 'erased' order by position desc limit 1")

    assert msgspec.json.decode(body, type=Erased).destroyed == {}


async def test_a_closed_case_is_emptied_when_its_period_is_over_and_its_acts_stay(house: House) -> None:
    released = await house.released(ATTENDANCE)
    loop = RetireCases(house.database, timedelta(days=1825))
    async with house.database.transaction() as tx:
        await tx.execute("update child_case set closed_at = $1", NOW)

    assert await loop.run_once(NOW + timedelta(days=1825)) == 0
    assert await loop.run_once(NOW + timedelta(days=1825, seconds=1)) == 1
    assert await loop.run_once(NOW + timedelta(days=1826)) == 0

    async with house.database.transaction() as tx:
        after = await whole(tx)
    for gone in (released.jwe, str(house.family.child_ref), str(house.family.recipient_ref), "necessary"):
        assert gone not in after
    assert str(released.release_id) in after
    assert len(await house.entries("case.retired")) == 1
