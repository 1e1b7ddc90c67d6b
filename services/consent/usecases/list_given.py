"""What an organisation has been given, or has asked for, about one child: for its staff and systems."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import RowRecord, State, state_of
from services.consent.domain.coverage import coverage
from services.consent.domain.custody import Known
from services.consent.domain.moment import check_past
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import custody, imports, organisations, requests
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.look_back import moment_of, weigh_as_of
from services.consent.usecases.means import Means
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_child import see_child
from shared.auth import Caller, Kind
from shared.contracts.consent import Missing
from shared.database import Connection
from shared.errors import AppError, Invalid


class GivenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it stands now, and whose answer is missing: roles and numbers, never a person."""

    row: int
    recipient_unit: str
    purpose: str
    category: str
    about: str
    state: State
    missing: tuple[Missing, ...]
    consent_id: UUID | None
    """The consent that governs the row, or governed it last; None when nothing has."""
    valid_until: datetime | None
    """Of that consent; for one that is struck out or ended: until when it was valid."""
    ended_at: datetime | None
    paused_until: datetime | None
    as_known_now: State | None = None
    """Of a past moment: the state then by what was recorded later, where that says another."""


class RequestGiven(msgspec.Struct, frozen=True, kw_only=True):
    """One question and what has come of it."""

    request_id: UUID
    unit: str
    model: str
    asked_at: datetime
    answer_by: datetime
    rows: tuple[GivenRow, ...]
    imported: bool = False
    """Collected before Samsyn: the organisation vouches for who signed."""
    media: tuple[str, ...] = ()
    """How the answers have come, each way once: `e-identity`, `paper`, `oral`, `imported`. Not whose came how."""


class GivenList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; only the organisation's own questions."""

    requests: tuple[RequestGiven, ...]


async def list_given(
    tx: Connection, means: Means, caller: Caller, child_ref: UUID, *, now: datetime, at: datetime | None = None
) -> GivenList | AppError:
    """One entry, in the organisation's own log. `at`: as it stood at a moment that has been. Raises Invalid for one that lies ahead."""
    check_past(at, now)
    refusal = await check_grant(tx, caller, "consents.read", operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    child = await see_child(tx, means.vault, caller, organisation, child_ref)
    if child is None:
        return await refuse_access(tx, caller, owner=organisation, object_id=child_ref, now=now)
    known = await custody.known(tx, child)
    units = None
    if caller.kind is Kind.PERSON:
        units = await organisations.granted_units(tx, caller.principal, organisation, now=now)
    own = [one for one in await requests.of_children(tx, [child.person_id]) if one.organisation == organisation]
    own = [one for one in own if at is None or one.asked_at <= at]
    found = [await _request(tx, means, known, one, at=at, now=now) for one in own if units is None or one.discloser_unit in units]
    await record(
        tx,
        caller,
        "consents.read",
        organisation=organisation,
        now=now,
        subject=child.subject_id,
        reasons=moment_of(at),
    )
    return GivenList(requests=tuple(found))


async def _request(tx: Connection, means: Means, child: Known, request: Request, *, at: datetime | None, now: datetime) -> RequestGiven:
    asked = await requests.rows(tx, request.request_id)
    weighed = await weigh_as_of(tx, means.vault, [(child, row.key, request.regime) for row in asked], at=at, now=now)
    rows = [
        msgspec.structs.replace(_row(row, one.record, at or now), as_known_now=known_now)
        for row, (one, known_now) in zip(asked, weighed, strict=True)
    ]
    return RequestGiven(
        request_id=request.request_id,
        unit=request.discloser_unit,
        model=request.model,
        asked_at=request.asked_at,
        answer_by=request.answer_by,
        rows=tuple(rows),
        imported=await imports.is_imported(tx, request.request_id),
        media=await requests.ways(tx, request.request_id, until=at or now),
    )


def _row(asked: AskedRow, facts: RowRecord, now: datetime) -> GivenRow:
    governing, state = facts.governing, state_of(facts, now)
    return GivenRow(
        row=asked.row_number,
        recipient_unit=asked.key.recipient_unit,
        purpose=asked.key.purpose,
        category=asked.key.category,
        about=asked.key.about,
        state=state,
        missing=coverage(asked.key, facts, now).missing,
        consent_id=None if governing is None else governing.consent_id,
        valid_until=None if governing is None else governing.valid_until,
        ended_at=facts.ended_at,
        paused_until=facts.paused_until if state is State.PAUSED else None,
    )
