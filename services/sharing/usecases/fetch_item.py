"""The fetch is the release (DESIGN 4.5): everything is asked again, in one transaction that holds the governing row."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.cases import Case, DecisionItem, Delivery, Permit, PermitItem, row_key
from services.sharing.domain.duties import TELL_WITHIN, DutyKind, is_told
from services.sharing.domain.glass import by_necessity
from services.sharing.domain.matters import NEVER_STOPPED
from services.sharing.domain.outcomes import Denied, Hidden, Limited, NotYet
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import Released
from services.sharing.storage import cases, consent_rows, deliveries, grants, packages, register
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.give_permit import bound_of, note
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.limit_acts import limit_act
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import deny, hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import Disclosed
from shared.database import Connection
from shared.ids import new_id
from shared.law.codes import Answer, Purpose

AUDIT_BEHIND = timedelta(minutes=5)
"""So old may an organisation's oldest entry be that audit has not sequenced (DESIGN 8 c)."""
RELEASE_WITHIN: Final = 10.0
"""Seconds from the request's arrival, as long as a lease. Its `now`, and whatever was learned about the child, is as old as that."""


class FetchItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which delivery, as the notice named it."""

    delivery_id: UUID


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with everything it stands on, read while the governing row is held."""

    delivery: Delivery
    case: Case
    permit: Permit
    permitted: PermitItem
    item: DecisionItem


async def fetch_item(
    tx: Connection, caller: Caller, request: FetchItem, *, ground: Ground, learned: Learned, now: datetime, arrived: float
) -> Released | Denied | Hidden | NotYet | Limited:
    """The sealed item; the instant of release is this transaction's commit, and the bytes leave only after it.

    In order: (1) whose it is, (2) the governing row is locked, made if absent, (3) delivery and grant are held, (4) use-by, stop
    and key, (5) the rules are asked again with the facts of now, (6) the lease is looked at while the lock is held, (7) the
    decision's and the confirmation's entries are in the log, (8) the recipient unit's count allows it, (9) `now` and everything
    learned are still young, for a process may have stood still since, (10) release and entry are written. Each time again.
    `arrived`: `now` on the ground's monotonic clock.
    """
    delivery = await deliveries.find(tx, request.delivery_id)
    if delivery is None or delivery.recipient_organisation != caller.organisation:  # (1)
        owner = None if delivery is None else delivery.discloser_organisation
        return await hide(tx, caller, owner=owner, now=now, object_id=request.delivery_id)
    standing = await _hold(tx, delivery)  # (2)
    held = await grants_now(tx, caller, now=now, lock=True)  # (3)
    if not may_act(held, delivery.recipient_unit, ground.tables.models.get(standing.case.model)):
        return await hide(tx, caller, owner=delivery.discloser_organisation, now=now, object_id=delivery.delivery_id)
    if (reason := await _cannot_go(tx, standing, now=now)) is not None:  # (4)
        return await _refuse(tx, caller, standing, (reason,), now=now)
    asked = standing.item.asked(standing.permitted.attested, standing.permitted.judgements)
    decided = standing.item.decision_id
    answer = await judge_item(
        tx, ground.tables, standing.case, asked, learned, now=now, trusted=True, lock=True, decision_id=decided
    )  # (5)
    answer = by_necessity(answer) if delivery.purpose is Purpose.EMERGENCY else answer
    if answer.answer is not Answer.YES:
        return await _refuse(tx, caller, standing, answer.reasons, now=now)
    if (held_back := await _hold_back(tx, caller, ground, standing, answer, now=now, arrived=arrived)) is not None:  # (6) to (9)
        return held_back
    return await _release(tx, caller, ground.tables, standing, answer, now=now)  # (10)


async def stands_in_log(tx: Connection, caller: Caller, delivery_id: UUID) -> bool:
    """Whether audit has the decision and the confirmation. There is nothing to wait for where the delivery is not the caller's."""
    for entry_id in await deliveries.entries_of(tx, delivery_id, caller.organisation):
        if await outbox.is_open(tx, entry_id):
            return False
    return True


async def _hold(tx: Connection, delivery: Delivery) -> _Standing:
    """Lock the governing row first and the delivery second, as a stop does, and read both again under the locks."""
    case = await cases.find(tx, delivery.case_id)
    items = await cases.find_items(tx, [delivery.item_id])
    if case is None:
        raise LookupError("a delivery without its case")
    await consent_rows.lock(tx, row_key(case, items[0]))
    await deliveries.lock(tx, delivery.delivery_id)
    held = await deliveries.find(tx, delivery.delivery_id)
    permit = await deliveries.find_permit(tx, delivery.permit_id)
    if held is None or permit is None:
        raise LookupError("a delivery without its permit")
    permitted = (await deliveries.items_of_permit(tx, permit.permit_id))[delivery.item_id]
    return _Standing(delivery=held, case=case, permit=permit, permitted=permitted, item=items[0])


async def _cannot_go(tx: Connection, standing: _Standing, *, now: datetime) -> str | None:
    delivery = standing.delivery
    if delivery.stopped_at is not None:
        return delivery.stop_reason or "consent-withdrawn"
    package = await packages.of_permit(tx, delivery.permit_id)
    if package is not None and package.sent_at is None:
        return "held-for-consent"
    if delivery.use_by <= now or delivery.cipher is None:
        return "use-by-passed" if package is None or delivery.use_by <= now else "delivered-once"
    if ("key", delivery.kid) in await register.thrown_switches(tx):
        return "stopped-by-switch"
    organisations = {delivery.discloser_organisation, delivery.recipient_organisation}
    urgent = delivery.purpose in NEVER_STOPPED
    if len(organisations) > 1 and not urgent and not await grants.agreement_covers(tx, standing.case.model, organisations, now=now):
        return "no-agreement"
    return None


