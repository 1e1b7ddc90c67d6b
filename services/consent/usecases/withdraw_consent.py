"""End a consent at once, whole or one row: either guardian alone, the child by capacity. No reason, no higher login."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.domain.custody import newest
from services.consent.domain.judgement import Judgement
from services.consent.domain.periods import day_of
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import barriers, consents, custody, people, requests
from services.consent.usecases.change_rows import Why, keep_stop, stop_because
from services.consent.usecases.entries import record
from services.consent.usecases.issue_receipt import Way, issue_withdrawal
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.refuse_access import refuse_access
from shared.auth import Caller
from shared.contracts import sharing
from shared.contracts.consent import GoverningRow, RowState
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid
from shared.law.disposers import ADULT, HEARD, Maturity, age_on


class ConsentWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """`stopped` is said only on sharing's word; otherwise it is recorded and being confirmed."""

    consent_id: UUID
    state: str
    """`stopped` or `being-confirmed`."""
    rows: tuple[int, ...]
    receipt_id: UUID | None = None
    """For what was stopped now; None on a repetition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawn:
    """The view before sharing's word, and all that sharing must confirm before anybody is told *stopped*, earlier stops too."""

    view: ConsentWithdrawn
    stops: tuple[sharing.Stop, ...]


async def withdraw_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, row_number: int | None, *, now: datetime
) -> Withdrawn | AppError:
    """Stop the rows, whichever consent governs them now; earlier answers of this person count no more, in no round.

    A repetition changes nothing and tells how far it has come. NotFound also when the consent is not the caller's to see.
    Source: JO practice in `domain` 3.2 p. 5; as easy as giving, GDPR art. 7.3.
    """
    person_id = person_of(caller)
    consent = await consents.get(tx, consent_id)
    request = None if consent is None else await requests.get(tx, consent.request_id)
    if request is None:
        return await refuse_access(tx, caller, owner=means.operator, object_id=consent_id, now=now)
    await people.lock(tx, request.child_id)
    rows = await withdrawable(tx, means, request, consent_id, person_id, now=now)
    if not rows:
        return await refuse_access(tx, caller, owner=request.organisation, object_id=consent_id, now=now)
    if row_number is not None:
        rows = [one for one in rows if one.row_number == row_number]
        if not rows:
            raise Invalid("request-invalid", faults=[Fault("#/row", "not a row of this consent")])
    return await withdraw_rows(tx, means, caller, consent_id, request, rows, Why(ending=Ending.WITHDRAWN, by=person_id), now=now)


async def withdraw_rows(
    tx: Connection,
    means: Means,
    caller: Caller,
    consent_id: UUID,
    request: Request,
    rows: list[AskedRow],
    why: Why,
    *,
    now: datetime,
) -> Withdrawn:
    """Stop rows by the word of one who may; the same whether they press themselves or staff do it for them."""
    stops, added = await _stop(tx, consent_id, rows, why, now=now)
    if added:
        child = await people.get(tx, means.vault, request.child_id)
        await record(
            tx,
            caller,
            "consent.withdrawn",
            organisation=request.organisation,
            now=now,
            subject=None if child is None else child.subject_id,
            request=request,
            rows=rows,
            reasons=() if why.witness is None else ("by-telephone", why.witness),
            object_id=consent_id,
        )
    numbers = [one.row_number for one in rows]
    way = Way.of(caller) if why.witness is None else Way(way="telephone", issuer=caller.issuer)
    receipt_id = None
    if added and why.by is not None:
        receipt_id = await issue_withdrawal(tx, why.by, request.request_id, consent_id, numbers, way, now=now)
    view = ConsentWithdrawn(
        consent_id=consent_id,
        state="being-confirmed" if stops else "stopped",
        rows=tuple(numbers),
        receipt_id=receipt_id if caller.person_id is not None else None,
    )
    return Withdrawn(view=view, stops=stops)


async def withdrawable(
    tx: Connection, means: Means, request: Request, consent_id: UUID, person_id: UUID, *, now: datetime
) -> list[AskedRow]:
    """The rows of a consent that this person may see and stop.

    Wider than who may give: whoever any source names as a guardian today, the child from 12 or by judgement, the third person for
    their own data. Never a guardian against whom the row is secret.
    """
    child = await people.get(tx, means.vault, request.child_id)
    if child is None:
        return []
    day = day_of(now)
    known = await custody.known(tx, child)
    guardians = {one.person_id for statement in newest(known.statements, day) for one in statement.guardians}
    age = age_on(child.birth_date, day)
    found = []
    for row in await consents.rows(tx, consent_id):
        judged = await custody.judgement(tx, child.person_id, row.key, day=day)
        if row.key.about != "child":
            allowed = row.key.about == str(person_id)
        elif person_id == child.person_id:
            allowed = age >= HEARD or judged.maturity is not None
        else:
            allowed = person_id in guardians and person_id not in judged.secret_from and not _child_alone(judged, age)
        if allowed:
            found.append(row)
    return found


def _child_alone(judged: Judgement, age: int) -> bool:
    return age >= ADULT or judged.maturity is Maturity.CHILD_ALONE


async def _stop(
    tx: Connection, consent_id: UUID, rows: list[AskedRow], why: Why, *, now: datetime
) -> tuple[tuple[sharing.Stop, ...], bool]:
    epoch, _ = await consents.feed(tx)
    said = {one.row_number for one in await consents.stops(tx, consent_id) if one.person_id == why.by}
    governing: list[GoverningRow] = []
    consent_ids = {consent_id}
    added = False
    for row in sorted(rows, key=lambda one: requests.key_values(one.key)):
        locked = await consents.lock_row(tx, row.key, epoch=epoch)
        given = locked is not None and locked.state is RowState.GIVEN
        if locked is not None:
            consent_ids.add(locked.consent_id)
        if locked is not None and given:
            governing.append(locked)
        if row.row_number not in said and not (locked is not None and given and locked.consent_id == consent_id):
            await keep_stop(tx, consent_id, row.row_number, why, now=now)
            added = True
    stopped = await stop_because(tx, governing, why, now=now)
    return await barriers.pending_of(tx, consent_ids), added or bool(stopped)
