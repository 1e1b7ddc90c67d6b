"""Sign what a log has grown to, at most once a second, after hashing every new row anew (rules 2, 18 and 19)."""

from datetime import datetime, timedelta

from services.audit.domain import tree
from services.audit.domain.checkpoint import Head, SigningRefusedError
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, LogBrokenError, State
from services.audit.domain.tiles import Tile, hash_in, tile_of
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.grow_tiles import tiles_for
from shared.database import Connection

INTERVAL = timedelta(seconds=1)
_STEP = 1024  # rows read at a time, so that memory stays flat


async def publish_checkpoint(
    tx: Connection, keeper: Keeper, log: Log, *, now: datetime, every: timedelta = INTERVAL
) -> checkpoints.Signed | None:
    """The new checkpoint; None when nothing changed or the last one is younger than `every`.

    Raises LogBrokenError, and signs nothing, when a row, the tree, the earlier checkpoint or what the signer remembers does not fit.
    """
    state = (await logs.lock(tx, [log.log_id]))[log.log_id]
    last = await checkpoints.last(tx, log.log_id)
    if last is not None and (last.size == state.size or now - last.signed_at < every):
        return None
    own = Head(size=last.size, root=last.root) if last else Head(size=0, root=tree.EMPTY_ROOT)
    theirs = await keeper.signer.last(log.origin) or Head(size=0, root=tree.EMPTY_ROOT)
    check_memory(log, state.size, own.size, theirs)
    plans = {head.size: tree.consistency_plan(head.size, state.size) for head in (own, theirs)}
    base = tree.cover(0, own.size)
    wanted = [*base, *(node for plan in plans.values() for nodes in plan for node in nodes)]
    held = await tiles_for(tx, log.log_id, log.year, state.size, wanted)
    await _rehash(tx, log, state, [_hash(held, node) for node in base], own.size)
    paths = {size: tree.proof(plan, lambda node: _hash(held, node)) for size, plan in plans.items()}
    if not tree.verify_consistency(own.size, state.size, paths[own.size], own.root, state.root):
        raise LogBrokenError(log.log_id, "checkpoint-would-fork")
    try:
        note = await keeper.signer.sign(log.origin, Head(size=state.size, root=state.root), paths[theirs.size])
    except SigningRefusedError as error:
        raise LogBrokenError(log.log_id, f"signer-{error.code}") from error
    signed = checkpoints.Signed(log_id=log.log_id, size=state.size, root=state.root, note=note, signed_at=now)
    await checkpoints.insert(tx, signed)
    return signed


def check_memory(log: Log, size: int, published: int, signer: Head) -> None:
    """What was published or signed is never more than what is stored: else a backup was put back (rule 45). Raises LogBrokenError."""
    if published > size:
        raise LogBrokenError(log.log_id, "smaller-than-published", size)
    if signer.size > size:
        raise LogBrokenError(log.log_id, "smaller-than-signed", size)


async def due_logs(tx: Connection) -> list[Log]:
    """The logs that have grown since their last checkpoint."""
    found = [await logs.find_by_id(tx, log_id) for log_id in await logs.unsigned(tx)]
    return [log for log in found if log is not None]


def _hash(held: dict[Tile, bytes], node: tree.Node) -> bytes:
    return hash_in(node, held[tile_of(node)])


async def _rehash(tx: Connection, log: Log, state: State, peaks: list[bytes], start: int) -> None:
    """Rows since the last checkpoint, from their bytes, must lead to the root that is about to be signed."""
    grown = tree.Range(start, peaks)
    for low in range(start, state.size, _STEP):
        rows = await entries.between(tx, log.year, log.log_id, low, min(low + _STEP, state.size))
        for row in rows:
            again = tree.leaf_hash(row.stored)
            if row.entry_index != grown.size or again != row.leaf_hash:
                raise LogBrokenError(log.log_id, "row-altered", min(row.entry_index, grown.size))
            grown.append(again)
    if grown.size != state.size or grown.root() != state.root:
        raise LogBrokenError(log.log_id, "root-differs")
