"""Commit audit's own readings, and refused tries to read, in the log itself, before the answer leaves (rule 36)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import LogBrokenError, is_officer, year_of
from services.audit.storage import logs, register
from services.audit.usecases.open_log import open_log
from services.audit.usecases.write_leaves import Draft, write_leaves
from shared.auth import Caller
from shared.contracts.entry import Entry, Person
from shared.database import Connection
from shared.errors import Unavailable
from shared.ids import new_id


async def may_read(tx: Connection, caller: Caller, organisation: str, *, now: datetime) -> bool:
    """Whether the caller is this organisation's data-protection officer now."""
    return is_officer(await register.grants(tx, caller.principal, organisation), organisation, now)


async def record_reading(
    tx: Connection,
    keeper: Keeper,
    caller: Caller,
    organisation: str,
    action: str,
    *,
    object_id: UUID | None = None,
    query: Sequence[str] = (),
    count: int | None = None,
    now: datetime,
) -> UUID:
    """One entry in the log of the organisation whose entries are read; its id.

    Raises Unavailable when that log cannot be written: then there is no answer.
    """
    entry = _entry(caller, organisation, action, object_id, now)
    await _write(tx, keeper, entry, tuple(query), count, now)
    return entry.entry_id


async def record_refusal(
    tx: Connection, keeper: Keeper, caller: Caller, owner: str | None, *, object_id: UUID | None = None, now: datetime
) -> None:
    """A refused try: in the owner's log when what was asked for exists, else the actor's organisation's, else the operator's (DESIGN 8)."""
    for organisation in (owner, caller.organisation, keeper.operator):
        if organisation is not None and await register.is_known(tx, organisation):
            entry = _entry(caller, organisation, "access.refused", object_id, now, refused=True)
            await _write(tx, keeper, entry, (), None, now)
            return
    raise Unavailable("audit-unavailable")


def _entry(caller: Caller, organisation: str, action: str, object_id: UUID | None, now: datetime, *, refused: bool = False) -> Entry:
    return Entry(
        entry_id=new_id(now),
        organisation=organisation,
        at=now,
        action=action,
        person=Person(actor_kind=str(caller.kind), actor=caller.principal),
        actor_organisation=caller.organisation if caller.organisation != organisation else None,
        answer="refused" if refused else "done",
        reasons=("no-grant",) if refused else (),
        object_id=object_id,
    )


async def _write(tx: Connection, keeper: Keeper, entry: Entry, query: tuple[str, ...], count: int | None, now: datetime) -> None:
    log = await open_log(tx, keeper, entry.organisation, year_of(now), now=now)
    if log is None or await logs.halted(tx, [log.log_id]):
        raise Unavailable("audit-unavailable")
    try:
        await write_leaves(tx, keeper, [Draft(log=log, entry=entry, producer="audit", query=query, count=count)], now=now)
    except LogBrokenError as broken:  # the sequencer meets the same and stops the log
        raise Unavailable("audit-unavailable") from broken
