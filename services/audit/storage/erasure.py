"""What is destroyed of a person, and that it was."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.log import Log
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "erasure.sql")


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One erasure: how many keys as actor and as subject, and how many kept messages, were destroyed."""

    erasure_id: UUID
    actors: int
    subjects: int
    messages: int
    done_at: datetime


async def logs(tx: Connection) -> list[Log]:
    """Every log."""
    return sql.structs(Log, await tx.fetch(QUERIES["all_logs"]))


async def count_entries(tx: Connection, log_id: int, token: bytes) -> int:
    """How many entries of a log name this person."""
    return int(await tx.fetchval(QUERIES["person_entries"], log_id, token))


async def destroy(tx: Connection, keys: Sequence[tuple[int, bytes]]) -> int:
    """Destroy these persons' data keys and what finds their tokens; how many there were."""
    done: str = await tx.execute(QUERIES["destroy_keys"], [k[0] for k in keys], [k[1] for k in keys])
    return int(done.rpartition(" ")[2])


async def destroy_messages(tx: Connection, text: str) -> int:
    """Destroy kept messages that name a person; the operator's log still names each by its hash."""
    done: str = await tx.execute(QUERIES["destroy_messages"], text.encode())
    return int(done.rpartition(" ")[2])


async def find(tx: Connection, erasure_id: UUID) -> Done | None:
    """What an erasure destroyed, when it was done."""
    row = await tx.fetchrow(QUERIES["find_erasure"], erasure_id)
    return sql.struct(Done, row) if row else None


async def insert(tx: Connection, done: Done) -> None:
    """Note that it was done."""
    await tx.execute(QUERIES["insert_erasure"], done.erasure_id, done.actors, done.subjects, done.messages, done.done_at)


async def remember(tx: Connection, lookups: Sequence[bytes], at: datetime) -> None:
    """Let entries of these persons that come later get no key."""
    await tx.execute(QUERIES["remember_erased"], lookups, at)


async def remembers(tx: Connection) -> bool:
    """Whether anybody has been erased lately."""
    return bool(await tx.fetchval(QUERIES["any_erased"]))


async def erased(tx: Connection, lookups: Sequence[bytes]) -> dict[bytes, datetime]:
    """Which of these have been erased, and when."""
    return {row["lookup"]: row["erased_at"] for row in await tx.fetch(QUERIES["find_erased"], lookups)}


async def forget(tx: Connection, before: datetime) -> None:
    """Forget who was erased before this moment."""
    await tx.execute(QUERIES["forget_erased"], before)


async def unpurged(tx: Connection, before: datetime) -> list[UUID]:
    """Erasures done before this moment after which no stream has been emptied yet."""
    return [row["erasure_id"] for row in await tx.fetch(QUERIES["unpurged"], before)]


async def mark_purged(tx: Connection, erasures: Sequence[UUID], at: datetime) -> None:
    """The streams have been emptied since."""
    await tx.execute(QUERIES["mark_purged"], erasures, at)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A key of an erased person that a hold keeps. `box`: the sealed id that the answer to consent names."""

    erasure_id: UUID
    log_id: int
    role: str
    token: bytes
    box: bytes


async def keep(tx: Connection, erasure_id: UUID, log_id: int, role: str, token: bytes, box: bytes) -> None:
    """Note that a key waits for its hold."""
    await tx.execute(QUERIES["keep_key"], erasure_id, log_id, role, token, box)


async def is_kept(tx: Connection, erasure_id: UUID) -> bool:
    """Whether anything of this erasure waits."""
    return bool(await tx.fetchval(QUERIES["any_kept"], erasure_id))


async def logs_kept(tx: Connection) -> list[int]:
    """The logs in which something waits."""
    return [row["log_id"] for row in await tx.fetch(QUERIES["logs_kept"])]


async def kept_but(tx: Connection, log_id: int, held: Sequence[bytes]) -> list[Kept]:
    """What waits in a log although none of these holds it any more; a thousand keys at most."""
    return sql.structs(Kept, await tx.fetch(QUERIES["kept_keys"], log_id, held))


async def release(tx: Connection, erasure_id: UUID, keys: Sequence[tuple[int, bytes]], *, actors: int) -> None:
    """They have been destroyed now; so many of them were those of somebody who acted."""
    await tx.execute(QUERIES["release_keys"], [k[0] for k in keys], [k[1] for k in keys])
    await tx.execute(QUERIES["count_released"], erasure_id, actors, len(keys) - actors)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure as it stands in a log."""

    entry_id: UUID
    entry_index: int
    origin: str
    erasure_id: UUID
    actors: int
    subjects: int
    messages: int
    done_at: datetime
    purged_at: datetime | None


async def recorded(tx: Connection, log_ids: Sequence[int], most: int) -> list[Recorded]:
    """The newest erasures whose entry lies in one of these logs."""
    return sql.structs(Recorded, await tx.fetch(QUERIES["erasures_in"], log_ids, most))
