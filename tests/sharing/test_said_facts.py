"""What only the asker knows of an item is recorded with it: confirmation and release are decided from the same facts."""

import msgspec
import pytest

from services.sharing.domain.facts import Detail, Judgements, ThirdPersons
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.views import DecisionView, PermitView
from services.sharing.usecases.learn_facts import Overlay
from shared.errors import Invalid
from shared.law.codes import Attestation, LeafCategory, Purpose
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House


async def test_other_peoples_data_in_an_item_keep_it_from_being_confirmed(house: House) -> None:
    house.family.give()
    await house.lease()
    case = await house.open()
    decision: DecisionView = await house.decide(case.case_id, msgspec.structs.replace(ASSESSMENT, third_persons=ThirdPersons.PRESENT))

    answer = await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id))

    assert (decision.items[0].answer, decision.items[0].said_by) == ("no", "law")
    assert isinstance(answer, Denied)
    assert "third-persons-present" in answer.reasons


async def test_another_purpose_than_it_came_for_is_tried_anew_when_confirmed(house: House) -> None:
    await house.lease()
    case = await house.open()
    decision: DecisionView = await house.decide(case.case_id, msgspec.structs.replace(ATTENDANCE, received_for=Purpose.CARE))
    item = decision.items[0]

    unsaid = await house.permit(decision.decision_id, Overlay(item_id=item.item_id))
    said = await house.permit(decision.decision_id, Overlay(item_id=item.item_id, attested={Attestation.NEW_PURPOSE: True}))

    assert (item.answer, item.to_attest) == ("attest", ("A_PURPOSE",))
    assert isinstance(unsaid, Denied)
    assert isinstance(said, PermitView)
    assert said.items[0].filing_note.sv.endswith("Stöd: OSL 23:2 st. 3.")


async def test_a_refused_item_comes_with_what_could_be_told_instead(house: House) -> None:
    await house.lease()
    case = await house.open()
    decision: DecisionView = await house.decide(case.case_id, msgspec.structs.replace(ATTENDANCE, detail=Detail.FREE_TEXT))
    item = decision.items[0]

    assert (item.answer, item.said_by, item.reasons) == ("no", "golden-rule", ("more-detail-than-needed",))
    assert item.alternatives[0] == {**item.alternatives[0], "kind": "detail", "detail": "summary"}
    assert item.texts["instead-detail"].en


async def test_the_golden_rule_is_proposed_with_the_answer(house: House) -> None:
    await house.lease()
    case = await house.open()
    decision: DecisionView = await house.decide(case.case_id, ATTENDANCE)
    assert decision.items[0].proposed == Judgements(necessary=True, relevant=True, reaches=True)


async def test_identity_goes_along_only_with_an_item_that_is_asked_about(house: House) -> None:
    await house.lease()
    case = await house.open()
    name = msgspec.structs.replace(ASSESSMENT, category=LeafCategory.IDENTITY, along_with=LeafCategory.PUPIL_HEALTH)

    with pytest.raises(Invalid) as alone:
        await house.decide(case.case_id, name)
    together: DecisionView = await house.decide(case.case_id, name, ASSESSMENT)

    assert [fault.pointer for fault in alone.value.faults] == ["#/items/0/along_with"]
    assert [item.row for item in together.items] == ["M09", "M09"]
