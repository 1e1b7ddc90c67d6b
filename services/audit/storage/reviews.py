"""Plans of reviews, what was drawn for each, and where every drawn entry stands."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.audit.domain.review import Item, Plan, Standing
from services.audit.domain.sampling import Drawn
from services.audit.storage.checkpoints import Signed
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "reviews.sql")


async def insert(tx: Connection, plan: Plan) -> None:
    """A new plan, whose entry is written already."""
    p = plan
    await tx.execute(
        QUERIES["insert_plan"],
        p.plan_id,
        p.organisation,
        p.log_id,
        p.plan_index,
        p.planned_by,
        p.unit,
        p.since,
        p.until,
        p.share,
        p.upto,
        p.due,
        p.planned_at,
    )


async def lock(tx: Connection, plan_id: UUID) -> Plan | None:
    """A plan, held until the transaction ends."""
    row = await tx.fetchrow(QUERIES["lock_plan"], plan_id)
    return sql.struct(Plan, row) if row else None


async def of_organisation(tx: Connection, organisation: str) -> list[Plan]:
    """The newest plans first."""
    return sql.structs(Plan, await tx.fetch(QUERIES["list_plans"], organisation))


async def first_signed_above(tx: Connection, log_id: int, size: int) -> Signed | None:
    """The first checkpoint that covers more than `size` entries."""
    row = await tx.fetchrow(QUERIES["first_signed_above"], log_id, size)
    return sql.struct(Signed, row) if row else None


async def save_draw(tx: Connection, plan_id: UUID, seed_size: int, drawn: Sequence[Drawn], *, now: datetime) -> None:
    """What was drawn, once and for all."""
    await tx.execute(QUERIES["mark_drawn"], plan_id, seed_size, now)
    indexes, units, whys = [one.index for one in drawn], [one.unit for one in drawn], [one.why for one in drawn]
    await tx.execute(QUERIES["insert_items"], plan_id, indexes, units, whys, now)


async def items(tx: Connection, plan_id: UUID) -> list[Item]:
    """The sample, in the order of the log."""
    return sql.structs(Item, await tx.fetch(QUERIES["list_items"], plan_id))


async def lock_item(tx: Connection, plan_id: UUID, index: int) -> Item | None:
    """One drawn entry, held until the transaction ends."""
    row = await tx.fetchrow(QUERIES["lock_item"], plan_id, index)
    return sql.struct(Item, row) if row else None


async def save_item(tx: Connection, item: Item) -> None:
    """Where it stands now."""
    i = item
    await tx.execute(
        QUERIES["save_item"],
        i.plan_id,
        i.entry_index,
        i.state,
        i.question,
        i.asked_by,
        i.explanation,
        i.answered_by,
        i.verdict,
        i.signed_by,
        i.changed_at,
    )


async def asked(tx: Connection, organisation: str) -> list[Item]:
    """Questions without an answer, the oldest first."""
    return sql.structs(Item, await tx.fetch(QUERIES["asked_items"], organisation))


async def standing(tx: Connection, organisation: str) -> list[Standing]:
    """How far the organisation's reviews are, by plan and unit."""
    return sql.structs(Standing, await tx.fetch(QUERIES["count_items"], organisation))
