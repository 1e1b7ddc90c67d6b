"""A handover package is sealed and posted at once, held until the family has said yes to all of it, and delivered once."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey
from samsyn_connect.countersign import KeyStatement, countersign

from services.sharing.domain.cases import AskedItem
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import UnitKey
from services.sharing.domain.views import DecisionView, Released
from services.sharing.usecases.give_permit import GivePermit
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.learn_facts import Overlay, learn_for_decision
from services.sharing.usecases.make_package import PackageView, make_package
from services.sharing.usecases.post_items import SealedItem
from services.sharing.usecases.register_organisation import register_organisation
from services.sharing.usecases.register_unit_key import register_unit_key
from services.sharing.usecases.run_duties import Duties
from services.sharing.usecases.sign_agreement import SignAgreement, sign_agreement
from services.sharing.usecases.store_receipt import store_receipt
from services.sharing.usecases.take_rows import take_rows
from shared.contracts.consent import RowKey
from shared.errors import Invalid
from shared.law.codes import Attestation, LeafCategory, Purpose
from tests.sharing.conftest import ATTENDANCE, YES, House, later
from tests.sharing.test_flow import receipt
from tests.sharing.world import (
    COUNSELLOR,
    HEALTH,
    NOW,
    OPERATING,
    REGISTRAR_KEYS,
    REGISTRARS,
    SCHOOL,
    SIGNING,
    UNTIL,
    grant,
    organisation,
    sealed,
    system,
)

NEW, NEW_HEALTH = "o2nw", "o2nw-u1"
KEY = ECKey.generate_key("P-256", {"kid": f"{NEW_HEALTH}-1"})
ITEM = AskedItem(
    discloser_unit=HEALTH,
    recipient_unit=NEW_HEALTH,
    category=LeafCategory.PUPIL_HEALTH,
    attested={Attestation.RELEVANT: True, Attestation.THIRD_PERSONS: True},
    judgements=YES,
)


async def new_school(house: House) -> None:
    """Another municipality's pupil health, bound to the model of handover, with a key."""
    statement = KeyStatement(
        organisation=NEW,
        unit=NEW_HEALTH,
        kid=str(KEY.kid),
        thumbprint=KEY.thumbprint(),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=80),
    )
    key = UnitKey(
        unit=NEW_HEALTH,
        kid=statement.kid,
        public=KEY.as_dict(private=False),
        thumbprint=statement.thumbprint,
        valid_from=statement.valid_from,
        valid_until=statement.valid_until,
        countersignatures=tuple(countersign(statement, one) for one in REGISTRAR_KEYS.values()),
    )
    agreement = SignAgreement(model="overlamning", organisations=(SCHOOL, NEW), signed_by="ordförande", valid_from=NOW, valid_until=UNTIL)
    async with house.database.transaction() as tx:
        await register_organisation(tx, OPERATING, organisation(NEW, (NEW_HEALTH, "S_EH")), now=NOW)
        await register_unit_key(tx, OPERATING, key, REGISTRARS, now=NOW)
        await sign_agreement(tx, OPERATING, agreement, now=NOW)
        await grant_access(tx, OPERATING, grant(system(NEW), None, "system"), now=NOW)


async def make(house: House, decision: DecisionView) -> Any:
    overlays = tuple(Overlay(item_id=item.item_id) for item in decision.items)
    learned = await learn_for_decision(
        house.database, house.family, house.ground, COUNSELLOR, decision.decision_id, overlays, now=house.now
    )
    async with house.database.transaction() as tx:
        request = GivePermit(decision_id=decision.decision_id, items=overlays)
        return await make_package(tx, COUNSELLOR, request, tables=house.ground.tables, learned=learned, trusted=True, now=house.now)


async def posted(house: House) -> Any:
    """A package that lies sealed and waits for the family."""
    SIGNING.setdefault(NEW, OKPKey.generate_key("Ed25519", {"kid": f"{NEW}-sign-1"}))
    await new_school(house)
    await house.lease()
    case = await house.open(model="overlamning", purpose=Purpose.TRANSITION, parties=(NEW_HEALTH,))
    decision = await house.decide(case.case_id, ITEM)
    assert [item.answer for item in decision.items] == ["wait"]
    package: PackageView = await make(house, decision)
    (item,) = package.permit.items
    went = await house.post(package.permit.permit_id, SealedItem(item_id=item.item_id, jwe=sealed(item.binding, to=KEY)))
    assert went.items[0].accepted, went
    await house.sequence()
    return went.items[0].delivery_id


def row(house: House) -> RowKey:
    return RowKey(
        subject_id=house.family.subject_id,
        discloser_unit=HEALTH,
        recipient_unit=NEW_HEALTH,
        purpose=Purpose.TRANSITION,
        category=LeafCategory.PUPIL_HEALTH,
    )


async def say(house: House, *, yes: bool) -> None:
    told = house.family.give(row(house)) if yes else house.family.withdraw(row(house))
    async with house.database.transaction() as tx:
        await take_rows(tx, [told], now=house.now)
    await Duties(house.database).run_once(house.now)


async def test_it_is_held_until_the_family_s_yes_and_delivered_once(house: House) -> None:
    delivery_id = await posted(house)
    await Duties(house.database).run_once(house.now)
    early = await house.fetch(delivery_id, caller=system(NEW))
    untold = await house.notices(NEW, "delivery")

    await say(house, yes=True)
    await house.lease()
    released = await house.fetch(delivery_id, caller=system(NEW))
    async with house.database.transaction() as tx:
        await store_receipt(tx, system(NEW), receipt(delivery_id, "stored", by=NEW), now=house.now)
    again = await house.fetch(delivery_id, caller=system(NEW))

    assert isinstance(early, Denied)
    assert (early.reasons, untold) == (("held-for-consent",), [])
    assert [notice["delivery_id"] for notice in await house.notices(NEW, "delivery")] == [str(delivery_id)]
    assert isinstance(released, Released)
    assert isinstance(again, Denied)
    assert again.reasons == ("delivered-once",)
    assert len(await house.entries("package.sent")) == 1
    assert await house.database.pool.fetchval("select delivered_at is not null and sent_at is not null from package")
    assert await house.database.pool.fetchval("select cipher from delivery") is None


async def test_taken_back_before_it_goes_it_never_goes(house: House) -> None:
    delivery_id = await posted(house)

    await say(house, yes=False)
    later(house, days=1)
    await Duties(house.database).run_once(house.now)

    assert await house.notices(NEW, "delivery") == []
    assert isinstance(await house.fetch(delivery_id, caller=system(NEW)), Denied)
    assert await house.entries("package.sent") == []


async def test_unanswered_it_is_gone_after_sixty_days_and_the_discloser_hears(house: House) -> None:
    delivery_id = await posted(house)

    later(house, days=61)
    await Duties(house.database).run_once(house.now)

    assert await house.notices(SCHOOL, "expired") == [{"delivery_id": str(delivery_id), "released": False}]
    assert await house.database.pool.fetchval("select cipher from delivery") is None


async def test_other_models_have_no_packages(house: House) -> None:
    case = await house.open()
    decision = await house.decide(case.case_id, ATTENDANCE)

    with pytest.raises(Invalid):
        await make(house, decision)
