"""How an organisation's log stands, at one glance: whole, signed, witnessed, counted anew; what waits; when people act."""

from collections import Counter
from datetime import date, datetime, timedelta

import msgspec

from services.audit.domain.cosignature import Policy
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import year_of
from services.audit.domain.review import is_manager_anywhere
from services.audit.storage import checkpoints, logs, overview, register, reviews, roots
from services.audit.storage.overview import Hour
from services.audit.usecases.list_reviews import Progress, progress_of
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.watch_quorum import Witnessing, read_witnessing
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.errors import AppError, NotFound

HOURS, DAYS = 24, 7


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week's acts; `monday` is its first day."""

    monday: date
    number: int
    refused: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The first page."""

    organisation: str
    year: int
    size: int
    halted: bool
    """What is stored does not add up: nothing is written or signed until somebody has found out why."""
    signed_at: datetime | None
    signed_size: int
    scrubbed_at: datetime | None
    """When every row had last been hashed anew."""
    scrubbed_size: int
    witnessing: Witnessing
    open_reviews: tuple[Progress, ...]
    flags: dict[str, int]
    """Those without a mark, by rule."""
    weeks: tuple[Week, ...]
    heat: tuple[tuple[int, ...], ...]
    """Entries by weekday, Monday first, and hour."""


async def read_overview(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, policy: Policy, stop: timedelta | None, weeks: int, *, now: datetime
) -> Overview | AppError:
    """The page over so many weeks up to now. That it was read is an entry, as every reading is."""
    log = await logs.find(tx, organisation, year_of(now))
    if log is None or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if log else None, now=now)
        return NotFound()
    since = now - timedelta(weeks=weeks)
    known = [one for one in await logs.of_organisation(tx, organisation) if one.year >= year_of(since)]
    counted = await overview.hours(tx, known, since, now)
    standing = await reviews.standing(tx, organisation)
    progress = [
        progress_of(plan, [one for one in standing if one.plan_id == plan.plan_id], now)
        for plan in await reviews.of_organisation(tx, organisation)
    ]
    signed, scrubbed = await checkpoints.last(tx, log.log_id), await roots.scrubbed(tx, log.log_id)
    found = Overview(
        organisation=organisation,
        year=log.year,
        size=(await logs.state(tx, log.log_id)).size,
        halted=bool(await logs.halted(tx, [log.log_id])),
        signed_at=signed.signed_at if signed else None,
        signed_size=signed.size if signed else 0,
        scrubbed_at=scrubbed.whole_at if scrubbed else None,
        scrubbed_size=(scrubbed.whole_size or 0) if scrubbed else 0,
        witnessing=await read_witnessing(tx, policy, stop, now=now),
        open_reviews=tuple(one for one in progress if not one.done),
        flags=await overview.flags(tx, log.log_id),
        weeks=tuple(by_week(counted, since.astimezone(STOCKHOLM).date(), now.astimezone(STOCKHOLM).date())),
        heat=by_weekday(counted),
    )
    await record_reading(tx, keeper, caller, organisation, "overview.read", query=(f"weeks={weeks}",), now=now)
    return found


async def only_answers(tx: Connection, caller: Caller, organisation: str, *, now: datetime) -> bool:
    """Whether the caller comes here as a manager who answers questions, and not as an officer: their first page is another."""
    if await may_read(tx, caller, organisation, now=now):
        return False
    return is_manager_anywhere(await register.grants(tx, caller.principal, organisation), organisation, now)


def by_week(counted: list[Hour], since: date, until: date) -> list[Week]:
    """Every week from that day's to the other's, those without an entry among them."""
    number: Counter[date] = Counter()
    refused: Counter[date] = Counter()
    for one in counted:
        number[_monday(one.hour.date())] += one.number
        refused[_monday(one.hour.date())] += one.refused
    first = _monday(since)
    mondays = [first + timedelta(weeks=at) for at in range((until - first).days // DAYS + 1)]
    return [Week(monday=monday, number=number[monday], refused=refused[monday]) for monday in mondays]


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def by_weekday(counted: list[Hour]) -> tuple[tuple[int, ...], ...]:
    """Seven rows of twenty-four."""
    cells = [[0] * HOURS for _ in range(DAYS)]
    for one in counted:
        cells[one.hour.weekday()][one.hour.hour] += one.number
    return tuple(map(tuple, cells))