async def _hold_back(
    tx: Connection, caller: Caller, ground: Ground, standing: _Standing, answer: ItemAnswer, *, now: datetime, arrived: float
) -> NotYet | Limited | None:
    """What nothing forbids may have to wait all the same. The count is asked last, the clock after it."""
    if (code := await _not_yet(tx, ground, standing, answer, now=now)) is not None:
        return await _later(tx, caller, standing, code, now=now)
    delivery = standing.delivery
    if (limited := await limit_act(tx, caller, [delivery.recipient_unit], delivery.subject_id, delivery.purpose, now=now)) is not None:
        return limited
    # Consent is caught by the lease; use-by, grant, agreement and the child's protection were all read as of `now`
    return await _later(tx, caller, standing, "unavailable", now=now) if ground.monotonic() - arrived > RELEASE_WITHIN else None


async def _not_yet(tx: Connection, ground: Ground, standing: _Standing, answer: ItemAnswer, *, now: datetime) -> str | None:
    if answer.needs_consent and not ground.lease.holds():
        return "consent-unavailable"
    urgent = standing.delivery.purpose in NEVER_STOPPED
    if not urgent and await _audit_is_behind(tx, standing, now=now):
        return "audit-unavailable"
    return None


async def _audit_is_behind(tx: Connection, standing: _Standing, *, now: datetime) -> bool:
    if await outbox.is_open(tx, standing.item.entry_id) or await outbox.is_open(tx, standing.permit.entry_id):
        return True
    for organisation in {standing.delivery.discloser_organisation, standing.delivery.recipient_organisation}:
        oldest = await outbox.oldest_entry(tx, organisation)
        if oldest is not None and oldest < now - AUDIT_BEHIND:
            return True
    return False


async def _refuse(tx: Connection, caller: Caller, standing: _Standing, reasons: tuple[str, ...], *, now: datetime) -> Denied:
    return await deny(
        tx,
        caller,
        "delivery.fetched",
        "not-released",
        now=now,
        reasons=reasons,
        case_id=standing.case.case_id,
        object_id=standing.delivery.delivery_id,
        unit=standing.delivery.recipient_unit,
        subject=standing.case.subject_id,
    )


async def _later(tx: Connection, caller: Caller, standing: _Standing, code: str, *, now: datetime) -> NotYet:
    await _refuse(tx, caller, standing, (code,), now=now)
    return NotYet(code=code)


async def _release(tx: Connection, caller: Caller, tables: Tables, standing: _Standing, answer: ItemAnswer, *, now: datetime) -> Released:
    delivery = standing.delivery
    release_id = new_id(now)
    entry_id = await record(
        tx,
        caller,
        "delivery.fetched",
        now=now,
        subject=standing.case.subject_id,
        unit=delivery.recipient_unit,
        purpose=delivery.purpose,
        legal_basis=answer.basis,
        categories=(delivery.category,),
        model=standing.case.model,
        rules=None,
        case_id=delivery.case_id,
        object_id=delivery.delivery_id,
    )
    await deliveries.save_release(tx, release_id, delivery.delivery_id, to=caller.principal, entry_id=entry_id, now=now)
    if not delivery.released:
        await _tell_consent(tx, standing, answer, now=now)
    return Released(
        release_id=release_id,
        delivery_id=delivery.delivery_id,
        case_id=delivery.case_id,
        child_ref=delivery.recipient_child_ref,
        jwe=delivery.cipher or "",
        binding=_binding(standing),
        discloser_organisation=delivery.discloser_organisation,
        released_at=now,
        filing_note=note(tables, standing.item, delivery.case_id, answer, now),
    )


async def _tell_consent(tx: Connection, standing: _Standing, answer: ItemAnswer, *, now: datetime) -> None:
    """The family's inbox shows the first release of a delivery; later ones tell it nothing new."""
    delivery = standing.delivery
    row = await consent_rows.find(tx, row_key(standing.case, standing.item)) if answer.needs_consent else None
    told = Disclosed(
        disclosure_id=delivery.delivery_id,
        case_id=delivery.case_id,
        subject_id=delivery.subject_id,
        organisation=delivery.discloser_organisation,
        discloser_unit=delivery.discloser_unit,
        recipient_unit=delivery.recipient_unit,
        purpose=delivery.purpose,
        categories=(delivery.category,),
        basis=answer.basis,
        tell=tuple(answer.tell),
        disclosed_at=now,
        consent_id=None if row is None else row.consent_id,
    )
    await outbox.add(tx, told, now=now)
    if is_told(told.tell):
        await owe_duty(
            tx,
            DutyKind.TELL_FAMILY,
            organisation=delivery.discloser_organisation,
            unit=delivery.discloser_unit,
            case_id=delivery.case_id,
            object_id=delivery.delivery_id,
            due_at=now + TELL_WITHIN,
            now=now,
        )


def _binding(standing: _Standing) -> dict[str, Any]:
    bound: dict[str, Any] = msgspec.to_builtins(bound_of(standing.item, standing.permitted))
    return {**bound, "schema": standing.delivery.schema}
