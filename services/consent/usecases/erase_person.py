"""Erase a person: one decides, another confirms, the key is destroyed, and it is done when every house has answered (DESIGN 8, I7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.storage import consents, erasures, people
from services.consent.storage.erasures import Erasure, HouseAnswer, LedgerLine
from services.consent.usecases.change_rows import stop_rows
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import number_in
from services.consent.usecases.refuse_access import refuse_access
from shared import outbox
from shared.auth import Caller
from shared.contracts.consent import PersonErased, RowState
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Refused
from shared.ids import new_id

HOUSES = ("consent", "sharing", "audit")
OVERDUE = timedelta(hours=24)
"""So long a house may take before an erasure shows as overdue."""


class EraseReason(StrEnum):
    """Why; GDPR art. 17.1 a, or that it should never have been kept."""

    REQUEST = "request"
    RETENTION = "retention"
    MISTAKE = "mistake"


class ErasureShown(msgspec.Struct, frozen=True, kw_only=True):
    """How far it has come: `second-person-needed`, `running` until every house has answered, `done`."""

    erasure_id: UUID
    state: str
    reason: str
    decided_at: datetime
    confirmed_at: datetime | None
    houses: tuple[HouseAnswer, ...]
    waiting_for: tuple[str, ...]
    overdue: bool


class ErasureList(msgspec.Struct, frozen=True, kw_only=True):
    """What is not done, oldest first."""

    erasures: tuple[ErasureShown, ...]


class FoundHere(msgspec.Struct, frozen=True, kw_only=True):
    """What consent would destroy, and the id that the other houses are asked about."""

    subject_id: UUID
    kinds: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasing:
    """The view, and what sharing must confirm as stopped."""

    view: ErasureShown
    stops: tuple[Stop, ...] = ()


async def preview_erasure(tx: Connection, means: Means, caller: Caller, number: str, *, now: datetime) -> FoundHere | AppError:
    """The dry run: numbers of rows, and nothing changes. NotFound for somebody unknown or erased."""
    digits = number_in(number)
    refusal = await _operators_own(tx, means, caller, "erasure.previewed", now=now)
    if refusal is not None:
        return refusal
    person = await people.find(tx, means.vault, digits)
    if person is None:
        return await refuse_access(tx, caller, owner=means.operator, object_id=new_id(now), now=now)
    await record(tx, caller, "erasure.previewed", organisation=means.operator, now=now, subject=person.subject_id)
    return FoundHere(subject_id=person.subject_id, kinds=await erasures.count(tx, person.person_id))


async def decide_erasure(
    tx: Connection, means: Means, caller: Caller, number: str, reason: EraseReason, *, now: datetime
) -> ErasureShown | AppError:
    """The first one's word; nothing is destroyed yet. The same person twice is one erasure."""
    digits = number_in(number)
    refusal = await _operators_own(tx, means, caller, "erasure.decided", now=now)
    if refusal is not None:
        return refusal
    person = await people.find(tx, means.vault, digits)
    if person is None:
        return await refuse_access(tx, caller, owner=means.operator, object_id=new_id(now), now=now)
    proposed = Erasure(erasure_id=new_id(now), person_id=person.person_id, reason=reason, decided_by=caller.principal, decided_at=now)
    erasure = await erasures.propose(tx, proposed)
    await _record(tx, caller, means, "erasure.decided", erasure.erasure_id, (erasure.reason,), now=now)
    return await _shown(tx, erasure, now=now)


async def confirm_erasure(tx: Connection, means: Means, caller: Caller, erasure_id: UUID, *, now: datetime) -> Erasing | AppError:
    """The second one's word: the key is destroyed in this transaction. The first one's again, or a repetition, changes nothing."""
    refusal = await _operators_own(tx, means, caller, "erasure.confirmed", now=now)
    if refusal is not None:
        return refusal
    erasure = await erasures.lock(tx, erasure_id)
    if erasure is None:
        return await refuse_access(tx, caller, owner=means.operator, object_id=erasure_id, now=now)
    if erasure.confirmed_by is not None or erasure.decided_by == caller.principal:
        return Erasing(view=await _shown(tx, erasure, now=now))
    person = await people.get(tx, means.vault, erasure.person_id)
    if person is None:
        return Erasing(view=await _shown(tx, erasure, now=now))
    await erasures.confirm(tx, erasure_id, caller.principal, now=now)
    await _record(tx, caller, means, "erasure.confirmed", erasure_id, (erasure.reason,), now=now)
    line = LedgerLine(erasure_id=erasure_id, person_id=person.person_id, subject_id=person.subject_id, erased_at=now)
    stops = await _erase(tx, line, now=now)
    held = await erasures.lock(tx, erasure_id)
    return Erasing(view=await _shown(tx, held or erasure, now=now), stops=stops)


