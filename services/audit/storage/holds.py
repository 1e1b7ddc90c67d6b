"""Holds, and whom they keep in one log."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.holds import Hold, State
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "holds.sql")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a hold that has not been lifted is on: a case, or the child that is sealed in `box`."""

    hold_id: UUID
    state: State
    case_id: UUID | None
    box: bytes | None


async def stand_still(tx: Connection) -> None:
    """Until the commit nobody else lays a hold nor destroys anything: what destroys sees every hold that has been answered.

    Asked for before any log is locked.
    """
    await tx.execute(QUERIES["hold_still"])


async def insert(tx: Connection, hold: Hold, box: bytes | None) -> None:
    """Lay one; `box` is the sealed child of one without a case."""
    await tx.execute(
        QUERIES["insert_hold"],
        hold.hold_id,
        hold.organisation,
        hold.log_id,
        hold.kind,
        hold.reason,
        hold.case_id,
        hold.review_on,
        hold.state,
        hold.placed_by,
        hold.placed_at,
    )
    if box is not None:
        await tx.execute(QUERIES["seal_held"], hold.hold_id, box)


async def lock(tx: Connection, hold_id: UUID) -> Hold | None:
    """One hold, for this transaction alone."""
    row = await tx.fetchrow(QUERIES["lock_hold"], hold_id)
    return sql.struct(Hold, row) if row else None


async def save(tx: Connection, hold: Hold, now: datetime) -> None:
    """Where it stands now. When it is lifted, nobody knows any more whom it was on."""
    await tx.execute(QUERIES["save_hold"], hold.hold_id, hold.state, hold.confirmed_by, hold.lift_by, hold.lifted_by, now)
    if hold.state is State.LIFTED:
        await tx.execute(QUERIES["forget_held"], hold.hold_id)


async def of_organisation(tx: Connection, organisation: str, *, lifted: bool, most: int) -> list[Hold]:
    """The newest first; those that were lifted only when wanted."""
    return sql.structs(Hold, await tx.fetch(QUERIES["holds_of"], organisation, lifted, most))


async def standing(tx: Connection, organisation: str) -> list[Standing]:
    """Those that have not been lifted."""
    return sql.structs(Standing, await tx.fetch(QUERIES["standing_holds"], organisation))


async def people_of_case(tx: Connection, log_id: int, case_id: UUID) -> set[bytes]:
    """Everybody in the entries of a case, as tokens of this log."""
    return {row["token"] for row in await tx.fetch(QUERIES["people_of_case"], log_id, case_id)}


async def people_of_subject(tx: Connection, log_id: int, subject: bytes) -> set[bytes]:
    """Everybody who acted in entries about this child."""
    return {row["token"] for row in await tx.fetch(QUERIES["people_of_subject"], log_id, subject)}
