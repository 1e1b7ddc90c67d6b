"""The follow-up numbers of one year, over the organisations that the officer answers for (A44)."""

from datetime import datetime

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.statistics import Cell
from services.audit.storage import logs, register
from services.audit.usecases.count_logs import tally_log
from services.audit.usecases.record_reading import record_reading, record_refusal
from shared.auth import Caller
from shared.database import Connection


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
        cells += (await tally_log(tx, log, size)).cells()
        query = (f"year={year}",)
        await record_reading(tx, keeper, caller, organisation, "statistics.read", query=query, count=size, now=now)
    return Statistics(year=year, sizes=sizes, cells=tuple(cells))
