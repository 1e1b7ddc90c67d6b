"""Look through what is new in every log, and let the officer read and mark what was found (audit.md 38)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from services.audit.domain.flags import FOLLOW_UP, WINDOW, Flag, Watch
from services.audit.domain.habits import WEEKS, is_unusual, was_dormant
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, year_of
from services.audit.storage import entries, flags, logs
from services.audit.usecases.plan_review import token_in
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import Seen, as_seen
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection, Database
from shared.errors import AppError, NotFound

EVERY = timedelta(seconds=30)
PAGE = 100
_STEP = 1024
LATE = timedelta(days=30)
"""How long an emergency that was not followed up is looked for; it has its flag long before."""
Mark = Literal["seen", "false-positive"]


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """A flag with the entry that it is on."""

    flag: flags.Raised
    seen: Seen


class WatchLogs:
    """The loop."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self, now: datetime) -> int:
        """Look at most at a thousand new entries of each log; how many flags were raised."""
        raised = 0
        async with self._database.connection() as connection:
            waiting = await flags.unwatched(connection)
        for one in waiting:
            async with self._database.transaction() as tx:
                raised += await watch_log(tx, one, now=now)
        async with self._database.transaction() as tx:
            raised += await watch_follow_up(tx, now=now)
        return raised


async def watch_log(tx: Connection, one: flags.Unwatched, *, now: datetime) -> int:
    """Look at new entries, after an hour of what came before them; how many flags they raised."""
    log = await logs.find_by_id(tx, one.log_id)
    end = min(one.size, one.upto + _STEP)
    if log is None:
        return 0
    fresh = [as_seen(row) for row in await entries.between(tx, log.year, log.log_id, one.upto, end)]
    moments = [datetime.fromisoformat(seen.leaf.at) for seen in fresh if seen.leaf is not None]
    begin = await flags.first_since(tx, log, one.upto, min(moments) - WINDOW) if moments else one.upto
    earlier = [as_seen(row) for row in await entries.between(tx, log.year, log.log_id, max(begin, one.upto - 10 * _STEP), one.upto)]
    watch = Watch()
    found = [flag for seen in (*earlier, *fresh) if seen.leaf is not None for flag in watch.look(seen.index, seen.leaf)]
    new = [flag for flag in found if flag.index >= one.upto]
    new += await _watch_habits(tx, log, one.upto, end, fresh)
    await flags.save(tx, log.log_id, end, new, now=now)
    return len(new)


async def watch_follow_up(tx: Connection, *, now: datetime) -> int:
    """Flag each emergency access that nobody has said in a day whether it was one."""
    found = await flags.unreviewed(tx, now - FOLLOW_UP, now - LATE)
    for log_id, index in found:
        await flags.add(tx, log_id, [Flag(index=index, rule="break-glass-unreviewed")], now=now)
    return len(found)


async def _watch_habits(tx: Connection, log: Log, upto: int, end: int, fresh: Sequence[Seen]) -> list[Flag]:
    """What is unusual for each of the persons who acted in the fresh entries; once a day and person."""
    acts: dict[bytes, list[tuple[int, datetime]]] = {}
    for seen in fresh:
        if seen.leaf is not None and seen.leaf.producer == "sharing" and seen.leaf.actor_kind == "person":
            acts.setdefault(bytes.fromhex(seen.leaf.actor), []).append((seen.index, datetime.fromisoformat(seen.leaf.at)))
    if not acts:
        return []
    actors, latest = list(acts), max(at for those in acts.values() for _, at in those)
    midnight = latest.astimezone(STOCKHOLM).replace(hour=0, minute=0, second=0, microsecond=0)
    children = await flags.children_by_day(tx, log, actors, end, midnight - WEEKS)
    told = await flags.told_since(tx, log, "unusual-volume", actors, midnight)
    last = await flags.last_acts(tx, log, actors, upto)
    found = []
    for actor, those in acts.items():
        days = children.get(actor, {})
        today = days.pop(midnight.date(), 0)
        if actor not in told and is_unusual(today, list(days.values())):
            found.append(Flag(index=those[-1][0], rule="unusual-volume"))
        if was_dormant(last.get(actor), those[0][1]):
            found.append(Flag(index=those[0][0], rule="dormant"))
    return found


async def list_flags(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, *, rule: str | None, before: int | None, marked: bool, now: datetime
) -> list[Flagged] | AppError:
    """A page of this year's flags, newest first. Reading them is an entry."""
    log = await logs.find(tx, organisation, year_of(now))
    if log is None or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if log else None, now=now)
        return NotFound()
    size = (await logs.state(tx, log.log_id)).size
    found = await flags.newest(tx, log.log_id, before=size if before is None else before, rule=rule, marked=marked, limit=PAGE)
    listed = []
    for flag in found:
        rows = await entries.between(tx, log.year, log.log_id, flag.entry_index, flag.entry_index + 1)
        listed += [Flagged(flag=flag, seen=as_seen(row)) for row in rows]
    query = () if rule is None else (f"rule={rule}",)
    await record_reading(tx, keeper, caller, organisation, "flags.listed", query=query, count=len(listed), now=now)
    return listed


async def mark_flag(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, index: int, rule: str, mark: Mark, *, now: datetime
) -> flags.Raised | AppError:
    """Say what it was. The flag stays; the last word counts, and every word is an entry."""
    log = await logs.find(tx, organisation, year_of(now))
    if log is None or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if log else None, now=now)
        return NotFound()
    marked = await flags.mark(tx, log.log_id, index, rule, mark, await token_in(tx, keeper, log, caller), now=now)
    query = (f"index={index}", f"rule={rule}", f"mark={mark}")
    await record_reading(tx, keeper, caller, organisation, "flag.marked", query=query, count=int(marked is not None), now=now)
    return marked or NotFound()
