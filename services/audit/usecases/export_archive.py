"""A whole log as one file that verifies without us, without network and in ten years (A22, A23).

manifest.json        format, log, size, when
checkpoint           the signed checkpoint that everything else is judged by (C2SP tlog-checkpoint)
checkpoints.ndjson   every earlier signed checkpoint: each fixes the log's beginning
keys.txt             verifier keys; who checks should bring their own copy
entries.ndjson       the stored bytes, one entry a line, in order; an empty line where a row is missing
tile/<level>/...     hash tiles (C2SP tlog-tiles): the hashes as they were made when the entries came
proofs.ndjson        consistency proofs from each earlier checkpoint to the last
"""

import base64
import zipfile
from datetime import datetime
from typing import IO

import msgspec

from services.audit.domain import tree
from services.audit.domain.checkpoint import Checkpoint
from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import timestamp
from services.audit.domain.log import Log, LogBrokenError
from services.audit.domain.tiles import WIDTH, all_tiles, format_path, hash_in, tile_of
from services.audit.storage import checkpoints, entries, logs, tiles
from services.audit.usecases.grow_tiles import read_tile, tiles_for
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.database import Connection

FORMAT = "samsyn-archive-v1"
_STEP = 1024
_MOST_CHECKPOINTS = 1000


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive says of itself."""

    format: str
    origin: str
    organisation: str
    year: int
    size: int
    root: str
    exported_at: str
    scope: str = "all"
    """`all`: every entry of the log up to the checkpoint. Exports of a narrower scope will say so here."""


async def export_archive(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, out: IO[bytes], *, now: datetime
) -> bool:
    """Write the archive for the organisation's officer; false when there is nothing of theirs to export.

    The export is an entry in the log when this is committed; send the file only then.
    """
    log = await logs.find(tx, organisation, year)
    if log is None or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if log else None, now=now)
        return False
    signed = await checkpoints.last(tx, log.log_id)
    size = signed.size if signed else 0
    await record_reading(tx, keeper, caller, organisation, "archive.exported", query=(f"size={size}",), count=size, now=now)
    if signed is None:
        return False
    await _write_archive(tx, log, signed, "\n".join(await keeper.signer.keys(log.origin)), out, now=now)
    return True


async def copy_archive(tx: Connection, organisation: str, year: int, out: IO[bytes], *, now: datetime) -> bool:
    """The same from a copy of the database, without keys: whoever checks it brings their own. Records nothing, for it is no log of ours.

    False when there is no such log, or none signed.
    """
    log = await logs.find(tx, organisation, year)
    signed = await checkpoints.last(tx, log.log_id) if log else None
    if log is None or signed is None:
        return False
    await _write_archive(tx, log, signed, None, out, now=now)
    return True


async def _write_archive(
    tx: Connection, log: Log, signed: checkpoints.Signed, verifier_key: str | None, out: IO[bytes], *, now: datetime
) -> None:
    """The file itself, as the rows are: nothing is mended or left out."""
    head = Checkpoint(origin=log.origin, size=signed.size, root=signed.root)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = Manifest(
            format=FORMAT,
            origin=log.origin,
            organisation=log.organisation,
            year=log.year,
            size=head.size,
            root=base64.b64encode(head.root).decode(),
            exported_at=timestamp(now),
        )
        archive.writestr("manifest.json", msgspec.json.format(msgspec.json.encode(manifest)))
        archive.writestr("checkpoint", signed.note)
        archive.writestr("keys.txt", f"{verifier_key}\n" if verifier_key else "")
        earlier = _spread([c for c in await checkpoints.until(tx, log.log_id, signed.size) if c.size < signed.size])
        archive.writestr("checkpoints.ndjson", b"".join(_line({"size": c.size, "note": c.note.decode()}) for c in earlier))
        archive.writestr("proofs.ndjson", await _proofs(tx, log, [c.size for c in earlier], signed.size))
        await _write_tiles(tx, log, signed.size, archive)
        await _write_entries(tx, log, signed.size, archive)


def _spread(found: list[checkpoints.Signed]) -> list[checkpoints.Signed]:
    """At most a thousand of them over the whole log: enough to say where it was rewritten, should it have been."""
    step = -(-len(found) // _MOST_CHECKPOINTS) or 1
    return found[::step]


def _line(value: dict[str, object]) -> bytes:
    return msgspec.json.encode(value) + b"\n"


async def _proofs(tx: Connection, log: Log, sizes: list[int], size: int) -> bytes:
    lines = []
    for first in dict.fromkeys(sizes):
        plan = tree.consistency_plan(first, size)
        try:
            held = await tiles_for(tx, log.log_id, log.year, size, (node for nodes in plan for node in nodes))
        except LogBrokenError:
            continue  # a row of the right edge is gone: the verifier says which, from the entries
        path = tree.proof(plan, lambda node, held=held: hash_in(node, held[tile_of(node)]))  # type: ignore[misc]
        lines.append(_line({"first": first, "second": size, "hashes": [base64.b64encode(h).decode() for h in path]}))
    return b"".join(lines)


async def _write_tiles(tx: Connection, log: Log, size: int, archive: zipfile.ZipFile) -> None:
    for tile, width in all_tiles(size):
        full = await tiles.read(tx, log.log_id, [tile]) if width == WIDTH else {}
        try:
            packed = full[tile] if tile in full else await read_tile(tx, log.log_id, log.year, tile, width)
        except LogBrokenError:
            continue
        archive.writestr(f"tile/{format_path(tile.level, tile.n, width)}", packed)


async def _write_entries(tx: Connection, log: Log, size: int, archive: zipfile.ZipFile) -> None:
    """Rows by their index. A line break inside the bytes would move every later line, so such a row is told apart."""
    with archive.open("entries.ndjson", "w", force_zip64=True) as lines:
        for low in range(0, size, _STEP):
            rows = {row.entry_index: row.stored for row in await entries.between(tx, log.year, log.log_id, low, min(low + _STEP, size))}
            for index in range(low, min(low + _STEP, size)):
                lines.write(rows.get(index, b"").replace(b"\n", b"\\n") + b"\n")
