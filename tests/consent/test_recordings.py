"""An answer on paper or by word of mouth: what must stand beside it, who may record it, and when it counts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.consent import Choice
from services.consent.domain.recording import Evidence, Helper, HowHeard, Interpreter, RecordedWay, WhyOral, faults
from services.consent.domain.wording import Language, Rendering
from services.consent.storage import people, recordings
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.record_answer import NewRecordedAnswer, RecordedOutcome, RecordedRow, record_answer
from services.consent.usecases.verify_answer import RecordingList, list_recordings, verify_answer
from shared.auth import Caller
from shared.contracts.consent import CoverageState
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.errors import AppError, Invalid, NotFound, Refused
from shared.law.disposers import Custody, Role
from tests.consent.world import (
    CHILD,
    FATHER,
    ISSUER,
    MEANS,
    MOTHER,
    NOW,
    STAFF,
    STRANGER,
    SYSTEM,
    ask,
    covered,
    family,
    registered,
    say,
)

HEAD = msgspec.structs.replace(STAFF, subject="rektor")
LATER = NOW + timedelta(hours=2)
SCAN = "ab" * 32
RIGHT = Evidence(
    way=RecordedWay.PAPER,
    role=Role.GUARDIAN,
    age=41,
    answered_at=NOW + timedelta(hours=1),
    has_document=True,
    has_witness=False,
    has_reason=False,
)
ORAL: dict[str, Any] = {"way": RecordedWay.ORAL, "has_document": False, "has_witness": True, "has_reason": True}


@pytest.mark.parametrize(
    ("differs", "wrong"),
    [
        ({}, []),
        (ORAL, []),
        ({"has_document": False}, ["document_sha256"]),
        ({"has_witness": True}, ["witness"]),
        ({"has_reason": True}, ["reason"]),
        (ORAL | {"has_witness": False}, ["witness"]),
        (ORAL | {"has_reason": False}, ["reason"]),
        (ORAL | {"has_document": True}, ["document_sha256"]),
        ({"answered_at": NOW - timedelta(seconds=1)}, ["answered_at"]),
        ({"answered_at": LATER + timedelta(seconds=1)}, ["answered_at"]),
        ({"role": Role.CHILD, "age": 13}, ["together_with"]),
        ({"role": Role.CHILD, "age": 13, "adult_age": 40}, []),
        ({"role": Role.CHILD, "age": 13, "adult_age": 17}, ["together_with"]),
        ({"role": Role.CHILD, "age": 18}, []),
        ({"adult_age": 40}, ["together_with"]),
        (ORAL | {"interpreted": True}, ["interpreted_by"]),
        (ORAL | {"interpreted": True, "has_interpreter": True, "has_language": True}, []),
        ({"has_interpreter": True, "has_language": True}, []),
        ({"has_interpreter": True}, ["interpreted_to"]),
        ({"has_language": True}, ["interpreted_to"]),
        ({"heard": True}, ["heard_how"]),
        ({"role": Role.CHILD, "age": 18, "heard": True}, ["heard_how"]),
        ({"role": Role.CHILD, "age": 13, "adult_age": 40, "heard": True}, []),
    ],
)
def test_each_way_of_answering_has_its_own_evidence(differs: dict[str, Any], wrong: list[str]) -> None:
    evidence = msgspec.structs.replace(RIGHT, **differs)

    assert [member for member, _ in faults(evidence, asked_at=NOW, now=LATER)] == wrong


def paper(event: ConsentWanted, number: str, choice: Choice = Choice.YES, **differs: object) -> NewRecordedAnswer:
    rows = tuple(RecordedRow(row=place, choice=choice) for place in range(1, len(event.rows) + 1))
    made = NewRecordedAnswer(
        request_id=event.request_id,
        number=number,
        medium=RecordedWay.PAPER,
        answered_at=NOW + timedelta(hours=1),
        answers=rows,
        language=Language.SWEDISH,
        rendering=Rendering.EASY,
        document_sha256=SCAN,
    )
    return msgspec.structs.replace(made, **differs)


async def put(tx: Connection, made: NewRecordedAnswer, *, by: Caller = STAFF) -> RecordedOutcome:
    recorded = await record_answer(tx, MEANS, by, made, now=LATER)
    assert isinstance(recorded, RecordedOutcome), recorded
    return recorded


async def check(tx: Connection, recording_id: UUID, *, by: Caller = HEAD) -> RecordedOutcome | AppError:
    return await verify_answer(tx, MEANS, by, recording_id, now=LATER + timedelta(hours=1))


async def test_a_yes_on_paper_counts_when_a_second_person_has_verified_it(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    await say(consent_tx, home.mother, event.request_id)

    recorded = await put(consent_tx, paper(event, FATHER), by=SYSTEM)

    assert recorded.view.waits
    assert (await covered(consent_tx, event, regime="S_SCH", now=LATER)).state is CoverageState.PENDING
    assert isinstance(await check(consent_tx, recorded.view.recording_id), RecordedOutcome)
    assert (await covered(consent_tx, event, regime="S_SCH", now=LATER + timedelta(hours=2))).state is CoverageState.GIVEN


async def test_a_no_counts_at_once_and_goes_through_the_barrier(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    for who in (home.mother, home.father):
        await say(consent_tx, who, event.request_id)

    recorded = await put(consent_tx, paper(event, FATHER, Choice.NO))

    assert not recorded.view.waits
    assert recorded.stops
    assert (await covered(consent_tx, event, regime="S_SCH", now=LATER)).state is CoverageState.REFUSED


async def test_a_child_answers_by_word_of_mouth_together_with_a_named_adult(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)  # pupil health: the child of 13 is needed
    for who in (home.mother, home.father):
        await say(consent_tx, who, event.request_id)
    oral: dict[str, Any] = {"medium": RecordedWay.ORAL, "document_sha256": None, "witness": HEAD.principal, "reason": WhyOral.IN_MEETING}

    with pytest.raises(Invalid):
        await record_answer(consent_tx, MEANS, STAFF, paper(event, CHILD, **oral), now=LATER)
    recorded = await put(consent_tx, paper(event, CHILD, together_with=STRANGER, **oral))
    await check(consent_tx, recorded.view.recording_id)

    assert (await covered(consent_tx, event, now=LATER + timedelta(hours=2))).state is CoverageState.GIVEN
    assert await consent_tx.fetchval("select together_with from recorded_answer") == UUID(home.stranger.person_id)


async def test_a_late_paper_does_not_beat_a_newer_answer_by_e_identity(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    await say(consent_tx, home.mother, event.request_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO, now=LATER - timedelta(minutes=1))

    recorded = await put(consent_tx, paper(event, FATHER))
    await check(consent_tx, recorded.view.recording_id)

    assert (await covered(consent_tx, event, regime="S_SCH", now=LATER + timedelta(hours=2))).state is CoverageState.REFUSED


async def test_who_recorded_it_does_not_verify_it_and_twice_verified_is_once_counted(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    recorded = await put(consent_tx, paper(event, FATHER))

    assert isinstance(await check(consent_tx, recorded.view.recording_id, by=STAFF), Refused)
    for _ in range(2):
        assert isinstance(await check(consent_tx, recorded.view.recording_id), RecordedOutcome)
    assert await consent_tx.fetchval("select count(*) from answer where person_id = $1", UUID(home.father.person_id)) == 1


async def test_the_witness_is_a_colleague_and_another_than_who_records(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    for witness in (STAFF.principal, f"{ISSUER} nobody"):
        oral: dict[str, Any] = {"medium": RecordedWay.ORAL, "document_sha256": None, "witness": witness, "reason": WhyOral.BY_TELEPHONE}
        refused = await record_answer(consent_tx, MEANS, STAFF, paper(event, FATHER, **oral), now=LATER)
        assert isinstance(refused, Refused)


@pytest.mark.parametrize("number", [STRANGER, "198504129841"])
async def test_somebody_who_is_not_asked_is_an_unknown_question(consent_tx: Connection, number: str) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))

    try:
        answer = await record_answer(consent_tx, MEANS, STAFF, paper(event, number), now=LATER)
    except Invalid:
        assert number != STRANGER  # a number with a wrong check digit is pointed at before anything is looked up
    else:
        assert isinstance(answer, NotFound)


async def test_another_organisation_records_and_verifies_nothing(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    recorded = await put(consent_tx, paper(event, MOTHER))
    other = msgspec.structs.replace(SYSTEM, organisation="o2rg", subject="o2rg-system")

    assert isinstance(await record_answer(consent_tx, MEANS, other, paper(event, FATHER), now=LATER), NotFound)
    assert isinstance(await check(consent_tx, recorded.view.recording_id, by=other), NotFound)


async def test_a_guardian_who_has_lost_custody_meanwhile_leaves_nothing_to_verify(consent_tx: Connection) -> None:

    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    recorded = await put(consent_tx, paper(event, FATHER))
    person = await people.get_subject(consent_tx, MEANS.vault, home.subject_id)
    assert person is not None
    await learn_custody(consent_tx, MEANS.vault, person, registered(guardians=((MOTHER, Custody.SOLE),)), now=LATER)

    assert isinstance(await check(consent_tx, recorded.view.recording_id), NotFound)


async def test_a_recorded_no_waits_for_nobody_and_stands_in_no_list(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    no = await put(consent_tx, paper(event, FATHER, Choice.NO))
    yes = await put(consent_tx, paper(event, MOTHER))

    listed = await list_recordings(consent_tx, MEANS, HEAD, now=LATER)

    assert isinstance(listed, RecordingList)
    assert (no.view.waits, yes.view.waits) == (False, True)
    assert [one.recording_id for one in listed.recordings] == [yes.view.recording_id]


async def test_an_interpreter_at_a_distance_and_a_helper_stand_with_the_answer(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    oral: dict[str, Any] = {"medium": RecordedWay.ORAL, "document_sha256": None, "witness": HEAD.principal, "reason": WhyOral.INTERPRETED}

    with pytest.raises(Invalid):
        await record_answer(consent_tx, MEANS, STAFF, paper(event, FATHER, **oral), now=LATER)
    through: dict[str, Any] = {"interpreted_by": Interpreter.BY_TELEPHONE, "interpreted_to": "so", "helper": Helper.RELATIVE}
    await put(consent_tx, paper(event, FATHER, **oral, **through))

    listed = await list_recordings(consent_tx, MEANS, HEAD, now=LATER)
    assert isinstance(listed, RecordingList)
    (shown,) = listed.recordings
    assert (shown.interpreted_by, shown.interpreted_to, shown.helper) == ("by-telephone", "so", "relative")
    assert shown.heard_how is None


async def test_how_a_child_was_heard_and_by_whom_stands_with_its_answer(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    oral: dict[str, Any] = {"medium": RecordedWay.ORAL, "document_sha256": None, "witness": HEAD.principal, "reason": WhyOral.IN_MEETING}
    child = paper(event, CHILD, together_with=STRANGER, heard_how=HowHeard.SUPPORTED, **oral)

    foreign = msgspec.structs.replace(child, heard_by=f"{ISSUER} nobody")
    assert isinstance(await record_answer(consent_tx, MEANS, STAFF, foreign, now=LATER), Refused)
    recorded = await put(consent_tx, msgspec.structs.replace(child, heard_by=STAFF.principal))

    kept = await recordings.get(consent_tx, recorded.view.recording_id)
    assert kept is not None
    assert (kept.heard_how, kept.heard_by) == (HowHeard.SUPPORTED, STAFF.principal)