async def show_erasure(tx: Connection, means: Means, caller: Caller, erasure_id: UUID, *, now: datetime) -> ErasureShown | AppError:
    """How far one has come."""
    refusal = await _operators_own(tx, means, caller, "erasure.read", now=now)
    if refusal is not None:
        return refusal
    erasure = await erasures.lock(tx, erasure_id)
    if erasure is None:
        return await refuse_access(tx, caller, owner=means.operator, object_id=erasure_id, now=now)
    await _record(tx, caller, means, "erasure.read", erasure_id, (), now=now)
    return await _shown(tx, erasure, now=now)


async def list_erasures(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> ErasureList | AppError:
    """Everything that waits for a second person or for a house."""
    refusal = await _operators_own(tx, means, caller, "erasures.listed", now=now)
    if refusal is not None:
        return refusal
    await record(tx, caller, "erasures.listed", organisation=means.operator, now=now)
    return ErasureList(erasures=tuple([await _shown(tx, one, now=now) for one in await erasures.list_open(tx)]))


async def erase_again(tx: Connection, *, now: datetime) -> int:
    """After a restore of older data: whoever stands in the ledger is erased once more; how many. The loop confirms the stops."""
    lines = await erasures.undone(tx)
    for line in lines:
        await _erase(tx, line, now=now)
    return len(lines)


async def _erase(tx: Connection, line: LedgerLine, *, now: datetime) -> tuple[Stop, ...]:
    """Stop what stands on this person, destroy the key and what is theirs, and tell the other houses."""
    await people.lock(tx, line.person_id)
    for child_id in await erasures.children_touched(tx, line.person_id):
        await people.lock(tx, child_id)
    epoch, _ = await consents.feed(tx)
    rows = [await consents.lock_row(tx, key, epoch=epoch) for key in await erasures.rows_touched(tx, line.person_id)]
    given = [row for row in rows if row is not None and row.state is RowState.GIVEN]
    stops = await stop_rows(tx, given, Ending.ERASED, by=None, now=now)
    principals = await people.logins(tx, line.person_id)
    await erasures.enter(tx, line)
    destroyed = await erasures.erase(tx, line.erasure_id)
    await erasures.add_answer(tx, line.erasure_id, "consent", destroyed, now=now)
    told = PersonErased(erasure_id=line.erasure_id, subject_id=line.subject_id, principals=principals, erased_at=line.erased_at)
    await outbox.add(tx, told, now=now)
    return stops


async def _operators_own(tx: Connection, means: Means, caller: Caller, action: str, *, now: datetime) -> AppError | None:
    """An erasure reaches into every organisation's data: only staff of the operator, who acts for all of them (GDPR art. 28)."""
    refusal = await check_grant(tx, caller, action, operator=means.operator, now=now)
    if refusal is not None or caller.organisation == means.operator:
        return refusal
    await record(tx, caller, action, organisation=means.operator, now=now, answer="refused", reasons=("no-grant",))
    return Refused("no-grant")


async def _record(
    tx: Connection, caller: Caller, means: Means, action: str, erasure_id: UUID, reasons: tuple[str, ...], *, now: datetime
) -> None:
    """Without the subject: audit would make a new key for somebody whose key it is about to destroy."""
    await record(tx, caller, action, organisation=means.operator, now=now, reasons=reasons, object_id=erasure_id)


async def _shown(tx: Connection, erasure: Erasure, *, now: datetime) -> ErasureShown:
    answered = await erasures.answers(tx, erasure.erasure_id)
    waiting = tuple(sorted(set(HOUSES) - {one.house for one in answered})) if erasure.confirmed_at is not None else ()
    return ErasureShown(
        erasure_id=erasure.erasure_id,
        state="second-person-needed" if erasure.confirmed_at is None else "running" if waiting else "done",
        reason=erasure.reason,
        decided_at=erasure.decided_at,
        confirmed_at=erasure.confirmed_at,
        houses=answered,
        waiting_for=waiting,
        overdue=bool(waiting) and erasure.confirmed_at is not None and now - erasure.confirmed_at > OVERDUE,
    )
