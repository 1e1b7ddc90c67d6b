"""A professional's own look-ups: this month's entries that they made, at every organisation of theirs (A41)."""

from datetime import datetime

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import year_of
from services.audit.storage import entries, logs
from services.audit.usecases.name_people import Wanted, find_token
from services.audit.usecases.record_reading import record_reading
from services.audit.usecases.search_entries import MOST, Seen, as_seen
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection


class OwnActs(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first, at most MOST; `children` counts different ones."""

    since: datetime
    entries: tuple[Seen, ...]
    children: int
    more: bool


async def read_own_acts(tx: Connection, keeper: Keeper, caller: Caller, *, now: datetime) -> OwnActs:
    """What the caller did since the month began, in their own organisation's log. Needs no grant; the reading is an entry as any other."""
    since = now.astimezone(STOCKHOLM).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    log = await logs.find(tx, caller.organisation, year_of(now)) if caller.organisation else None
    if log is None:
        return OwnActs(since=since, entries=(), children=0, more=False)
    token = await find_token(tx, keeper, Wanted(log, "actor", caller.principal))
    size = (await logs.state(tx, log.log_id)).size
    rows = (
        await entries.search(tx, log.year, log.log_id, entries.Filter(before=size, limit=MOST, actor=token, since=since)) if token else []
    )
    seen = tuple(map(as_seen, rows))
    await record_reading(tx, keeper, caller, log.organisation, "own-acts.read", count=len(seen), now=now)
    children = {one.leaf.subject for one in seen if one.leaf and one.leaf.subject}
    return OwnActs(since=since, entries=seen, children=len(children), more=len(rows) == MOST)
