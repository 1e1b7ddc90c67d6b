"""What becomes of a drawn entry: the officer asks, the unit's manager answers, another officer signs (audit.md 37, A38)."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import Leaf
from services.audit.domain.log import Log
from services.audit.domain.review import Asked, Explained, Item, Verdict, is_manager
from services.audit.storage import entries, logs, register, reviews
from services.audit.usecases.plan_review import find_plan, token_in
from services.audit.usecases.record_reading import record_reading, record_refusal
from services.audit.usecases.search_entries import as_seen
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, Conflict, NotFound

_replace = msgspec.structs.replace


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the unit's manager reads it: the act, and what is asked about it."""

    item: Item
    leaf: Leaf


async def ask_unit(
    tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, index: int, question: Asked, *, now: datetime
) -> Item | AppError:
    """Put a question about a drawn entry to the manager of its unit. Nobody reviews their own acts."""
    plan, log = await find_plan(tx, keeper, caller, plan_id, now=now)
    item = await reviews.lock_item(tx, plan_id, index) if plan else None
    if plan is None or log is None or item is None:
        return NotFound()
    mine = await token_in(tx, keeper, log, caller)
    if await _is_about(tx, log, index, mine):
        return Conflict("review-needs-another")
    if item.state != "drawn":
        return Conflict("review-out-of-order")
    asked = _replace(item, state="asked", question=str(question), asked_by=mine, changed_at=now)
    return await _save(tx, keeper, caller, log, asked, "review.asked", f"question={question}", now=now)


async def list_questions(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, *, now: datetime) -> list[Put]:
    """The questions that wait for this manager. Reading them is an entry, with how many there were."""
    grants = await register.grants(tx, caller.principal, organisation)
    waiting = [item for item in await reviews.asked(tx, organisation) if is_manager(grants, organisation, item.unit, now)]
    put = []
    for item in waiting:
        plan = await reviews.lock(tx, item.plan_id)
        log = await logs.find_by_id(tx, plan.log_id) if plan else None
        leaf = await _leaf(tx, log, item.entry_index) if log else None
        if leaf is not None:
            put.append(Put(item=item, leaf=leaf))
    if not any(grant.role == "manager" for grant in grants):
        await record_refusal(tx, keeper, caller, None, now=now)
    else:
        await record_reading(tx, keeper, caller, organisation, "review.questions-read", count=len(put), now=now)
    return put


async def answer_question(
    tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, index: int, explanation: Explained, *, now: datetime
) -> Item | AppError:
    """The manager of the entry's unit answers, for others' acts only, and not the officer who asked."""
    plan = await reviews.lock(tx, plan_id)
    item = await reviews.lock_item(tx, plan_id, index) if plan else None
    log = await logs.find_by_id(tx, plan.log_id) if plan else None
    grants = await register.grants(tx, caller.principal, plan.organisation) if plan else []
    if plan is None or log is None or item is None or not is_manager(grants, plan.organisation, item.unit, now):
        owner = plan.organisation if plan else None
        await record_refusal(tx, keeper, caller, owner, object_id=plan_id if plan else None, now=now)
        return NotFound()
    mine = await token_in(tx, keeper, log, caller)
    if mine == item.asked_by or await _is_about(tx, log, index, mine):
        return Conflict("review-needs-another")
    if item.state != "asked":
        return Conflict("review-out-of-order")
    answered = _replace(item, state="answered", explanation=str(explanation), answered_by=mine, changed_at=now)
    return await _save(tx, keeper, caller, log, answered, "review.answered", f"explanation={explanation}", now=now)


async def sign_finding(
    tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, index: int, verdict: Verdict, *, now: datetime
) -> Item | AppError:
    """Close a finding. An entry that nobody asked about is closed by the planner's colleague too: four eyes on every one."""
    plan, log = await find_plan(tx, keeper, caller, plan_id, now=now)
    item = await reviews.lock_item(tx, plan_id, index) if plan else None
    if plan is None or log is None or item is None:
        return NotFound()
    mine = await token_in(tx, keeper, log, caller)
    first = item.asked_by or plan.planned_by
    if mine in {first, item.answered_by} or await _is_about(tx, log, index, mine):
        return Conflict("review-needs-another")
    if item.state not in {"drawn", "answered"}:
        return Conflict("review-out-of-order")
    signed = _replace(item, state="signed", verdict=str(verdict), signed_by=mine, changed_at=now)
    return await _save(tx, keeper, caller, log, signed, "review.signed", f"verdict={verdict}", now=now)


async def _save(tx: Connection, keeper: Keeper, caller: Caller, log: Log, item: Item, action: str, said: str, *, now: datetime) -> Item:
    await reviews.save_item(tx, item)
    query = (f"index={item.entry_index}", said)
    await record_reading(tx, keeper, caller, log.organisation, action, object_id=item.plan_id, query=query, now=now)
    return item


async def _is_about(tx: Connection, log: Log, index: int, token: bytes) -> bool:
    leaf = await _leaf(tx, log, index)
    return leaf is not None and leaf.actor == token.hex()


async def _leaf(tx: Connection, log: Log, index: int) -> Leaf | None:
    rows = await entries.between(tx, log.year, log.log_id, index, index + 1)
    return as_seen(rows[0]).leaf if rows else None
