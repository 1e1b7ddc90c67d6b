"""The family is told later only on a human's word, with a reason and a day on which somebody looks again."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.sharing.domain.holding import HoldReason, HoldView
from services.sharing.domain.outcomes import Hidden
from services.sharing.usecases.hold_telling import HoldTelling, hold_telling
from services.sharing.usecases.run_duties import Duties
from shared.auth import Caller
from shared.contracts.sharing import TellHeld
from shared.errors import Invalid
from tests.sharing.conftest import ATTENDANCE, House, later
from tests.sharing.world import CLINICIAN, COUNSELLOR, SCHOOL, STRANGER

UNTIL = date(2026, 12, 8)
HELD = HoldTelling(held=True, reason=HoldReason.DANGER_TO_CHILD, review_on=UNTIL)


async def hold(house: House, disclosure_id: UUID, request: HoldTelling = HELD, caller: Caller = COUNSELLOR) -> Any:
    async with house.database.transaction() as tx:
        return await hold_telling(tx, caller, disclosure_id, request, tables=house.ground.tables, now=house.now)


async def told_consent(house: House) -> list[TellHeld]:
    rows = await house.database.pool.fetch("select body from outbox where name = 'tell-held' order by position")
    return [msgspec.json.decode(row["body"], type=TellHeld) for row in rows]


async def test_held_and_let_go_reach_consent_in_their_order_and_each_has_its_entry(house: House) -> None:
    released = await house.released(ATTENDANCE)

    first = await hold(house, released.delivery_id)
    again = await hold(house, released.delivery_id)
    then = await hold(house, released.delivery_id, HoldTelling(held=False))

    assert isinstance(first, HoldView)
    assert again == first
    assert (first.revision, first.review_on, then.revision, then.held) == (1, UNTIL, 2, False)
    assert [(e.disclosure_id, e.held, e.revision, e.review_on) for e in await told_consent(house)] == [
        (released.delivery_id, True, 1, UNTIL),
        (released.delivery_id, False, 2, None),
    ]
    assert [e.reasons for e in await house.entries("telling.held")] == [("danger-to-child",)]
    assert len(await house.entries("telling.let-go")) == 1


async def test_on_its_day_the_manager_is_told_unless_somebody_has_decided_anew(house: House) -> None:
    released = await house.released(ATTENDANCE)
    await hold(house, released.delivery_id)
    await hold(house, released.delivery_id, msgspec.structs.replace(HELD, review_on=date(2026, 12, 20)))

    later(house, days=25, hours=20)
    await Duties(house.database).run_once(house.now)
    early = [n for n in await house.notices(SCHOOL, "duty-overdue") if n["kind"] == "hold-review"]
    later(house, hours=2)
    await Duties(house.database).run_once(house.now)

    due = [n["role"] for n in await house.notices(SCHOOL, "duty-overdue") if n["kind"] == "hold-review"]
    assert (early, due) == ([], ["manager"])


async def test_nobody_else_holds_and_never_without_a_day(house: House) -> None:
    released = await house.released(ATTENDANCE)

    for wrong in (
        HoldTelling(held=True),
        HoldTelling(held=True, reason=HoldReason.DANGER_TO_CHILD),
        HoldTelling(held=False, reason=HoldReason.DANGER_TO_CHILD),
        msgspec.structs.replace(HELD, review_on=date(2026, 11, 24)),
        msgspec.structs.replace(HELD, review_on=date(2027, 11, 24)),
    ):
        with pytest.raises(Invalid):
            await hold(house, released.delivery_id, wrong)
    for caller in (CLINICIAN, STRANGER):
        assert isinstance(await hold(house, released.delivery_id, caller=caller), Hidden)
    assert await told_consent(house) == []
