"""The root log: each leaf is the SHA-256 of one log's signed checkpoint, so witnesses see all logs and learn no log's volume (1).

Among them lie the SHA-256 of each version of what is to be trusted (21, `log_trust.py`).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import ROOT, ROOT_YEAR, FencedError, Log, LogBrokenError, State, root_origin
from services.audit.domain.tree import Range, leaf_hash
from services.audit.storage import entries, logs, roots, trust
from services.audit.usecases.grow_tiles import grow_tiles
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from shared.database import Connection
from shared.ids import new_id

INTERVAL = timedelta(seconds=5)
"""Between two checkpoints of the root log (rule 18)."""
_MOST = 1000  # leaves in one transaction


async def find_root(tx: Connection) -> Log | None:
    """The root log, once a checkpoint has been signed."""
    return await logs.find(tx, ROOT, ROOT_YEAR)


async def grow_root(tx: Connection, keeper: Keeper, *, now: datetime) -> int:
    """Add every checkpoint and trust version that is not in the root log yet, and sign it when five seconds have gone; how many were added.

    Raises LogBrokenError. A root log begun anew is found by the signer, which remembers the old one.
    """
    log = await find_root(tx)
    if log is None:
        await logs.open_empty(tx, ROOT, ROOT_YEAR, root_origin(keeper.host), now)
        log = await find_root(tx)
    assert log is not None  # noqa: S101  made above
    state = (await logs.lock(tx, [log.log_id]))[log.log_id]
    fresh, versions = await roots.missing(tx, log.log_id, _MOST), await trust.missing(tx, log.log_id, _MOST)
    if fresh or versions:
        await _append(tx, log, state, [*(one.note for one in fresh), *(one.note for one in versions)], now)
        await roots.insert(tx, log.log_id, fresh, state.size)
        await trust.place(tx, log.log_id, state.size + len(fresh), versions)
    await publish_checkpoint(tx, keeper, log, now=now, every=INTERVAL)
    return len(fresh) + len(versions)


async def _append(tx: Connection, log: Log, state: State, notes: Sequence[bytes], now: datetime) -> None:
    grown = Range.of(state.size, state.peaks)
    if grown.root() != state.root:
        raise LogBrokenError(log.log_id, "state-root-differs")
    rows = []
    for index, note in enumerate(notes, state.size):
        stored = hashlib.sha256(note).hexdigest().encode()  # text: an archive holds an entry a line
        place = entries.Place(year=ROOT_YEAR, log_id=log.log_id, entry_index=index, entry_id=new_id(now))
        rows.append(entries.NewEntry(place=place, stored=stored, leaf_hash=leaf_hash(stored)))
    back = await entries.insert(tx, rows, now)
    for row in rows:
        again = leaf_hash(back[log.log_id, row.place.entry_index])
        if again != row.leaf_hash:
            raise LogBrokenError(log.log_id, "row-read-back-differs", row.place.entry_index)
        grown.append(again)
    await grow_tiles(tx, log.log_id, ROOT_YEAR, state.size, grown.size)
    after = State(log_id=log.log_id, size=grown.size, peaks=grown.packed(), root=grown.root(), epoch=state.epoch)
    if not await logs.advance(tx, state, after):
        raise FencedError(f"log {log.log_id} is written by a newer sequencer")
