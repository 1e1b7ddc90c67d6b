"""Whose names a page may ask consent for: a case that the caller works in, and the units of it that they act for."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.tables import Tables
from services.sharing.usecases.find_case import find_case
from services.sharing.usecases.record import record
from shared.auth import Caller
from shared.database import Connection


class NamesAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What consent is asked: the child and the caller's own units in the case."""

    subject_id: UUID
    organisation: str
    units: tuple[str, ...]


async def name_people(tx: Connection, caller: Caller, case_id: UUID, *, tables: Tables, now: datetime) -> NamesAsked | Hidden:
    """The case's own gate, with the entry of the reading; consent checks the grant once more from its own copy."""
    opened = await find_case(tx, caller, case_id, tables=tables, now=now)
    if isinstance(opened, Hidden):
        return opened
    case = opened.case
    await record(
        tx,
        caller,
        "case.names-read",
        now=now,
        subject=case.subject_id,
        unit=opened.units[0],
        answer="done",
        purpose=case.purpose,
        model=case.model,
        case_id=case_id,
        object_id=case_id,
    )
    return NamesAsked(subject_id=case.subject_id, organisation=caller.organisation or case.organisation, units=opened.units)
