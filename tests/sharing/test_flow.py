"""One child's case in sharing, from the question to the receipt, each step on a real database."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from services.sharing.domain.outcomes import Denied, Hidden, NotYet
from services.sharing.domain.views import CaseView, DecisionView, PermitView, PostedView, ReceiptView, Released
from services.sharing.usecases.administer import may_administer
from services.sharing.usecases.decline_items import DeclineItems, DeclineReason, decline_items
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.post_items import SealedItem
from services.sharing.usecases.read_case import read_case
from services.sharing.usecases.revoke_access import revoke_access
from services.sharing.usecases.store_receipt import StoreReceipt, store_receipt
from services.sharing.usecases.throw_switch import SwitchKind, ThrowSwitch, throw_switch
from shared.auth import Caller
from shared.contracts.consent import Coverage
from shared.errors import Invalid
from shared.ids import opaque_id
from shared.law.codes import Attestation, LeafCategory
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House, later
from tests.sharing.world import (
    BUP,
    CLINICIAN,
    COUNSELLOR,
    HEALTH,
    NOW,
    OPERATING,
    PLAIN,
    REGION,
    SCHOOL,
    SIGNING,
    STRANGER,
    UNGRANTED,
    sealed,
    system,
)


def receipt(delivery_id: UUID, state: str, *, by: str = REGION, **more: str) -> StoreReceipt:
    payload = {"delivery": str(delivery_id), "state": state, "at": NOW, **more}
    header = {"alg": "Ed25519", "kid": SIGNING[by].kid, "typ": "samsyn-receipt+jws"}
    return StoreReceipt(receipt=jws.serialize_compact(header, msgspec.json.encode(payload), SIGNING[by], algorithms=["Ed25519"]))


async def test_attendance_is_free_and_the_assessment_waits_for_the_family(house: House) -> None:
    case: CaseView = await house.open()

    decision: DecisionView = await house.decide(case.case_id, ATTENDANCE, ASSESSMENT)

    free, waits = decision.items
    assert (free.answer, free.label, free.row) == ("yes", "free", "M08")
    assert waits.answer == "wait"
    assert [(m.role, m.number) for m in waits.missing] == [("guardian", 2), ("child", 1)]
    assert any("OSL 10:27" in path["basis"] for path in waits.paths)
    assert waits.texts["wait"].sv == "Inte än."


async def test_each_item_of_a_decision_has_one_entry_whatever_the_answer(house: House) -> None:
    case: CaseView = await house.open()
    await house.decide(case.case_id, ATTENDANCE, ASSESSMENT)

    decided = await house.entries("disclosure.decided")

    assert [(entry.answer, entry.categories, entry.unit) for entry in decided] == [
        ("yes", ("attendance",), PLAIN),
        ("wait", ("pupil-health",), HEALTH),
    ]
    assert {entry.organisation for entry in decided} == {SCHOOL}
    assert {entry.person.subject for entry in decided} == {house.family.subject_id}


async def test_consent_is_not_asked_about_what_needs_none(house: House) -> None:
    case: CaseView = await house.open()

    await house.decide(case.case_id, ATTENDANCE)

    assert not [question for question in house.family.asked if isinstance(question, Coverage)]


async def test_a_fresh_consent_is_seen_at_once_without_any_event(house: House) -> None:
    case: CaseView = await house.open()
    await house.decide(case.case_id, ASSESSMENT)
    house.family.give()

    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)

    assert decision.items[0].answer == "yes"


async def test_consent_out_of_reach_is_never_a_yes(house: House) -> None:
    house.family.give()
    case: CaseView = await house.open()
    house.family.knows_coverage = False

    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)

    assert (decision.items[0].answer, decision.items[0].reasons) == ("wait", ("consent-unknown",))


async def test_a_permit_lets_go_what_is_yes_and_names_the_rest(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ATTENDANCE, ASSESSMENT)

    permit: PermitView = await house.permit(decision.decision_id, *(Overlay(item_id=i.item_id) for i in decision.items))

    assert [item.item_id for item in permit.items] == [decision.items[0].item_id]
    assert [(item.item_id, item.answer, item.reasons) for item in permit.refused] == [
        (decision.items[1].item_id, "wait", ("consent-not-asked",))
    ]
    assert permit.items[0].filing_note.basis == ("OSL 23:2 st. 3",)
    assert permit.expires_at == NOW + timedelta(hours=24)


async def test_a_permit_with_nothing_to_let_go_is_refused_and_recorded(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)

    outcome = await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id))

    assert outcome == Denied(code="nothing-to-permit", reasons=("consent-not-asked",))
    assert [entry.answer for entry in await house.entries("disclosure.confirmed")] == ["refused"]


async def test_the_narrow_exception_opens_when_the_confirming_human_attests_it(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ASSESSMENT)

    attested = {Attestation.TRIED: True, Attestation.OBVIOUS: True}
    permit: PermitView = await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id, attested=attested))

    assert permit.items[0].filing_note.basis == ("OSL 10:27",)


async def test_what_a_human_declined_gets_no_permit(house: House) -> None:
    case: CaseView = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ATTENDANCE)
    item_id = decision.items[0].item_id
    async with house.database.transaction() as tx:
        request = DeclineItems(decision_id=decision.decision_id, item_ids=(item_id,), reason=DeclineReason.NOT_NEEDED)
        await decline_items(tx, COUNSELLOR, request, tables=house.ground.tables, now=NOW)

    outcome = await house.permit(decision.decision_id, Overlay(item_id=item_id))

    assert outcome == Denied(code="nothing-to-permit", reasons=("declined",))
    assert [(e.answer, e.reasons) for e in await house.entries("disclosure.declined")] == [("no", ("not-needed",))]


async def test_a_surplus_item_is_refused_and_the_rest_goes(house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE, ASSESSMENT)
    ciphers = [SealedItem(item_id=item.item_id, jwe=sealed(item.binding)) for item in permit.items]
    surplus = opaque_id()

    posted: PostedView = await house.post(permit.permit_id, *ciphers, SealedItem(item_id=surplus, jwe=ciphers[0].jwe))

    assert [(item.accepted, item.reason) for item in posted.items] == [(True, None), (True, None), (False, "not-in-permit")]
    assert [e.answer for e in await house.entries("item.posted")] == ["done", "done", "refused"]
    ready = await house.notices(REGION, "delivery")
    assert [notice["category"] for notice in ready] == ["attendance", "pupil-health"]
    assert {notice["child_ref"] for notice in ready} == {str(house.family.recipient_ref)}


async def test_the_same_cipher_again_is_the_same_delivery_and_another_one_is_not_taken(house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    item = permit.items[0]
    cipher = SealedItem(item_id=item.item_id, jwe=sealed(item.binding))

    first: PostedView = await house.post(permit.permit_id, cipher)
    again: PostedView = await house.post(permit.permit_id, cipher, SealedItem(item_id=item.item_id, jwe=sealed(item.binding)))

    assert again.items[0] == first.items[0]
    assert again.items[1].reason == "already-posted"
    assert len(await house.notices(REGION, "delivery")) == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"permit": str(opaque_id())}, "bound-to-other-permit"),
        ({"discloser": HEALTH}, "bound-to-other-discloser"),
        ({"recipient": "o2rg-u1"}, "bound-to-other-recipient"),
        ({"purpose": "P_CARE"}, "bound-to-other-purpose"),
        ({"use_by": "2099-01-01T00:00:00Z"}, "bound-to-other-use-by"),
    ],
)
async def test_a_cipher_bound_to_anything_else_is_refused(house: House, changed: dict[str, str], reason: str) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    item = permit.items[0]

    posted: PostedView = await house.post(permit.permit_id, SealedItem(item_id=item.item_id, jwe=sealed({**item.binding, **changed})))

    assert posted.items[0].reason == reason


async def test_a_cipher_to_an_unknown_key_or_that_is_none_is_refused(house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    item = permit.items[0]
    other = sealed(item.binding, to=ECKey.generate_key("P-256", {"kid": "o2rg-u2-other"}))
    good = sealed(item.binding)
    head, key, vector, cipher, tag = good.split(".")
    short = ".".join([head, key, vector, cipher[:-4], tag])

    posted: PostedView = await house.post(permit.permit_id, *(SealedItem(item_id=item.item_id, jwe=jwe) for jwe in (other, "x", short)))

    assert [i.reason for i in posted.items] == ["key-not-in-force", "not-a-sealed-item", "wrong-size"]


async def test_a_permit_is_over_after_a_day(house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    later(house, hours=24)

    posted: PostedView = await house.post(
        permit.permit_id, SealedItem(item_id=permit.items[0].item_id, jwe=sealed(permit.items[0].binding))
    )

    assert posted.items[0].reason == "permit-expired"


async def test_the_fetch_releases_the_cipher_as_posted_with_one_entry(house: House) -> None:
    released = await house.released(ASSESSMENT)

    assert released.child_ref == house.family.recipient_ref
    assert released.binding["category"] == "pupil-health"
    assert released.filing_note.basis == ("OSL 12:2", "OSL 12:3")
    fetched = await house.entries("delivery.fetched")
    assert [(e.answer, e.organisation, e.legal_basis) for e in fetched] == [("done", REGION, ("OSL 12:2", "OSL 12:3"))]


async def test_a_second_fetch_is_a_new_release_with_the_same_checks(house: House) -> None:
    first = await house.released(ASSESSMENT)

    second: Released = await house.fetch(first.delivery_id)

    assert second.release_id != first.release_id
    assert len(await house.entries("delivery.fetched")) == 2


async def test_nothing_is_released_before_the_decision_stands_in_the_log(house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    cipher = SealedItem(item_id=permit.items[0].item_id, jwe=sealed(permit.items[0].binding))
    posted: PostedView = await house.post(permit.permit_id, cipher)
    delivery_id = posted.items[0].delivery_id
    assert delivery_id is not None

    before = await house.fetch(delivery_id)
    await house.sequence()
    after = await house.fetch(delivery_id)

    assert before == NotYet(code="audit-unavailable")
    assert isinstance(after, Released)
    assert [(e.answer, e.reasons) for e in await house.entries("delivery.fetched")] == [("refused", ("audit-unavailable",)), ("done", ())]


async def test_nothing_is_released_when_audit_is_five_minutes_behind(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    await house.open()
    later(house, minutes=5, seconds=1)

    assert await house.fetch(delivery_id) == NotYet(code="audit-unavailable")


async def test_what_stands_on_consent_needs_the_lease_and_what_is_free_does_not(house: House) -> None:
    free, bound = await house.waiting(ATTENDANCE, ASSESSMENT)
    house.seconds += 11

    assert isinstance(await house.fetch(free), Released)
    assert await house.fetch(bound) == NotYet(code="consent-unavailable")


async def test_an_item_past_its_use_by_is_not_released(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    later(house, days=31)
    await house.sequence()

    assert await house.fetch(delivery_id) == Denied(code="not-released", reasons=("use-by-passed",))


async def test_revoking_the_grant_stops_the_next_fetch(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    grant_id = await house.database.pool.fetchval("select grant_id from access_grant where principal = $1", system(REGION).principal)
    async with house.database.transaction() as tx:
        await revoke_access(tx, OPERATING, grant_id, now=NOW)

    outcome = await house.fetch(delivery_id)

    assert outcome == Hidden()
    assert [(e.organisation, e.actor_organisation) for e in await house.entries("access.refused")] == [(SCHOOL, REGION)]


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (SwitchKind.ORGANISATION, SCHOOL, "stopped-by-switch"),
        (SwitchKind.UNIT, BUP, "stopped-by-switch"),
        (SwitchKind.ROUTE, f"{PLAIN}>{BUP}", "stopped-by-switch"),
        (SwitchKind.ROW, "M08", "stopped-by-switch"),
        (SwitchKind.KEY, f"{BUP}-1", "stopped-by-switch"),
    ],
)
async def test_each_kill_switch_stops_a_release(house: House, kind: SwitchKind, value: str, reason: str) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    async with house.database.transaction() as tx:
        assert await throw_switch(tx, OPERATING, ThrowSwitch(kind=kind, value=value, off=True), now=NOW) is True

    assert await house.fetch(delivery_id) == Denied(code="not-released", reasons=(reason,))


async def test_protected_identity_takes_a_release_to_a_human(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    house.family.child = msgspec.structs.replace(house.family.child, restricted=True)

    assert await house.fetch(delivery_id) == Denied(code="not-released", reasons=("special-handling",))


async def test_a_receipt_is_proven_stored_once_and_told_to_the_discloser(house: House) -> None:
    released = await house.released(ATTENDANCE)

    async with house.database.transaction() as tx:
        first = await store_receipt(tx, system(REGION), receipt(released.delivery_id, "stored"), now=NOW)
        again = await store_receipt(tx, system(REGION), receipt(released.delivery_id, "stored"), now=NOW + timedelta(hours=1))

    assert isinstance(first, ReceiptView)
    assert again == first
    assert [n["state"] for n in await house.notices(SCHOOL, "receipt")] == ["stored"]
    assert len(await house.entries("receipt.stored")) == 1


async def test_a_receipt_that_another_organisation_signed_is_no_receipt(house: House) -> None:
    released = await house.released(ATTENDANCE)

    async with house.database.transaction() as tx:
        with pytest.raises(Invalid) as error:
            await store_receipt(tx, system(REGION), receipt(released.delivery_id, "stored", by=SCHOOL), now=NOW)

    assert error.value.faults[0].pointer == "#/receipt"


@pytest.mark.parametrize(
    ("state", "more", "fault"),
    [
        ("refused", {}, "reason-does-not-fit"),
        ("stored", {"reason": "not-for-us"}, "reason-does-not-fit"),
        ("kept", {"paragraph": "PDL 3:17"}, "not-stopped"),
    ],
)
async def test_a_receipt_that_does_not_fit_is_refused_and_recorded(house: House, state: str, more: dict[str, str], fault: str) -> None:
    released = await house.released(ATTENDANCE)

    async with house.database.transaction() as tx:
        outcome = await store_receipt(tx, system(REGION), receipt(released.delivery_id, state, **more), now=NOW)

    assert outcome == Denied(code="receipt-does-not-fit", reasons=(fault,))


async def test_a_receipt_before_the_release_is_refused(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)

    async with house.database.transaction() as tx:
        outcome = await store_receipt(tx, system(REGION), receipt(delivery_id, "stored"), now=NOW)

    assert outcome == Denied(code="receipt-does-not-fit", reasons=("not-released-yet",))


@pytest.mark.parametrize(
    ("caller", "owner", "actor"), [(UNGRANTED, SCHOOL, None), (STRANGER, SCHOOL, "o9kl")], ids=["without a grant", "another organisation"]
)
async def test_a_try_on_anothers_case_is_hidden_and_stands_in_the_owners_log(
    house: House, caller: Caller, owner: str, actor: str | None
) -> None:
    case: CaseView = await house.open()

    async with house.database.transaction() as tx:
        outcome = await read_case(tx, caller, case.case_id, tables=house.ground.tables, now=NOW)

    assert outcome == Hidden()
    assert [(e.organisation, e.actor_organisation) for e in await house.entries("access.refused")] == [(owner, actor)]


async def test_a_try_on_a_case_that_never_was_stands_in_the_actors_log(house: House) -> None:
    async with house.database.transaction() as tx:
        outcome = await read_case(tx, STRANGER, opaque_id(), tables=house.ground.tables, now=NOW)

    assert outcome == Hidden()
    assert [(e.organisation, e.actor_organisation) for e in await house.entries("access.refused")] == [("o9kl", None)]


async def test_a_reading_is_recorded_and_the_other_side_does_not_see_our_reference(house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)

    async with house.database.transaction() as tx:
        ours = await read_case(tx, COUNSELLOR, permit.case_id, tables=house.ground.tables, now=NOW)
        theirs = await read_case(tx, CLINICIAN, permit.case_id, tables=house.ground.tables, now=NOW)

    assert not isinstance(ours, Hidden | NotYet)
    assert not isinstance(theirs, Hidden | NotYet)
    assert ours.child_ref == house.family.child_ref
    assert len(ours.decisions) == 1
    assert theirs.child_ref is None
    assert theirs.decisions == ()
    assert ours.steering is not None
    assert (ours.steering.mine, theirs.steering) == (True, None)
    assert len(await house.entries("case.read")) == 2


async def test_a_child_of_another_organisation_opens_no_case(house: House) -> None:
    assert await house.open(child_ref=opaque_id()) == Hidden()


async def test_a_unit_without_a_grant_opens_no_case(house: House) -> None:
    assert await house.open(caller=UNGRANTED) == Hidden()


async def test_organisations_without_an_agreement_open_no_case(house: House) -> None:
    assert await house.open(parties=(BUP, "o9kl-u1")) == Denied(code="no-agreement", reasons=("no-agreement",))


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"model": "none"}, "#/model"), ({"unit": "none"}, "#/unit"), ({"parties": (BUP, "none")}, "#/parties/1")],
)
async def test_a_case_names_what_is_wrong_with_it(house: House, changed: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as error:
        await house.open(**changed)

    assert [fault.pointer for fault in error.value.faults] == [pointer]


async def test_a_fact_that_the_register_answers_may_not_be_asserted(house: House) -> None:
    case: CaseView = await house.open()
    ticked = msgspec.structs.replace(ASSESSMENT, attested={Attestation.CUSTODY_CHECKED: True})

    with pytest.raises(Invalid) as error:
        await house.decide(case.case_id, ATTENDANCE, ticked)

    assert [fault.pointer for fault in error.value.faults] == ["#/items/1/attested/A_CUSTODY_OK"]


async def test_a_unit_that_does_not_take_part_is_pointed_at(house: House) -> None:
    case: CaseView = await house.open()
    other = msgspec.structs.replace(ATTENDANCE, recipient_unit="o9kl-u1")

    with pytest.raises(Invalid) as error:
        await house.decide(case.case_id, other)

    assert [fault.pointer for fault in error.value.faults] == ["#/items/0/recipient_unit"]


async def test_nobody_decides_over_another_organisations_items(house: House) -> None:
    case: CaseView = await house.open()

    outcome = await house.decide(case.case_id, ATTENDANCE, caller=CLINICIAN)

    assert outcome == Denied(code="no-grant-for-unit", reasons=("no-grant-for-unit",))


async def test_the_model_says_no_where_the_law_would_not(house: House) -> None:
    case: CaseView = await house.open()
    social = msgspec.structs.replace(ATTENDANCE, category=LeafCategory.SOCIAL_SUPPORT)

    decision: DecisionView = await house.decide(case.case_id, social)

    assert (decision.items[0].answer, decision.items[0].reasons) == ("no", ("category-not-allowed",))


async def test_only_operator_and_administrators_may_administer(house: House) -> None:
    async with house.database.transaction() as tx:
        assert await may_administer(tx, OPERATING, SCHOOL, now=NOW)
        assert not await may_administer(tx, COUNSELLOR, SCHOOL, now=NOW)
