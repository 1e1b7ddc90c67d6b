"""Thin the years that two officers have retired: keys first, then person parts, a stretch at a time; every proof holds (audit.md 34)."""

from datetime import datetime
from typing import Final

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import year_of
from services.audit.domain.retention import Progress, Retirement, State
from services.audit.storage import erasure, holds, logs, retention
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.keep_held import kept_in
from services.audit.usecases.open_log import open_log, own_entry
from services.audit.usecases.write_leaves import Draft, write_leaves
from shared.database import Connection

STEP: Final = 2048
"""Entries in one turn and log."""


async def thin_logs(tx: Connection, keeper: Keeper, ledger: Ledger, *, now: datetime) -> int:
    """One stretch of each log that is being thinned; how many entries that was. A year is done when no hold keeps anything of it."""
    await holds.stand_still(tx)
    done, said = 0, []
    for retirement_id in await retention.confirmed(tx):
        one = await retention.lock(tx, retirement_id)
        if one is None or one.state is not State.CONFIRMED:
            continue
        for progress in await retention.progress(tx, retirement_id):
            done += await _thin(tx, keeper, ledger, progress)
        said += await _finish(tx, keeper, one, now=now)
    if said:
        await write_leaves(tx, keeper, said, now=now)  # at once: that locks the logs in the one order
    return done


async def _thin(tx: Connection, keeper: Keeper, ledger: Ledger, at: Progress) -> int:
    """The keys that no hold keeps, in the ledger before they are gone; then the parts of the next entries."""
    log = await logs.find_by_id(tx, at.log_id)
    if log is None or (at.upto == at.size and not at.kept) or await logs.halted(tx, [log.log_id]):
        return 0  # what a log that does not add up holds may be needed to find out why
    held = await kept_in(tx, keeper, log)
    own = await retention.keys(tx, log.log_id)
    kept, free = own & held, [(log.log_id, token) for token in sorted(own - held)]
    if free:
        ledger.add(str(at.retirement_id), free)
        await erasure.destroy(tx, free)
    begin = 0 if len(kept) < at.kept else at.upto  # a hold has been lifted: what it kept lies anywhere
    end = min(begin + STEP, at.size)
    parts = await retention.thin(tx, log, begin, end, sorted(held)) if begin < end else 0
    await retention.save_progress(tx, log.log_id, upto=end, keys=len(free), parts=parts, kept=len(kept))
    return end - begin


async def _finish(tx: Connection, keeper: Keeper, one: Retirement, *, now: datetime) -> list[Draft]:
    """When all of it is gone, the organisation's log says so, with how much."""
    logs_of_year = await retention.progress(tx, one.retirement_id)
    if any(at.upto < at.size or at.kept for at in logs_of_year):
        return []
    await retention.save(tx, msgspec.structs.replace(one, state=State.THINNED), now)
    log = await open_log(tx, keeper, one.organisation, year_of(now), now=now)
    if log is None:
        return []
    entry = own_entry(one.organisation, "log.thinned", now, answer="done", object_id=one.retirement_id)
    query = (f"year={one.year}", f"decision={one.decision}", f"parts={sum(at.parts for at in logs_of_year)}")
    return [Draft(log=log, entry=entry, producer="audit", query=query, count=sum(at.keys for at in logs_of_year))]
