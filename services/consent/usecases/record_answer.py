"""An answer on paper or by word of mouth, recorded by staff or a system: a yes waits for a second person, a no counts at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.domain.numbers import normalised
from services.consent.domain.periods import day_of
from services.consent.domain.recording import Evidence, Helper, HowHeard, Interpreter, RecordedWay, WhyOral, faults
from services.consent.domain.request import Request, Served
from services.consent.domain.wording import Language, Rendering
from services.consent.storage import organisations, people, recordings, requests
from services.consent.storage.recordings import Recording
from services.consent.usecases.answer_request import RowAnswer, check_rows, settle
from services.consent.usecases.entries import record
from services.consent.usecases.hold_consent import own_request, refuse
from services.consent.usecases.issue_receipt import Way, issue_answer
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import number_in
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_request import Seen, role_of, see_request
from services.consent.usecases.show_request import page_of
from services.consent.usecases.tell_holder import tell_asker
from shared.auth import Caller
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused
from shared.ids import new_id
from shared.law.disposers import Role, age_on
from shared.words import Iso639, PersonalNumber, Principal, Sha256

ACTION = "answer.recorded"


class RecordedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on one row."""

    row: int
    choice: Choice


class NewRecordedAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose answer to which question, how it came, and which page it was given to. Numbers stand in the body only."""

    request_id: UUID
    number: PersonalNumber
    medium: RecordedWay
    answered_at: datetime
    """When it was signed or said, with its offset."""
    answers: tuple[RecordedRow, ...]
    language: Language
    rendering: Rendering
    document_sha256: Sha256 | None = None
    """Of the scan, which stays at the organisation."""
    witness: Principal | None = None
    """A colleague who heard it."""
    reason: WhyOral | None = None
    together_with: PersonalNumber | None = None
    """The adult with whom a child answered."""
    interpreted_by: Interpreter | None = None
    interpreted_to: Iso639 | None = None
    """Which language the page was interpreted to."""
    helper: Helper | None = None
    heard_how: HowHeard | None = None
    """How a child said it."""
    heard_by: Principal | None = None
    """The professional who talked with the child: who records it, or a colleague."""


class AnswerRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a yes in it waits for a second person. Not what it has brought about: that is to be asked for."""

    recording_id: UUID
    waits: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedOutcome:
    """The view, and the stops that the barrier must confirm after the commit."""

    view: AnswerRecorded
    stops: tuple[Stop, ...] = ()


async def record_answer(
    tx: Connection, means: Means, caller: Caller, made: NewRecordedAnswer, *, now: datetime
) -> RecordedOutcome | AppError:
    """Keep it with its evidence and with the page as it read. Somebody who is not asked gives the same answer as an unknown question.

    What closes or stops counts at once, as a call does (DESIGN 8 d); what opens waits until another person has verified it.
    """
    digits = number_in(made.number)
    request = await own_request(tx, means, caller, await requests.get(tx, made.request_id), made.request_id, ACTION, now=now)
    if isinstance(request, AppError):
        return request
    await people.lock(tx, request.child_id)
    person = await people.find(tx, means.vault, digits)
    seen = None if person is None else await see_request(tx, means.vault, request, person.person_id, now=now)
    if person is None or seen is None:
        return await refuse_access(tx, caller, owner=request.organisation, object_id=made.request_id, now=now)
    together_with = await _check(tx, means, made, seen, person.person_id, age_on(person.birth_date, day_of(now)), now=now)
    if not await _are_colleagues(tx, caller, request.organisation, made, now=now):
        return await refuse(tx, caller, request, made.request_id, ACTION, Refused("second-person-needed"), now=now)
    recording = Recording(
        recording_id=new_id(now),
        request_id=request.request_id,
        person_id=person.person_id,
        way=made.medium,
        served_id=await _keep_page(tx, request, seen, person.person_id, made, now=now),
        document_sha256=None if made.document_sha256 is None else bytes.fromhex(made.document_sha256),
        witness=made.witness,
        reason=made.reason,
        together_with=together_with,
        answered_at=made.answered_at,
        recorded_by=caller.principal,
        recorded_at=now,
        interpreted_by=made.interpreted_by,
        interpreted_to=made.interpreted_to,
        helper=made.helper,
        heard_how=made.heard_how,
        heard_by=made.heard_by,
    )
    choices = {one.row: one.choice for one in made.answers}
    await recordings.add(tx, recording, choices)
    closing = {row: choice for row, choice in choices.items() if choice is not Choice.YES}
    stops = await count_recorded(tx, means, request, recording, closing, now=now) if closing else ()
    await note_recording(tx, caller, seen, recording, choices, ACTION, now=now)
    view = AnswerRecorded(recording_id=recording.recording_id, waits=Choice.YES in choices.values())
    return RecordedOutcome(view=view, stops=stops)


