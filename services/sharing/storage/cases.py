"""Cases, decisions, consent requests: rows to structs and back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Case, CaseParty, ConsentRequest, Decision, DecisionItem
from services.sharing.storage.erasure import NOBODY
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "cases.sql")


async def find(tx: Connection, case_id: UUID) -> Case | None:
    """One case, whosever it is."""
    row = await tx.fetchrow(QUERIES["find_case"], case_id)
    return None if row is None else sql.struct(Case, row)


async def subject_of(tx: Connection, organisation: str, child_ref: UUID) -> UUID | None:
    """Whom an organisation's own reference means, as far as a case or a delivery here shows it."""
    found: UUID | None = None if child_ref == NOBODY else await tx.fetchval(QUERIES["subject_of_reference"], organisation, child_ref)
    return found


async def reference_of(tx: Connection, organisation: str, subject_id: UUID) -> UUID:
    """The organisation's own reference for this person, as far as it is known here; else NOBODY."""
    return await tx.fetchval(QUERIES["reference_of_subject"], organisation, subject_id, NOBODY) or NOBODY


async def save(tx: Connection, case: Case, parties: Iterable[CaseParty], *, responsible: str | None = None) -> None:
    """A new case with its parties, and the person who answers for it."""
    await tx.execute(QUERIES["save_case"], *msgspec.structs.astuple(case), responsible)
    await tx.executemany(QUERIES["save_party"], [(case.case_id, party.unit, party.organisation) for party in parties])


async def parties_of(tx: Connection, case_id: UUID) -> list[CaseParty]:
    """The units that take part, by id."""
    return sql.structs(CaseParty, await tx.fetch(QUERIES["parties_of_case"], case_id))


async def find_decision(tx: Connection, decision_id: UUID) -> Decision | None:
    """One decision, whosever it is."""
    row = await tx.fetchrow(QUERIES["find_decision"], decision_id)
    return None if row is None else sql.struct(Decision, row)


async def decisions_of(tx: Connection, case_id: UUID) -> list[Decision]:
    """All decisions of a case, oldest first."""
    return sql.structs(Decision, await tx.fetch(QUERIES["decisions_of_case"], case_id))


async def save_decision(tx: Connection, decision: Decision, items: Iterable[DecisionItem]) -> None:
    """A new decision with its items."""
    await tx.execute(QUERIES["save_decision"], *msgspec.structs.astuple(decision))
    await tx.executemany(QUERIES["save_item"], [_columns(item) for item in items])


async def items_of(tx: Connection, decision_ids: Sequence[UUID]) -> list[DecisionItem]:
    """The items of these decisions, in the order they were asked."""
    return sql.structs(DecisionItem, await tx.fetch(QUERIES["items_of_decisions"], decision_ids))


async def find_items(tx: Connection, item_ids: Sequence[UUID]) -> list[DecisionItem]:
    """These items, whosever they are."""
    return sql.structs(DecisionItem, await tx.fetch(QUERIES["find_items"], item_ids))


async def decline(tx: Connection, item_id: UUID, *, by: str, reason: str, now: datetime) -> None:
    """A human has decided not to tell; the first word stands."""
    await tx.execute(QUERIES["decline_item"], item_id, now, by, reason)


async def requests_of(tx: Connection, decision_id: UUID) -> list[ConsentRequest]:
    """What the family has been asked because of this decision."""
    return sql.structs(ConsentRequest, await tx.fetch(QUERIES["requests_of_decision"], decision_id))


async def save_request(tx: Connection, request: ConsentRequest) -> bool:
    """A new request; false when this discloser's was there already."""
    return await tx.fetchval(QUERIES["save_request"], *msgspec.structs.astuple(request)) is not None


def _columns(item: DecisionItem) -> tuple[Any, ...]:
    flat = msgspec.structs.astuple(item)
    return tuple(msgspec.to_builtins(value) if isinstance(value, dict | msgspec.Struct) else value for value in flat)
