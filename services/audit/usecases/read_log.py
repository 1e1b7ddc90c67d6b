"""What C2SP clients fetch of one log: its checkpoint, its key, hash tiles and entry bundles."""

from datetime import datetime

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log
from services.audit.domain.tiles import WIDTH, Tile, TilePath, bundle, width_at
from services.audit.storage import checkpoints, entries, logs, tiles
from services.audit.usecases.grow_root import find_root
from services.audit.usecases.grow_tiles import read_tile
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller, Kind
from shared.database import Connection


async def visible_log(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, *, now: datetime) -> Log | None:
    """The log for its officer or its organisation's own connected system; None, and an entry, for everybody else."""
    log = await logs.find(tx, organisation, year)
    own_system = caller.kind is Kind.SYSTEM and caller.organisation == organisation
    if log is not None and (own_system or await may_read(tx, caller, organisation, now=now)):
        return log
    await record_refusal(tx, keeper, caller, organisation if log else None, now=now)
    return None


async def read_checkpoint(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, *, now: datetime) -> bytes | None:
    """The latest signed checkpoint; None when there is none to be seen."""
    log = await visible_log(tx, keeper, caller, organisation, year, now=now)
    signed = await checkpoints.last(tx, log.log_id) if log else None
    return signed.note if signed else None


async def read_key(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, *, now: datetime) -> str | None:
    """The log's verifier keys, one a line, the one in use first: what a trust file holds."""
    log = await visible_log(tx, keeper, caller, organisation, year, now=now)
    return "\n".join(await keeper.signer.keys(log.origin)) if log else None


async def read_tiles(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, path: TilePath, *, now: datetime
) -> bytes | None:
    """A hash tile, or an entry bundle, which is a reading and so an entry. Nothing beyond the last checkpoint is served."""
    log = await visible_log(tx, keeper, caller, organisation, year, now=now)
    signed = await checkpoints.last(tx, log.log_id) if log else None
    if log is None or signed is None or path.width > width_at(path.level or 0, path.n, signed.size):
        return None
    if path.level is None:
        start = path.n * WIDTH
        found = await entries.between(tx, log.year, log.log_id, start, start + path.width)
        query = (f"from={start}", f"to={start + path.width}")
        await record_reading(tx, keeper, caller, organisation, "bundle.read", query=query, count=len(found), now=now)
        return bundle(row.stored for row in found)
    return await _hashes(tx, log, Tile(path.level, path.n), path.width)


async def read_root_keys(tx: Connection, keeper: Keeper) -> tuple[str, ...]:
    """The root log's verifier keys, the one in use first; none before its first checkpoint."""
    root = await find_root(tx)
    return await keeper.signer.keys(root.origin) if root else ()


async def read_root_tiles(tx: Connection, path: TilePath) -> bytes | None:
    """A tile of the root log, or a bundle of its leaves, which are hashes themselves. No reading: nobody is in it."""
    root = await find_root(tx)
    signed = await checkpoints.last(tx, root.log_id) if root else None
    if root is None or signed is None or path.width > width_at(path.level or 0, path.n, signed.size):
        return None
    if path.level is None:
        start = path.n * WIDTH
        return bundle(row.stored for row in await entries.between(tx, root.year, root.log_id, start, start + path.width))
    return await _hashes(tx, root, Tile(path.level, path.n), path.width)


async def _hashes(tx: Connection, log: Log, tile: Tile, width: int) -> bytes:
    full = await tiles.read(tx, log.log_id, [tile]) if width == WIDTH else {}
    return full[tile] if tile in full else await read_tile(tx, log.log_id, log.year, tile, width)
