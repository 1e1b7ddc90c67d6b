"""One entry as the officer first sees it: what was done, what else belongs to the case, its proof. Not who: that takes a reason."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, StoredEntry
from services.audit.domain.tree import leaf_hash, verify_inclusion
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.prove_inclusion import inclusion_path
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import Seen, as_seen
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, NotFound

RELATED = 20
"""Entries of the same case that are shown beside it."""


class Step(msgspec.Struct, frozen=True):
    """One neighbour on the way from the leaf to the root."""

    hash: str
    side: Literal["left", "right"]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A proof as it is drawn. `holds`: it was computed anew for this page, from the stored bytes to the signed root."""

    leaf: str
    path: tuple[Step, ...]
    root: str
    size: int
    signed_at: datetime
    holds: bool


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `proof` None: no checkpoint covers it yet, ask again in a second."""

    organisation: str
    year: int
    log: str
    seen: Seen
    entry_id: UUID
    sequenced_at: datetime
    leaf_hash: str
    related: tuple[Seen, ...]
    proof: Drawn | None


async def show_entry(tx: Connection, keeper: Keeper, caller: Caller, entry_id: UUID, *, now: datetime) -> EntryShown | AppError:
    """The entry; showing it is one entry itself."""
    row = await entries.find(tx, entry_id)
    log = await logs.find_by_id(tx, row.log_id) if row else None
    if row is None or log is None or not await may_read(tx, caller, log.organisation, now=now):
        await record_refusal(tx, keeper, caller, log.organisation if log else None, object_id=entry_id if log else None, now=now)
        return NotFound()
    seen = as_seen(row)
    related: tuple[Seen, ...] = ()
    if seen.leaf is not None and seen.leaf.case_id is not None:
        size = (await logs.state(tx, log.log_id)).size
        wanted = entries.Filter(before=size, limit=RELATED, case_id=UUID(seen.leaf.case_id))
        related = tuple(map(as_seen, await entries.search(tx, log.year, log.log_id, wanted)))
    shown = EntryShown(
        organisation=log.organisation,
        year=log.year,
        log=log.origin,
        seen=seen,
        entry_id=entry_id,
        sequenced_at=row.sequenced_at,
        leaf_hash=row.leaf_hash.hex(),
        related=related,
        proof=await _proof(tx, log, row),
    )
    await record_reading(tx, keeper, caller, log.organisation, "entry.shown", object_id=entry_id, count=len(related), now=now)
    return shown


async def _proof(tx: Connection, log: Log, row: StoredEntry) -> Drawn | None:
    signed = await checkpoints.last(tx, log.log_id)
    if signed is None or signed.size <= row.entry_index:
        return None
    path = await inclusion_path(tx, log, row, signed.size)
    leaf = leaf_hash(row.stored)
    return Drawn(
        leaf=leaf.hex(),
        path=tuple(Step(hash=one.hex(), side=side) for one, side in zip(path, sides(row.entry_index, signed.size), strict=True)),
        root=signed.root.hex(),
        size=signed.size,
        signed_at=signed.signed_at,
        holds=verify_inclusion(leaf, row.entry_index, signed.size, path, signed.root),
    )


def sides(index: int, size: int) -> list[Literal["left", "right"]]:
    """On which side of the way up each neighbour lies (RFC 9162 2.1.3.2)."""
    here, last = index, size - 1
    found: list[Literal["left", "right"]] = []
    while last:
        if here & 1 or here == last:
            found.append("left")
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found.append("right")
        here, last = here >> 1, last >> 1
    return found
