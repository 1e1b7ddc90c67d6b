"""What must be asked of consent, asked before the transaction: none waits for the network (DESIGN 5)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import AskedItem, Case, row_key
from services.sharing.domain.facts import Judgements
from services.sharing.domain.matters import NEVER_STOPPED
from services.sharing.storage import cases, consent_rows, deliveries, handling, register
from services.sharing.storage.handling import is_named
from services.sharing.usecases.authorise import grants_now, may_act, own_units
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.judge_items import Learned, may_need_consent
from services.sharing.usecases.take_rows import take_rows
from shared.auth import Caller
from shared.contracts.consent import Child, ChildFound, Coverage, CoverageNeed, Reference, RowKey
from shared.contracts.message import Ask
from shared.database import Connection, Database
from shared.errors import Unavailable
from shared.law.codes import Attestation


class Overlay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recorded item again, with what a human says about it now."""

    item_id: UUID
    attested: dict[Attestation, bool] = {}
    judgements: Judgements = Judgements()


async def learn_child(ask: Ask, caller: Caller, child_ref: UUID) -> ChildFound:
    """What the caller's organisation's reference means; empty when it is not theirs, or the caller is not named. Raises Unavailable."""
    if caller.organisation is None:
        return ChildFound()
    found = await ask(Child(organisation=caller.organisation, child_ref=child_ref))
    return found if is_named(found.handlers, caller) else ChildFound()


async def learn_child_at_once(database: Database, ask: Ask, caller: Caller, child_ref: UUID, purpose: str) -> tuple[ChildFound, bool]:
    """The same; for what nothing stops also while consent is away, where a case or a delivery here shows whom the reference means.

    The second is true then: handling is our own copy's word, which no narrowing passes by (DESIGN 5), and the age is nobody's. Raises
    Unavailable where that is not known here either.
    """
    try:
        return await learn_child(ask, caller, child_ref), False
    except Unavailable:
        if purpose not in NEVER_STOPPED or caller.organisation is None:
            raise
        async with database.connection() as connection:
            subject_id = await cases.subject_of(connection, caller.organisation, child_ref)
            if subject_id is None:
                raise
            found = await _known_here(connection, subject_id)
    return (found if is_named(found.handlers, caller) else ChildFound()), True


async def _known_here(connection: Connection, subject_id: UUID) -> ChildFound:
    own = await handling.find(connection, subject_id)
    return ChildFound(subject_id=subject_id, restricted=own.restricted, handlers=own.handlers)


async def learn_for_case(
    database: Database, ask: Ask, ground: Ground, caller: Caller, case_id: UUID, items: Sequence[AskedItem], *, now: datetime
) -> Learned:
    """Child and consent for new items of a case.

    Nothing is asked for a case that is not the caller's: the use case answers 404, and takes no longer for one that exists.
    """
    async with database.connection() as connection:
        case = await cases.find(connection, case_id)
        parties = await cases.parties_of(connection, case_id)
        held = await grants_now(connection, caller, now=now)
    model = None if case is None else ground.tables.models.get(case.model)
    if case is None or not any(may_act(held, unit, model) for unit in own_units(parties, caller)):
        return Learned()
    return await _learn(database, ask, ground, case, items, now=now)


async def learn_for_question(
    database: Database, ask: Ask, ground: Ground, caller: Caller, question: Case, items: Sequence[AskedItem], *, now: datetime
) -> Learned:
    """The same for items about a named child outside any case: asked only for units that the caller holds a grant for."""
    async with database.connection() as connection:
        held = await grants_now(connection, caller, now=now)
        parties = await register.parties(connection, {item.discloser_unit for item in items})
    model = ground.tables.models.get(question.model)
    if not all(may_act(held, item.discloser_unit, model) for item in items):
        return Learned()
    if any(party.organisation != caller.organisation for party in parties.values()):
        return Learned()
    return await _learn(database, ask, ground, question, items, now=now)


async def learn_for_decision(
    database: Database, ask: Ask, ground: Ground, caller: Caller, decision_id: UUID, overlays: Sequence[Overlay], *, now: datetime
) -> Learned:
    """The same for items of a decision that are judged again."""
    said = {overlay.item_id: overlay for overlay in overlays}
    async with database.connection() as connection:
        decision = await cases.find_decision(connection, decision_id)
        recorded = await cases.items_of(connection, [decision_id])
    if decision is None:
        return Learned()
    items = [item.asked(said[item.item_id].attested, said[item.item_id].judgements) for item in recorded if item.item_id in said]
    return await learn_for_case(database, ask, ground, caller, decision.case_id, items, now=now)


