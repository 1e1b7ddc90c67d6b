"""Full tiles of hashes. They outlive the entries (rule 34)."""

from collections.abc import Iterable

from services.audit.domain.tiles import Tile
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "tiles.sql")


async def insert(tx: Connection, log_id: int, tile: Tile, hashes: bytes, root: bytes) -> None:
    """Add a full tile and its own hash."""
    await tx.execute(QUERIES["insert_tile"], log_id, tile.level, tile.n, hashes, root)


async def read(tx: Connection, log_id: int, wanted: Iterable[Tile]) -> dict[Tile, bytes]:
    """The full tiles among the wanted ones."""
    tiles = sorted(set(wanted))
    rows = await tx.fetch(QUERIES["read_tiles"], log_id, [t.level for t in tiles], [t.n for t in tiles])
    return {Tile(row["level"], row["n"]): row["hashes"] for row in rows}


async def roots(tx: Connection, log_id: int, level: int, start: int, end: int) -> dict[int, bytes]:
    """The own hashes of full tiles `start` to `end` of a level, by number: a stretch of the level above."""
    rows = await tx.fetch(QUERIES["tile_roots"], log_id, level, start, end)
    return {row["n"]: row["root"] for row in rows}
