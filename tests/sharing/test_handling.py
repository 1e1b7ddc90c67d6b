"""Protected identity reaches sharing as *restricted*, through the barrier, and holds at the decision and at the release (I8)."""

import pytest

from services.sharing.storage import handling
from services.sharing.usecases.take_handling import hear_handling_changed, take_handling
from shared.contracts.consent import HandlingChanged
from shared.contracts.sharing import TakeHandling
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import NOW


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
