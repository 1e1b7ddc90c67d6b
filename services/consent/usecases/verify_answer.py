"""A second person compares a recorded answer with the paper, or with what the witness heard: then its yes counts."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.domain.recording import Helper, HowHeard, Interpreter, RecordedWay
from services.consent.storage import holds, organisations, people, recordings, requests
from services.consent.usecases.check_custody import is_silent_too_long
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.hold_consent import own_request, refuse
from services.consent.usecases.means import Means
from services.consent.usecases.record_answer import AnswerRecorded, RecordedOutcome, RecordedRow, count_recorded, note_recording
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_request import see_request
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import AppError, Invalid, Refused
from shared.words import Iso639

ACTION = "answer.verified"


class RecordingListed(msgspec.Struct, frozen=True, kw_only=True):
    """What a second person has to compare. Who answered stands on the paper, not here."""

    recording_id: UUID
    request_id: UUID
    case_id: UUID
    unit: str
    child_ref: UUID
    medium: RecordedWay
    document_sha256: str | None
    answers: tuple[RecordedRow, ...]
    answered_at: datetime
    recorded_at: datetime
    interpreted_by: Interpreter | None
    interpreted_to: Iso639 | None
    helper: Helper | None
    heard_how: HowHeard | None


class RecordingList(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first."""

    recordings: tuple[RecordingListed, ...]


async def verify_answer(tx: Connection, means: Means, caller: Caller, recording_id: UUID, *, now: datetime) -> RecordedOutcome | AppError:
    """Another person of the same organisation than who recorded it. Level of assurance is the guard's. Again changes nothing.

    Custody is that of now: who is asked no more has nothing to verify.
    """
    found = await recordings.get(tx, recording_id)
    asked = None if found is None else await requests.get(tx, found.request_id)
    request = await own_request(tx, means, caller, asked, recording_id, ACTION, now=now)
    if isinstance(request, AppError):
        return request
    await people.lock(tx, request.child_id)
    recording = await recordings.lock(tx, recording_id)
    seen = None if recording is None else await see_request(tx, means.vault, request, recording.person_id, now=now)
    if recording is None or seen is None:
        return await refuse_access(tx, caller, owner=request.organisation, object_id=recording_id, now=now)
    view = AnswerRecorded(recording_id=recording_id, waits=False)
    if recording.recorded_by == caller.principal:
        return await refuse(tx, caller, request, recording_id, ACTION, Refused("second-person-needed"), now=now)
    if recording.verified_by is not None:
        return RecordedOutcome(view=view)
    if await is_silent_too_long(tx, means, request.child_id, now=now):
        return await refuse(tx, caller, request, recording_id, ACTION, Refused("custody-not-checked"), now=now)
    await recordings.verify(tx, recording_id, caller.principal, now=now)
    said = await recordings.choices(tx, recording_id)
    asked_now = {row.row_number for row, _ in seen.rows}
    opening = {row: choice for row, choice in said.items() if choice is Choice.YES and row in asked_now}
    stops = await count_recorded(tx, means, request, recording, opening, now=now) if opening else ()
    await note_recording(tx, caller, seen, recording, said, ACTION, now=now)
    return RecordedOutcome(view=view, stops=stops)


async def list_recordings(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> RecordingList | Refused | Invalid:
    """What waits for a second person at the units that the caller has a grant for. One entry."""
    action = "recorded-answers.listed"
    refusal = await check_grant(tx, caller, action, operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    units = None
    if caller.kind is Kind.PERSON:
        units = await organisations.granted_units(tx, caller.principal, organisation, now=now)
    listed = [
        RecordingListed(
            recording_id=one.recording_id,
            request_id=one.request_id,
            case_id=one.case_id,
            unit=one.unit,
            child_ref=await people.reference(tx, organisation, one.child_id, now=now),
            medium=one.way,
            document_sha256=None if one.document_sha256 is None else one.document_sha256.hex(),
            answers=tuple(RecordedRow(row=row, choice=choice) for row, choice in (await recordings.choices(tx, one.recording_id)).items()),
            answered_at=one.answered_at,
            recorded_at=one.recorded_at,
            interpreted_by=one.interpreted_by,
            interpreted_to=one.interpreted_to,
            helper=one.helper,
            heard_how=one.heard_how,
        )
        for one in await recordings.waiting(tx, organisation, units)
        if await holds.may_see(tx, one.child_id, organisation, caller.principal)
    ]
    await record(tx, caller, action, organisation=organisation, now=now)
    return RecordingList(recordings=tuple(listed))
