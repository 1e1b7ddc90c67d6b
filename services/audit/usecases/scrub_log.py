"""Hash every stored row and tile anew, again and again, and compare with what was signed: a root alone protects no rows (rule 17)."""

from datetime import datetime

import msgspec

from services.audit.domain import tree
from services.audit.domain.log import ROOT_YEAR, Log, LogBrokenError
from services.audit.domain.tiles import WIDTH, Tile, split_hashes
from services.audit.storage import checkpoints, entries, logs, roots, tiles
from shared.database import Connection

STEP = 2048
"""Rows in one turn: at one turn a second a log of 170 million entries is gone through in 24 hours."""


async def scrub_step(tx: Connection, log: Log, *, now: datetime) -> bool:
    """Go through the next rows of a log; True when that ended a round. Raises LogBrokenError naming the index."""
    signed = await checkpoints.last(tx, log.log_id)
    size = signed.size if signed else 0
    at = await roots.scrubbed(tx, log.log_id) or roots.Scrubbed(log_id=log.log_id, began_at=now)
    if at.next_index > size:
        raise LogBrokenError(log.log_id, "smaller-than-scrubbed", size)
    grown = tree.Range.of(at.next_index, at.peaks)
    end = min(at.next_index + STEP, size)
    for row in await entries.between(tx, log.year, log.log_id, at.next_index, end):
        again = tree.leaf_hash(row.stored)
        if row.entry_index != grown.size or again != row.leaf_hash:
            raise LogBrokenError(log.log_id, "row-altered", min(row.entry_index, grown.size))
        grown.append(again)
    if grown.size != end:
        raise LogBrokenError(log.log_id, "row-missing", grown.size)
    await _check_tiles(tx, log, at.next_index, end)
    if end < size:
        await roots.save_scrubbed(tx, msgspec.structs.replace(at, next_index=end, peaks=grown.packed()))
        return False
    if signed is not None and grown.root() != signed.root:
        raise LogBrokenError(log.log_id, "root-differs-from-signed")
    beyond = await entries.first_beyond(tx, log.year, log.log_id, (await logs.state(tx, log.log_id)).size)
    if beyond is not None:
        raise LogBrokenError(log.log_id, "row-beyond-end", beyond)
    if log.year != ROOT_YEAR and await roots.count_facts(tx, log.year, log.log_id, size) != size:
        raise LogBrokenError(log.log_id, "search-incomplete")
    await roots.save_scrubbed(tx, roots.Scrubbed(log_id=log.log_id, began_at=now, whole_at=now, whole_size=size))
    return True


async def next_log(tx: Connection) -> Log | None:
    """Which log to go on with: the one whose last whole round is the longest ago."""
    log_id = await roots.scrub_due(tx)
    return await logs.find_by_id(tx, log_id) if log_id is not None else None


async def _check_tiles(tx: Connection, log: Log, start: int, end: int) -> None:
    """The full tiles that end in this stretch, against the hashes below them."""
    level, low, high = 0, start // WIDTH, end // WIDTH
    while low < high:
        found = await tiles.read(tx, log.log_id, [Tile(level, n) for n in range(low, high)])
        own = await tiles.roots(tx, log.log_id, level, low, high)
        for n in range(low, high):
            packed = found.get(Tile(level, n), b"")
            first = n * WIDTH ** (level + 1)
            if level == 0:
                below = await entries.leaf_hashes(tx, log.year, log.log_id, first, first + WIDTH)
                wanted = b"".join(below[i] for i in sorted(below))
            else:
                below = await tiles.roots(tx, log.log_id, level - 1, n * WIDTH, (n + 1) * WIDTH)
                wanted = b"".join(below[i] for i in sorted(below))
            if packed != wanted or own.get(n) != tree.subtree(split_hashes(packed)):
                raise LogBrokenError(log.log_id, f"tile-altered-level-{level}", first)
        level, low, high = level + 1, low // WIDTH, high // WIDTH
