"""Protected identity reaches sharing as *restricted*, through the barrier, and holds at the decision and at the release (I8)."""

import msgspec
import pytest

from services.sharing.domain.matters import MatterKind
from services.sharing.domain.outcomes import Hidden
from services.sharing.storage import handling
from services.sharing.usecases.answer_matter import list_matters
from services.sharing.usecases.end_duty import list_duties
from services.sharing.usecases.find_case import Opened, find_case
from services.sharing.usecases.learn_facts import learn_child
from services.sharing.usecases.list_cases import list_cases
from services.sharing.usecases.read_inbox import read_inbox
from services.sharing.usecases.send_matter import SendMatter, send_matter
from services.sharing.usecases.take_handling import hear_handling_changed, take_handling
from shared.auth import Caller
from shared.contracts.consent import HandlingChanged
from shared.contracts.sharing import TakeHandling
from shared.ids import opaque_id
from shared.law.codes import LeafCategory
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import BUP, CLINICIAN, COUNSELLOR, HEALTH, NOW, REGION, SCHOOL, system


def told(house: House, *, restricted: bool, revision: int) -> TakeHandling:
    return TakeHandling(subject_id=house.family.subject_id, restricted=restricted, revision=revision)


async def test_what_was_cleared_before_is_not_released_after_the_barriers_word(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    async with house.database.transaction() as tx:
        taken = await take_handling(tx, told(house, restricted=True, revision=1), now=NOW)
    assert house.family.child.restricted is False  # consent's answer to the question is from before

    outcome = await house.fetch(delivery_id)

    assert taken.revision == 1
    assert outcome.code == "not-released"


async def test_a_new_decision_goes_to_a_human(house: House) -> None:
    case = await house.open()
    async with house.database.transaction() as tx:
        await take_handling(tx, told(house, restricted=True, revision=1), now=NOW)

    decision = await house.decide(case.case_id, ATTENDANCE)

    assert decision.items[0].answer == "ask"


async def test_who_is_not_named_sees_neither_the_case_nor_its_duties_nor_its_matters(house: House) -> None:
    case = await house.open()
    matter = SendMatter(kind=MatterKind.OFFER, case_id=case.case_id, from_unit=HEALTH, to_unit=BUP, categories=(LeafCategory.PLAN,))
    async with house.database.transaction() as tx:
        sent = await send_matter(tx, COUNSELLOR, matter, tables=house.ground.tables, now=NOW)

    async def seen(handlers: tuple[str, ...] | None, revision: int) -> tuple[bytes, bytes, bytes, bool]:
        async with house.database.transaction() as tx:
            told = HandlingChanged(subject_id=house.family.subject_id, restricted=True, revision=revision, handlers=handlers)
            await hear_handling_changed(tx, told, now=NOW)
            listed = await list_cases(tx, COUNSELLOR, tables=house.ground.tables, before=None, is_open=True, now=NOW)
            matters = await list_matters(tx, COUNSELLOR, before=None, now=NOW)
            duties = await list_duties(tx, CLINICIAN, now=NOW)
            shown = await find_case(tx, COUNSELLOR, case.case_id, tables=house.ground.tables, now=NOW)
        return msgspec.json.encode(listed), msgspec.json.encode(matters), msgspec.json.encode(duties), isinstance(shown, Opened)

    everybody = await seen(None, 1)
    nobody = await seen((), 2)
    named = await seen((f"{SCHOOL} {COUNSELLOR.principal}", f"{REGION} {CLINICIAN.principal}"), 3)
    refused = [entry.case_id for entry in await house.entries() if entry.action == "access.refused"]

    assert not isinstance(sent, Hidden)
    assert everybody == named
    assert str(case.case_id).encode() in everybody[0]
    assert nobody == (b'{"cases":[],"before":null}', b'{"matters":[],"before":null}', b'{"duties":[]}', False)
    assert refused == [case.case_id]


async def test_a_childs_reference_is_nobodys_for_who_is_not_named(house: House) -> None:
    house.family.child = msgspec.structs.replace(house.family.child, restricted=True, handlers=())
    nobodys = await learn_child(house.family, COUNSELLOR, opaque_id())

    assert await learn_child(house.family, COUNSELLOR, house.family.child_ref) == nobodys
    named = (f"{SCHOOL} {COUNSELLOR.principal}",)
    house.family.child = msgspec.structs.replace(house.family.child, handlers=named)
    assert (await learn_child(house.family, COUNSELLOR, house.family.child_ref)).subject_id == house.family.subject_id


@pytest.mark.parametrize(
    ("messages", "restricted"),
    [
        ([(True, 1), (False, 2)], False),
        ([(False, 2), (True, 1)], False),
        ([(True, 3), (False, 2)], True),
        ([(True, 3), (False, 3)], True),
        ([(False, 3), (True, 3)], True),
    ],
)
async def test_messages_in_any_order_end_in_the_newest_and_equals_in_the_restricting(
    house: House, messages: list[tuple[bool, int]], restricted: bool
) -> None:
    subject_id = house.family.subject_id
    async with house.database.transaction() as tx:
        for is_restricted, revision in messages:
            await hear_handling_changed(tx, HandlingChanged(subject_id=subject_id, restricted=is_restricted, revision=revision), now=NOW)
        assert (await handling.find(tx, subject_id)).restricted is restricted


async def test_notices_about_who_is_protected_are_seen_by_the_named_and_by_the_system_alone(house: House) -> None:
    await house.waiting(ATTENDANCE)
    case = await house.open()
    matter = SendMatter(kind=MatterKind.OFFER, case_id=case.case_id, from_unit=HEALTH, to_unit=BUP, categories=(LeafCategory.PLAN,))
    async with house.database.transaction() as tx:
        await send_matter(tx, COUNSELLOR, matter, tables=house.ground.tables, now=NOW)

    async def seen(caller: Caller, handlers: tuple[str, ...] | None, revision: int) -> list[str]:
        async with house.database.transaction() as tx:
            told = HandlingChanged(subject_id=house.family.subject_id, restricted=True, revision=revision, handlers=handlers)
            await hear_handling_changed(tx, told, now=NOW)
            listed = await read_inbox(tx, caller, now=NOW)
        assert not isinstance(listed, Hidden)
        return [notice.name for notice in listed.notices]

    everybody = await seen(CLINICIAN, None, 1)
    nobody = await seen(CLINICIAN, (), 2)
    named = await seen(CLINICIAN, (f"{REGION} {CLINICIAN.principal}",), 3)
    its_system = await seen(system(REGION), (), 4)

    assert everybody == named == its_system
    assert len(everybody) >= 2
    assert nobody == []
