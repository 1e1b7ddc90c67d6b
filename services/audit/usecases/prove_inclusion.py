"""The proof that an entry is in its log, for whoever does not trust us."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain import tree
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, StoredEntry
from services.audit.domain.proof import format_proof
from services.audit.domain.tiles import hash_in, tile_of
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.grow_tiles import tiles_for
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.database import Connection


class Pending(msgspec.Struct, frozen=True):
    """The entry is in the log, but no checkpoint has been signed over it yet: ask again in a second."""


async def prove_inclusion(tx: Connection, keeper: Keeper, caller: Caller, entry_id: UUID, *, now: datetime) -> bytes | Pending | None:
    """A tlog-proof under the latest checkpoint, with the entry's bytes in it; None when unknown or not the caller's to see.

    The reading, or the refused try, is in the log when this is committed.
    """
    entry = await entries.find(tx, entry_id)
    log = await logs.find_by_id(tx, entry.log_id) if entry else None
    if entry is None or log is None or not await may_read(tx, caller, log.organisation, now=now):
        await record_refusal(tx, keeper, caller, log.organisation if log else None, object_id=entry_id if log else None, now=now)
        return None
    await record_reading(tx, keeper, caller, log.organisation, "proof.read", object_id=entry_id, now=now)
    signed = await checkpoints.last(tx, log.log_id)
    if signed is None or signed.size <= entry.entry_index:
        return Pending()
    path = await inclusion_path(tx, log, entry, signed.size)
    return format_proof(entry.entry_index, path, signed.note, entry.stored)


async def inclusion_path(tx: Connection, log: Log, entry: StoredEntry, size: int) -> list[bytes]:
    """The hashes from the leaf's sibling up to the root's child, out of at most one tile a level."""
    plan = tree.inclusion_plan(entry.entry_index, size)
    held = await tiles_for(tx, log.log_id, log.year, size, (node for nodes in plan for node in nodes))
    return tree.proof(plan, lambda node: hash_in(node, held[tile_of(node)]))
