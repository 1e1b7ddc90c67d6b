"""What a person has given a say in: what holds, what has ended, and what has been shared so far."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.domain.disclosure import Shown, shown
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import barriers, consents, disclosures, organisations, people
from services.consent.usecases.entries import record
from services.consent.usecases.list_requests import requests_near
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.show_request import unit_name
from services.consent.usecases.withdraw_consent import withdrawable
from shared.auth import Caller
from shared.contracts.consent import GoverningRow, RowState
from shared.database import Connection


class ConsentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as the family reads it.

    `state`: `holds`, `paused`, `stopped`, `being-confirmed`, `ended`, `struck-out`; for the last `valid_until` is until when it was valid.
    """

    row: int
    recipient: str
    category: str
    purpose: str
    state: str
    valid_until: datetime | None


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has been told under a row."""

    row: int
    at: datetime


class ConsentListed(msgspec.Struct, frozen=True, kw_only=True):
    """One consent. Who has given it is not said."""

    consent_id: UUID
    request_id: UUID
    child_name: str | None
    organisation: str
    given_at: datetime
    rows: tuple[ConsentRow, ...]
    shared: tuple[Shared, ...] = ()
    """Filled from sharing's `disclosed` events."""


class ConsentList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest request first."""

    consents: tuple[ConsentListed, ...]


async def list_consents(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> ConsentList:
    """Only rows that this person may stop. One entry for each discloser in the list."""
    person_id = person_of(caller)
    found = []
    for request in await requests_near(tx, person_id):
        for consent in await consents.of_request(tx, request.request_id):
            rows = await withdrawable(tx, means, request, consent.consent_id, person_id, now=now)
            if rows:
                found.append((request.organisation, await _listed(tx, means, request, consent, rows, now=now)))
    for organisation in dict(found):
        await record(tx, caller, "consents.listed", organisation=organisation, now=now)
    return ConsentList(consents=tuple(one for _, one in found))


async def _listed(
    tx: Connection, means: Means, request: Request, consent: consents.Consent, rows: list[AskedRow], *, now: datetime
) -> ConsentListed:
    unit = await organisations.unit(tx, request.discloser_unit)
    confirmed = not await barriers.pending_of(tx, [consent.consent_id])
    return ConsentListed(
        consent_id=consent.consent_id,
        request_id=request.request_id,
        child_name=await people.name_of(tx, means.vault, request.child_id),
        organisation=request.organisation if unit is None else unit.display_name,
        given_at=consent.given_at,
        rows=tuple([await _row(tx, consent.consent_id, row, confirmed=confirmed, now=now) for row in rows]),
        shared=await _shared(tx, consent.consent_id, rows),
    )


async def _shared(tx: Connection, consent_id: UUID, rows: list[AskedRow]) -> tuple[Shared, ...]:
    """What has been told under these rows, newest first: shown before anybody takes it back, for it stays told."""
    told = await disclosures.of_subject(tx, rows[0].key.subject_id)
    return tuple(
        Shared(row=row.row_number, at=one.disclosed_at)
        for one in told
        if one.consent_id == consent_id and shown(one) is Shown.ALL
        for row in rows
        if (one.recipient_unit, one.purpose) == (row.key.recipient_unit, row.key.purpose) and row.key.category in one.categories
    )


async def _row(tx: Connection, consent_id: UUID, row: AskedRow, *, confirmed: bool, now: datetime) -> ConsentRow:
    epoch, _ = await consents.feed(tx)
    governing = await consents.row(tx, row.key, epoch=epoch)
    state, until = "ended", None
    if governing is not None and governing.consent_id == consent_id:
        last = await consents.last_ending(tx, governing)
        stops = [one.stopped_at for one in await consents.stops(tx, consent_id) if one.row_number == row.row_number]
        until = min([governing.valid_until, *stops])
        state = _state(governing, None if last is None else last.ending, confirmed=confirmed, now=now)
    return ConsentRow(
        row=row.row_number,
        recipient=await unit_name(tx, row.key.recipient_unit),
        category=row.key.category,
        purpose=row.key.purpose,
        state=state,
        valid_until=until,
    )


def _state(governing: GoverningRow, ending: Ending | None, *, confirmed: bool, now: datetime) -> str:
    if governing.state is RowState.STOPPED:
        stopped = "struck-out" if ending is Ending.STRUCK_OUT else "stopped"
        return stopped if confirmed else "being-confirmed"
    if governing.valid_until <= now:
        return "ended"
    return "holds" if governing.valid_from <= now else "paused"
