"""Years that two officers have retired, and how far each has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.audit.domain.log import Log
from services.audit.domain.retention import Progress, Retirement
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "retention.sql")


async def insert(tx: Connection, one: Retirement, log_ids: Sequence[int]) -> bool:
    """Propose it; False when somebody has already."""
    done: str = await tx.execute(
        QUERIES["insert_retirement"],
        one.retirement_id,
        one.organisation,
        one.year,
        one.decision,
        one.state,
        one.log_id,
        one.proposed_by,
        one.proposed_at,
    )
    if done != "INSERT 0 1":
        return False
    await tx.execute(QUERIES["insert_retired_logs"], one.retirement_id, log_ids)
    return True


async def lock(tx: Connection, retirement_id: UUID) -> Retirement | None:
    """One, for this transaction alone."""
    row = await tx.fetchrow(QUERIES["lock_retirement"], retirement_id)
    return sql.struct(Retirement, row) if row else None


async def save(tx: Connection, one: Retirement, now: datetime) -> None:
    """Where it stands now."""
    await tx.execute(QUERIES["save_retirement"], one.retirement_id, one.state, one.confirmed_by, now)


async def of_organisation(tx: Connection, organisation: str) -> list[Retirement]:
    """The newest year first."""
    return sql.structs(Retirement, await tx.fetch(QUERIES["retirements_of"], organisation))


async def is_proposed(tx: Connection, organisation: str, year: int) -> bool:
    """Whether this year has one."""
    return bool(await tx.fetchval(QUERIES["retirement_of_year"], organisation, year))


async def confirmed(tx: Connection) -> list[UUID]:
    """Those to be done."""
    return [row["retirement_id"] for row in await tx.fetch(QUERIES["confirmed_retirements"])]


async def progress(tx: Connection, retirement_id: UUID) -> list[Progress]:
    """Each log of the year."""
    return sql.structs(Progress, await tx.fetch(QUERIES["retired_logs"], retirement_id))


async def save_progress(tx: Connection, log_id: int, *, upto: int, keys: int, parts: int, kept: int) -> None:
    """So far it is done; so many more keys and parts are gone."""
    await tx.execute(QUERIES["save_progress"], log_id, upto, keys, parts, kept)


async def keys(tx: Connection, log_id: int) -> set[bytes]:
    """Everybody whom the log can still name, as tokens."""
    return {row["token"] for row in await tx.fetch(QUERIES["keys_of_log"], log_id)}


async def count_parts(tx: Connection, log: Log) -> int:
    """How many person parts a log has."""
    return int(await tx.fetchval(QUERIES["count_parts"], log.year, log.log_id))


async def thin(tx: Connection, log: Log, low: int, high: int, kept: Sequence[bytes]) -> int:
    """Delete the person parts of entries `low` to `high`, end exclusive, but for `kept`; how many. Refused for one that is not retired."""
    return int(await tx.fetchval(QUERIES["thin_parts"], log.log_id, log.year, low, high, kept))
