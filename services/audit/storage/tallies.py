"""Follow-up numbers as far as they have been counted."""

from services.audit.domain.statistics import VERSION, Counted
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "tallies.sql")


async def uncounted(tx: Connection) -> list[int]:
    """Logs with entries that nobody has counted."""
    return [row["log_id"] for row in await tx.fetch(QUERIES["uncounted_logs"], VERSION)]


async def load(tx: Connection, log_id: int) -> Counted:
    """How far a log has been counted, and the numbers so far; nothing where what is counted has changed since. Held until the commit."""
    upto = await tx.fetchval(QUERIES["counted_upto"], log_id, VERSION)
    if upto is None:
        return Counted(upto=0)
    counts = {(row["quarter"], row["model"], row["measure"]): row["number"] for row in await tx.fetch(QUERIES["counts"], log_id)}
    asked = {row["object_id"]: (row["asked_at"], row["quarter"], row["model"]) for row in await tx.fetch(QUERIES["asked"], log_id)}
    return Counted(upto=upto, counts=counts, asked=asked)


async def save(tx: Connection, log_id: int, before: Counted, after: Counted) -> None:
    """The numbers up to `after.upto`; what was kept by an older way of counting goes."""
    if before.upto == 0:
        await tx.execute(QUERIES["forget_counts"], log_id)
        old = [row["object_id"] for row in await tx.fetch(QUERIES["asked"], log_id)]
    else:
        old = sorted(before.asked.keys() - after.asked.keys())
    await tx.execute(QUERIES["forget_asked"], log_id, old)
    changed = {key: number for key, number in after.counts.items() if before.counts.get(key) != number}
    keys = list(changed)
    columns = [[key[place] for key in keys] for place in range(3)]
    await tx.execute(QUERIES["save_counts"], log_id, *columns, list(changed.values()))
    fresh = {name: asked for name, asked in after.asked.items() if before.asked.get(name) != asked}
    parts = [[asked[place] for asked in fresh.values()] for place in range(3)]
    await tx.execute(QUERIES["save_asked"], log_id, list(fresh), *parts)
    await tx.execute(QUERIES["save_counted"], log_id, VERSION, after.upto)
