"""The holder's gate to a consent that it has been given: who may, on which rows, and whether their state lets it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.consent.domain.consent import State, state_of
from services.consent.domain.custody import Known
from services.consent.domain.life import Act, after
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import consents, custody, holds, organisations, people, requests
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.weigh_row import Weighed, weigh_row
from shared.auth import Caller, Kind
from shared.contracts.consent import GoverningRow
from shared.database import Connection
from shared.errors import AppError, Conflict, Fault, Invalid, Refused


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldRow:
    """One row whose lock is held, with all that decides it."""

    asked: AskedRow
    row: GoverningRow
    facts: Weighed
    state: State


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A consent of the caller's own organisation, with the child's lock and the rows' locks held."""

    request: Request
    child: Known
    rows: tuple[HeldRow, ...]


async def open_own(tx: Connection, means: Means, caller: Caller, consent_id: UUID, action: str, *, now: datetime) -> Request | AppError:
    """The request behind a consent, for staff or a system of its discloser; the refusal's entry is in this transaction."""
    refusal = await check_grant(tx, caller, action, operator=means.operator, now=now)
    if refusal is not None:
        return refusal
    consent = await consents.get(tx, consent_id)
    request = None if consent is None else await requests.get(tx, consent.request_id)
    return await own_request(tx, means, caller, request, consent_id, action, now=now)


async def own_request(
    tx: Connection, means: Means, caller: Caller, request: Request | None, object_id: UUID, action: str, *, now: datetime
) -> Request | AppError:
    """A question of the caller's own organisation, at a unit that the caller has a grant for; `object_id` is what was asked for."""
    if request is None:
        return await refuse_access(tx, caller, owner=caller.organisation or means.operator, object_id=object_id, now=now)
    if request.organisation != caller.organisation:
        return await refuse_access(tx, caller, owner=request.organisation, object_id=object_id, now=now)
    if caller.kind is Kind.PERSON and not await organisations.has_grant_at(
        tx, caller.principal, request.organisation, request.discloser_unit, now=now
    ):
        return await refuse(tx, caller, request, object_id, action, Refused("no-grant"), now=now)
    if not await holds.may_see(tx, request.child_id, request.organisation, caller.principal):
        return await refuse_access(tx, caller, owner=request.organisation, object_id=object_id, now=now)
    return request


async def hold_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, row_number: int | None, act: Act, *, now: datetime
) -> Held | AppError:
    """The rows on which the act is allowed now, locked. Conflict when there is none: its detail is the state that forbids it."""
    action = f"consent.{act}"
    request = await open_own(tx, means, caller, consent_id, action, now=now)
    if isinstance(request, AppError):
        return request
    await people.lock(tx, request.child_id)
    rows = await consents.rows(tx, consent_id)
    if row_number is not None:
        rows = [one for one in rows if one.row_number == row_number]
        if not rows:
            raise Invalid("request-invalid", faults=[Fault("#/row", "not a row of this consent")])
    child = await people.get(tx, means.vault, request.child_id)
    if child is None:
        return await refuse_access(tx, caller, owner=request.organisation, object_id=consent_id, now=now)
    known = await custody.known(tx, child)
    held = await _lock(tx, means, request, known, consent_id, rows, now=now)
    allowed = tuple(one for one in held if after(act, one.state) is not None)
    if not allowed:
        state = held[0].state if held else "replaced"
        return await refuse(tx, caller, request, consent_id, action, Conflict("consent-state", f"The state is {state}."), now=now)
    return Held(request=request, child=known, rows=allowed)


async def _lock(
    tx: Connection, means: Means, request: Request, child: Known, consent_id: UUID, rows: list[AskedRow], *, now: datetime
) -> list[HeldRow]:
    """Only rows that this consent governs, or governed last: what a renewal has taken over is the renewal's."""
    epoch, _ = await consents.feed(tx)
    held = []
    for asked in sorted(rows, key=lambda one: requests.key_values(one.key)):
        row = await consents.lock_row(tx, asked.key, epoch=epoch)
        if row is not None and row.consent_id == consent_id:
            facts = await weigh_row(tx, means.vault, child, asked.key, request.regime, now=now)
            held.append(HeldRow(asked=asked, row=row, facts=facts, state=state_of(facts.record, now)))
    return held


async def record_act(
    tx: Connection, caller: Caller, held: Held, consent_id: UUID, act: str, reasons: tuple[str, ...], *, now: datetime
) -> None:
    """The entry of an act of the holder."""
    await record(
        tx,
        caller,
        f"consent.{act}",
        organisation=held.request.organisation,
        now=now,
        subject=held.child.person.subject_id,
        request=held.request,
        rows=[one.asked for one in held.rows],
        reasons=reasons,
        object_id=consent_id,
    )


async def refuse(
    tx: Connection, caller: Caller, request: Request, object_id: UUID, action: str, refusal: AppError, *, now: datetime
) -> AppError:
    """The entry of a refused act on what is the caller's own, and the refusal itself."""
    await record(
        tx,
        caller,
        action,
        organisation=request.organisation,
        now=now,
        request=request,
        answer="refused",
        reasons=(refusal.code,),
        object_id=object_id,
    )
    return refusal
