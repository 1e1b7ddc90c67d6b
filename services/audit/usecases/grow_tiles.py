"""Keep the tiles that become full; and read a node's hash wherever it lies."""

from collections.abc import Iterable

from services.audit.domain.log import LogBrokenError
from services.audit.domain.tiles import WIDTH, Tile, completed, split_hashes, tile_of, width_at
from services.audit.domain.tree import Node, subtree
from services.audit.storage import entries, tiles
from shared.database import Connection


async def grow_tiles(tx: Connection, log_id: int, year: int, before: int, after: int) -> None:
    """Insert each tile that is full at size `after` and was not at `before`, lowest level first, for the next is made of it."""
    for tile in completed(before, after):
        packed = await read_tile(tx, log_id, year, tile, WIDTH)
        await tiles.insert(tx, log_id, tile, packed, subtree(split_hashes(packed)))


async def read_tile(tx: Connection, log_id: int, year: int, tile: Tile, width: int) -> bytes:
    """The first `width` hashes of a tile from the level below it. Raises LogBrokenError where one is missing."""
    start = tile.n * WIDTH
    if tile.level == 0:
        found = await entries.leaf_hashes(tx, year, log_id, start, start + width)
    else:
        found = await tiles.roots(tx, log_id, tile.level - 1, start, start + width)
    if len(found) != width:
        missing = next(n for n in range(start, start + width) if n not in found)
        raise LogBrokenError(log_id, "hash-missing", missing * WIDTH**tile.level)
    return b"".join(found[n] for n in range(start, start + width))


async def tiles_for(tx: Connection, log_id: int, year: int, size: int, nodes: Iterable[Node]) -> dict[Tile, bytes]:
    """The tiles that hold these nodes of a tree of that size: full ones from their table, the right edge as it is now."""
    wanted = {tile_of(node) for node in nodes}
    found = await tiles.read(tx, log_id, wanted)
    for tile in wanted - found.keys():
        found[tile] = await read_tile(tx, log_id, year, tile, width_at(tile.level, tile.n, size))
    return found