async def count_recorded(
    tx: Connection, means: Means, request: Request, recording: Recording, choices: Mapping[int, Choice], *, now: datetime
) -> tuple[Stop, ...]:
    """Let these rows of a recording be the person's answers, said when they were said; a later answer of theirs stands above them."""
    for row, choice in choices.items():
        await requests.add_answer(
            tx,
            requests.NewAnswer(
                answer_id=new_id(now),
                request_id=request.request_id,
                row_number=row,
                person_id=recording.person_id,
                choice=choice,
                way=recording.way,
                issuer=recording.recorded_by,
                acr="",
                authenticated_at=None,
                served_id=recording.served_id,
                answered_at=recording.answered_at,
                recorded_at=now,
                recording_id=recording.recording_id,
            ),
        )
    rows = [one for one in await requests.rows(tx, request.request_id) if one.row_number in choices]
    stops = await settle(tx, means, request, rows, recording.person_id, now=now)
    said = {row: str(choice) for row, choice in choices.items()}
    way = Way(way=recording.way, issuer=recording.recorded_by)
    await issue_answer(tx, recording.person_id, request.request_id, said, way, recording.served_id, now=now)
    await tell_asker(tx, request.request_id, now=now)
    return stops


async def note_recording(
    tx: Connection, caller: Caller, seen: Seen, recording: Recording, choices: Mapping[int, Choice], action: str, *, now: datetime
) -> None:
    """The entry: how it came and what was said, as codes."""
    await record(
        tx,
        caller,
        action,
        organisation=seen.request.organisation,
        now=now,
        subject=seen.child.person.subject_id,
        request=seen.request,
        rows=[row for row, _ in seen.rows if row.row_number in choices],
        reasons=(str(recording.way), *sorted({str(one) for one in choices.values()}), *_circumstances(recording)),
        object_id=recording.recording_id,
    )


def _circumstances(recording: Recording) -> list[str]:
    told = (("interpreter", recording.interpreted_by), ("helper", recording.helper), ("heard", recording.heard_how))
    return [f"{what}-{code}" for what, code in told if code is not None]


async def _check(
    tx: Connection, means: Means, made: NewRecordedAnswer, seen: Seen, person_id: UUID, age: int, *, now: datetime
) -> UUID | None:
    """The adult with whom a child answered. Raises Invalid with every fault."""
    check_rows([RowAnswer(row=one.row, choice=one.choice) for one in made.answers], {row.row_number: row for row, _ in seen.rows})
    if made.answered_at.tzinfo is None:
        raise Invalid("request-invalid", faults=[Fault("#/answered_at", "must have its offset")])
    digits = None if made.together_with is None else normalised(made.together_with)
    if made.together_with is not None and digits is None:
        raise Invalid("request-invalid", faults=[Fault("#/together_with", "not a number of twelve digits")])
    adult = None if digits is None else await people.ensure(tx, means.vault, digits, name=None, now=now)
    evidence = Evidence(
        way=made.medium,
        role=_role(seen, person_id),
        age=age,
        answered_at=made.answered_at,
        has_document=made.document_sha256 is not None,
        has_witness=made.witness is not None,
        has_reason=made.reason is not None,
        adult_age=None if adult is None else age_on(adult.birth_date, day_of(now)),
        interpreted=made.reason is WhyOral.INTERPRETED,
        has_interpreter=made.interpreted_by is not None,
        has_language=made.interpreted_to is not None,
        heard=made.heard_how is not None or made.heard_by is not None,
    )
    found = faults(evidence, asked_at=seen.request.asked_at, now=now)
    if found:
        raise Invalid("request-invalid", faults=[Fault(f"#/{member}", text) for member, text in found])
    return None if adult is None else adult.person_id


def _role(seen: Seen, person_id: UUID) -> Role:
    roles: Sequence[Role] = [role for _, weighed in seen.rows if (role := role_of(weighed, person_id)) is not None]
    return Role.CHILD if person_id == seen.request.child_id else roles[0]


async def _keep_page(tx: Connection, request: Request, seen: Seen, person_id: UUID, made: NewRecordedAnswer, *, now: datetime) -> UUID:
    """What was on the paper, or was read aloud: the page in that language and rendering, as of when it was answered."""
    page = await page_of(tx, request, [row for row, _ in seen.rows], made.language, made.rendering)
    served = Served(
        served_id=new_id(now),
        request_id=request.request_id,
        person_id=person_id,
        text_sha256=request.text_sha256,
        language=made.language,
        rendering=made.rendering,
        shown_sha256=page.sha256,
        served_at=made.answered_at,
    )
    await requests.add_served(tx, served)
    return served.served_id


async def _are_colleagues(tx: Connection, caller: Caller, organisation: str, made: NewRecordedAnswer, *, now: datetime) -> bool:
    """The witness is another than who records; who talked with the child may be the same."""
    if made.witness == caller.principal:
        return False
    named = {made.witness, made.heard_by} - {None, caller.principal}
    return all([await organisations.has_grant(tx, one, organisation, now=now) for one in named if one is not None])