async def learn_for_permit(
    database: Database, ask: Ask, ground: Ground, caller: Caller, permit_id: UUID, *, now: datetime
) -> tuple[Learned, UUID | None]:
    """The same for what a permit lets go, and the recipient organisation's own reference for the child.

    The reference is the nil UUID (RFC 9562 5.9) where nothing stops the item, consent is away, and no case or delivery here shows one: the
    recipient reads in the sealed item who it is.
    """
    async with database.connection() as connection:
        permit = await deliveries.find_permit(connection, permit_id)
        if permit is None or permit.organisation != caller.organisation:
            return Learned(), None
        confirmed = await deliveries.items_of_permit(connection, permit_id)
        recorded = await cases.find_items(connection, list(confirmed))
        case = await cases.find(connection, permit.case_id)
        recipient = (await register.parties(connection, [permit.recipient_unit]))[permit.recipient_unit]
    if case is None:
        return Learned(), None
    items = [item.asked(confirmed[item.item_id].attested, confirmed[item.item_id].judgements) for item in recorded]
    learned = await _learn(database, ask, ground, case, items, now=now)
    try:
        made = await ask(Reference(subject_id=case.subject_id, organisation=recipient.organisation))
    except Unavailable:
        if case.purpose not in NEVER_STOPPED:
            raise
        async with database.connection() as connection:
            return learned, await cases.reference_of(connection, recipient.organisation, case.subject_id)
    return learned, made.child_ref


async def learn_for_delivery(database: Database, ask: Ask, ground: Ground, caller: Caller, delivery_id: UUID, *, now: datetime) -> Learned:
    """The same for one delivery that is about to be released."""
    async with database.connection() as connection:
        delivery = await deliveries.find(connection, delivery_id)
        if delivery is None or delivery.recipient_organisation != caller.organisation:
            return Learned()
        confirmed = (await deliveries.items_of_permit(connection, delivery.permit_id))[delivery.item_id]
        recorded = await cases.find_items(connection, [delivery.item_id])
        case = await cases.find(connection, delivery.case_id)
    if case is None:
        return Learned()
    items = [item.asked(confirmed.attested, confirmed.judgements) for item in recorded]
    return await _learn(database, ask, ground, case, items, now=now)


async def _learn(database: Database, ask: Ask, ground: Ground, case: Case, items: Sequence[AskedItem], *, now: datetime) -> Learned:
    """Our own copy first; what it does not answer with a yes is asked, and the rows that come back are applied."""
    try:
        child = await ask(Child(organisation=case.organisation, child_ref=case.child_ref))
    except Unavailable:
        if case.purpose not in NEVER_STOPPED:
            raise
        async with database.connection() as connection:
            return Learned(child=await _known_here(connection, case.subject_id), known_here=True)
    needs: dict[RowKey, CoverageNeed] = {}
    async with database.connection() as connection:
        parties = await register.parties(connection, {unit for item in items for unit in (item.discloser_unit, item.recipient_unit)})
        epoch = await consent_rows.known_epoch(connection)
        for item in items:
            if not {item.discloser_unit, item.recipient_unit} <= set(parties):
                continue
            if may_need_consent(ground.tables, case, item, parties, child, now=now):
                key = row_key(case, item)
                own = await consent_rows.find(connection, key)
                if own is None or not own.lets_through(epoch, now) or not ground.lease.holds():
                    needs[key] = CoverageNeed(key=key, regime=parties[item.discloser_unit].regime)
    if not needs:
        return Learned(child=child)
    try:
        covered = await ask(Coverage(needs=tuple(needs.values())))
    except Unavailable:
        return Learned(child=child)  # consent is unknown then: never a yes
    rows = [coverage.row for coverage in covered.rows if coverage.row is not None]
    if rows:
        async with database.transaction() as tx:
            await take_rows(tx, rows, now=now)
    return Learned(child=child, asked={coverage.key: coverage for coverage in covered.rows})
