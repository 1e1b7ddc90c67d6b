"""Logs, where each stands, and which have been stopped."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.audit.domain.log import Log, State
from services.audit.domain.tree import EMPTY_ROOT
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "logs.sql")


async def find(tx: Connection, organisation: str, year: int) -> Log | None:
    """The log of one organisation and year, if it was opened; its newest part."""
    row = await tx.fetchrow(QUERIES["find_log"], organisation, year)
    return sql.struct(Log, row) if row else None


async def find_by_id(tx: Connection, log_id: int) -> Log | None:
    """A log by its number."""
    row = await tx.fetchrow(QUERIES["find_log_by_id"], log_id)
    return sql.struct(Log, row) if row else None


async def of_organisation(tx: Connection, organisation: str) -> list[Log]:
    """All logs of an organisation, oldest first."""
    return sql.structs(Log, await tx.fetch(QUERIES["list_logs"], organisation))


async def of_organisations(tx: Connection, organisations: Iterable[str]) -> list[Log]:
    """All logs of these organisations, oldest first."""
    return sql.structs(Log, await tx.fetch(QUERIES["logs_of_many"], sorted(organisations)))


async def open_empty(tx: Connection, organisation: str, year: int, origin: str, now: datetime, *, part: int = 1) -> int | None:
    """A new log of size 0; None when there is one already."""
    log_id: int | None = await tx.fetchval(QUERIES["open_log"], organisation, year, origin, now, part)
    if log_id is not None:
        await tx.execute(QUERIES["start_state"], log_id, EMPTY_ROOT)
    return log_id


async def lock(tx: Connection, log_ids: Iterable[int]) -> dict[int, State]:
    """The states of these logs, locked in the order of their numbers, so that two writers never wait for each other."""
    rows = await tx.fetch(QUERIES["lock_states"], sorted(set(log_ids)))
    return {state.log_id: state for state in sql.structs(State, rows)}


async def state(tx: Connection, log_id: int) -> State:
    """Where a log stands. The log exists."""
    return sql.struct(State, await tx.fetchrow(QUERIES["read_state"], log_id) or {})


async def advance(tx: Connection, before: State, after: State) -> bool:
    """Move a log on by compare-and-swap; False when it stands elsewhere or a newer sequencer has written."""
    done: str = await tx.execute(QUERIES["advance_state"], after.log_id, after.size, after.peaks, after.root, after.epoch, before.size)
    return done == "UPDATE 1"


async def advance_all(tx: Connection, moves: Sequence[tuple[State, State]]) -> bool:
    """The same for many logs at once, each from its state before to the one after; False when any of them stands elsewhere."""
    after = [state for _, state in moves]
    done: str = await tx.execute(
        QUERIES["advance_states"],
        [state.log_id for state in after],
        [state.size for state in after],
        [state.peaks for state in after],
        [state.root for state in after],
        [state.epoch for state in after],
        [state.size for state, _ in moves],
    )
    return done == f"UPDATE {len(moves)}"


async def try_lock(connection: Connection) -> bool:
    """Whether this session holds the sequencer's lock now; it does until it ends."""
    return bool(await connection.fetchval(QUERIES["try_lock"]))


async def raise_epoch(tx: Connection) -> int:
    """Take charge: every sequencer before this one is fenced off from its commit on."""
    value: int = await tx.fetchval(QUERIES["raise_epoch"])
    return value


async def halt(tx: Connection, log_id: int, reason: str, entry_index: int | None, now: datetime) -> None:
    """Note that a log does not add up; nothing is written to it from then on."""
    await tx.execute(QUERIES["halt_log"], log_id, reason, entry_index, now)


async def halted(tx: Connection, log_ids: Iterable[int]) -> set[int]:
    """Which of these logs have been stopped."""
    return {row["log_id"] for row in await tx.fetch(QUERIES["halted_logs"], sorted(set(log_ids)))}


async def unsigned(tx: Connection) -> list[int]:
    """The logs that have grown since their last checkpoint and add up."""
    return [row["log_id"] for row in await tx.fetch(QUERIES["unsigned_logs"])]


async def any_halted(tx: Connection) -> bool:
    """Whether any log has been stopped."""
    return bool(await tx.fetchval(QUERIES["any_halted"]))


async def halt_of(tx: Connection, log_id: int) -> str | None:
    """Why a log was stopped; None for one that goes on."""
    reason: str | None = await tx.fetchval(QUERIES["halt_of"], log_id)
    return reason
