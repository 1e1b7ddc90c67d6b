"""I2 for what is told aloud: telling and a stop hold the same row, so nothing is told under a consent once *stopped* was answered.

And what waits for nobody: a concern and an emergency.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.sharing.domain.cases import AskedItem
from services.sharing.domain.outcomes import Denied, NotYet
from services.sharing.domain.telling import Way
from services.sharing.domain.views import CaseView, DecisionView
from services.sharing.storage import consent_rows
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.learn_facts import Overlay, learn_for_decision
from services.sharing.usecases.register_organisation import register_organisation
from services.sharing.usecases.tell_items import TellItems, ToldView, tell_items
from shared.contracts.consent import GoverningRow
from shared.law.codes import Attestation, LeafCategory, Purpose
from tests.eventually import eventually
from tests.sharing.conftest import ASSESSMENT, YES, House
from tests.sharing.test_stop import _without_lock, is_blocked, stop
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, NOW, OPERATING, grant, organisation

SOCIAL = "o8st-u1"


@asynccontextmanager
async def telling(house: House, decision: DecisionView, to: str) -> AsyncIterator[Any]:
    """What came of it, before its commit."""
    overlays = tuple(Overlay(item_id=item.item_id) for item in decision.items)
    request = TellItems(decision_id=decision.decision_id, medium=Way.TELEPHONE, present=(to,), items=overlays)
    learned = await learn_for_decision(
        house.database, house.family, house.ground, COUNSELLOR, decision.decision_id, overlays, now=house.now
    )
    async with house.database.transaction() as tx:
        yield await tell_items(tx, COUNSELLOR, request, ground=house.ground, learned=learned, now=house.now, arrived=house.seconds)


async def telling_is_overtaken(house: House, row: GoverningRow, decision: DecisionView) -> bool:
    """Hold a telling just before its commit while a stop is called: True when *stopped* was answered first and it was told."""
    async with telling(house, decision, BUP) as told:
        stopping = asyncio.create_task(stop(house, row))
        await eventually(lambda: stopping.done() or is_blocked(house), within=3)
        overtaken = stopping.done()
    await stopping
    assert isinstance(told, ToldView)
    return overtaken


async def decided(house: House) -> DecisionView:
    house.family.give()
    await house.lease()
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)
    await house.sequence()
    return decision


async def tell(house: House, decision: DecisionView, to: str = BUP) -> Any:
    async with telling(house, decision, to) as told:
        return told


@pytest.mark.parametrize("kind", ["withdraw", "pause"])
async def test_a_stop_waits_for_a_telling_that_holds_the_row_and_the_next_is_refused(house: House, kind: str) -> None:
    decision = await decided(house)
    row = house.family.withdraw() if kind == "withdraw" else house.family.pause()

    assert not await telling_is_overtaken(house, row, decision)
    assert isinstance(await tell(house, decision), Denied)


async def test_without_the_row_lock_a_telling_is_overtaken(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = await decided(house)
    monkeypatch.setattr(consent_rows, "QUERIES", _without_lock())

    assert await telling_is_overtaken(house, house.family.pause(), decision)


async def social_services(house: House) -> None:
    """A board that no agreement binds."""
    async with house.database.transaction() as tx:
        await register_organisation(tx, OPERATING, organisation("o8st", (SOCIAL, "SOC")), now=NOW)
        await grant_access(tx, OPERATING, grant(COUNSELLOR, None, "counsellor"), now=NOW)


async def test_a_telling_waits_for_audit_but_not_in_a_concern(house: House) -> None:
    await social_services(house)
    house.family.give()
    await house.lease()
    case: CaseView = await house.open()
    waits = await tell(house, await house.decide(case.case_id, ASSESSMENT))
    opened: Any = await house.open(model="orosanmalan-aterkoppling", purpose=Purpose.CONCERN, unit=HEALTH, parties=(SOCIAL,))

    assert isinstance(waits, NotYet)
    assert waits.code == "audit-unavailable"
    assert isinstance(opened, CaseView)
    report = AskedItem(
        discloser_unit=HEALTH,
        recipient_unit=SOCIAL,
        category=LeafCategory.CONCERN_REPORT,
        attested={Attestation.SUSPECT: True, Attestation.RELEVANT: True},
        judgements=YES,
    )
    decision: DecisionView = await house.decide(opened.case_id, report)
    assert isinstance(await tell(house, decision, SOCIAL), ToldView)
