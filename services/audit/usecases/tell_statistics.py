"""The follow-up numbers of one year, over the organisations that the officer answers for (A44)."""

from datetime import datetime

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.statistics import Cell, Tally
from services.audit.storage import entries, logs, register
from services.audit.usecases.record_reading import record_reading, record_refusal
from services.audit.usecases.search_entries import as_seen
from shared.auth import Caller
from shared.database import Connection

_STEP = 1024


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """All cells, and out of which logs at which size: with these anybody counts again."""

    year: int
    sizes: dict[str, int]
    cells: tuple[Cell, ...]


async def tell_statistics(tx: Connection, keeper: Keeper, caller: Caller, year: int, *, now: datetime) -> Statistics | None:
    """None when the caller is nobody's officer, which is an entry. The count is an entry in each log that was counted."""
    organisations = await register.organisations_of_officer(tx, caller.principal, now)
    if not organisations:
        await record_refusal(tx, keeper, caller, None, now=now)
        return None
    sizes: dict[str, int] = {}
    cells: list[Cell] = []
    for organisation in organisations:
        log = await logs.find(tx, organisation, year)
        if log is None:
            continue
        size = sizes[log.origin] = (await logs.state(tx, log.log_id)).size
        tally = Tally(organisation)
        for low in range(0, size, _STEP):
            for row in await entries.between(tx, log.year, log.log_id, low, min(low + _STEP, size)):
                seen = as_seen(row)
                if seen.leaf is not None:
                    tally.look(seen.leaf)
        cells += tally.cells()
        query = (f"year={year}",)
        await record_reading(tx, keeper, caller, organisation, "statistics.read", query=query, count=size, now=now)
    return Statistics(year=year, sizes=sizes, cells=tuple(cells))
