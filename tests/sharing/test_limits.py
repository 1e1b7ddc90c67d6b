"""Mass disclosure: too many children or acts are refused, told once, and lifted for a day by somebody else."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.sharing.domain.limits import Limits
from services.sharing.domain.outcomes import Denied, Hidden, Limited
from services.sharing.domain.views import Released
from services.sharing.pages.admin_acts import LIMITS, Scene, limit
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.limit_acts import LiftLimit, LiftReason, SetLimits, lift_limit, limit_act, set_limits
from services.sharing.usecases.throw_switch import SwitchKind, ThrowSwitch, throw_switch
from shared.database import Connection
from shared.ids import opaque_id
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, NOW, OPERATING, PLAIN, REGION, SCHOOL, grant, person, register_world, system

HEAD = person("p-head", SCHOOL)
TIGHT = SetLimits(organisation=SCHOOL, unit_children=3, person_children=2, unit_acts=1000, person_acts=6)


@pytest.fixture
async def tx(sharing_tx: Connection) -> Connection:
    await register_world(sharing_tx)
    await grant_access(sharing_tx, OPERATING, grant(HEAD, None, "administrator"), now=NOW)
    assert not isinstance(await set_limits(sharing_tx, HEAD, TIGHT, now=NOW), Denied | Hidden)
    return sharing_tx


async def ask(tx: Connection, child: UUID | None = None, *, unit: str = PLAIN, purpose: str = "P_SUPPORT") -> Limited | None:
    return await limit_act(tx, COUNSELLOR, [unit], child or opaque_id(), purpose, now=NOW)


async def notices(tx: Connection) -> int:
    number: int = await tx.fetchval("select count(*) from outbox where name = 'limit-reached' and organisation = $1", SCHOOL)
    return number


async def test_one_child_too_many_is_refused_and_told_once_and_todays_children_go_on(tx: Connection) -> None:
    first = opaque_id()
    assert [await ask(tx, first), await ask(tx)] == [None, None]

    assert [await ask(tx), await ask(tx)] == [Limited(kind="person")] * 2

    assert await ask(tx, first) is None
    assert await notices(tx) == 1


async def test_too_many_acts_in_an_hour_are_refused_even_about_one_child(tx: Connection) -> None:
    child = opaque_id()

    assert [await ask(tx, child) for _ in range(7)] == [None] * 6 + [Limited(kind="person")]


async def test_a_unit_is_counted_over_all_its_people(tx: Connection) -> None:
    others = [person(f"p-{n}", SCHOOL) for n in range(4)]

    answers = [await limit_act(tx, who, [HEALTH], opaque_id(), "P_SUPPORT", now=NOW) for who in others]

    assert answers == [None, None, None, Limited(kind="unit")]


async def test_a_report_of_concern_is_never_held_up(tx: Connection) -> None:
    assert [await ask(tx, purpose="P_CONCERN") for _ in range(5)] == [None] * 5


async def test_a_manager_lifts_it_for_the_day_but_not_for_themselves_nor_does_a_system(tx: Connection) -> None:
    for _ in range(3):
        await ask(tx)
    wanted = LiftLimit(organisation=SCHOOL, reason=LiftReason.WHOLE_CLASS, person=COUNSELLOR.principal)

    for nobody in (COUNSELLOR, system(SCHOOL)):
        assert isinstance(await lift_limit(tx, nobody, wanted, now=NOW), Denied)
    own = LiftLimit(organisation=SCHOOL, reason=LiftReason.OTHER, person=HEAD.principal)
    assert await lift_limit(tx, HEAD, own, now=NOW) == Denied(code="needs-another-person", reasons=("needs-another-person",))
    lifted = await lift_limit(tx, HEAD, wanted, now=NOW)

    assert not isinstance(lifted, Denied | Hidden)
    assert await ask(tx) is None


async def test_a_decision_beyond_the_limit_is_not_made_and_is_recorded(house: House) -> None:
    async with house.database.transaction() as tx:
        await set_limits(tx, OPERATING, TIGHT, now=NOW)
    await house.lease()
    case = await house.open()
    for _ in range(6):
        await house.decide(case.case_id, ATTENDANCE)

    assert await house.decide(case.case_id, ATTENDANCE) == Limited(kind="person")

    assert len(await house.entries("disclosure.decided")) == 6
    (entry,) = await house.entries("disclosure.limited")
    assert (entry.answer, entry.reasons) == ("refused", ("limit-reached",))


async def test_permits_and_releases_are_counted_too_and_what_is_refused_or_asked_again_too_early_is_not(house: House) -> None:
    async with house.database.transaction() as tx:
        for name, acts in ((SCHOOL, 2), (REGION, 2)):
            await set_limits(tx, OPERATING, msgspec.structs.replace(TIGHT, organisation=name, unit_acts=acts, person_acts=1000), now=NOW)
    (delivery,) = await house.waiting(ATTENDANCE)  # one decision, one permit
    async with house.database.transaction() as tx:
        await throw_switch(tx, OPERATING, ThrowSwitch(kind=SwitchKind.ROW, value="M08", off=True), now=NOW)
    for _ in range(3):
        assert isinstance(await house.fetch(delivery), Denied)
    async with house.database.transaction() as tx:
        await throw_switch(tx, OPERATING, ThrowSwitch(kind=SwitchKind.ROW, value="M08", off=False), now=NOW)

    assert await house.decide((await house.open()).case_id, ATTENDANCE) == Limited(kind="unit")
    assert [type(await house.fetch(delivery)) for _ in range(3)] == [Released, Released, Limited]

    assert [[notice["unit"] for notice in await house.notices(name, "limit-reached")] for name in (SCHOOL, REGION)] == [[PLAIN], [BUP]]
    refused = [entry for entry in await house.entries("disclosure.limited") if entry.unit == BUP]
    assert [(entry.organisation, entry.answer, entry.person.actor_kind) for entry in refused] == [(REGION, "refused", "system")]


async def test_a_permit_beyond_the_limit_is_not_given(house: House) -> None:
    await house.lease()
    decision = await house.decide((await house.open()).case_id, ATTENDANCE)
    async with house.database.transaction() as tx:
        await set_limits(tx, OPERATING, msgspec.structs.replace(TIGHT, unit_acts=1), now=NOW)

    assert await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id)) == Limited(kind="unit")


async def test_an_emergency_waits_for_no_count(tx: Connection) -> None:
    assert [await ask(tx, purpose="P_EMERGENCY") for _ in range(5)] == [None] * 5


def test_a_number_too_long_to_read_is_a_fault_of_the_form_and_not_of_the_house() -> None:
    typed = {name: ["9" * 5000] for name in LIMITS}
    opened: Any = SimpleNamespace(says=None, view=SimpleNamespace(limits=Limits(organisation=SCHOOL)))
    ground: Any = None

    found = limit(Scene(found=opened, ground=ground, caller=HEAD, now=NOW, thing="", typed=typed))

    assert isinstance(found, dict)
    assert found.keys() == set(LIMITS)
