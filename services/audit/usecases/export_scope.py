"""A part of a log as one file that verifies without us: what is in scope with its proofs, of the rest hashes only (A22, audit.md 40).

manifest.json    format, log, scope, how many of how many, and SHA-256 of each other file
manifest.note    the same bytes as a signed note by the attest key (C2SP signed-note)
checkpoint       the signed checkpoint that each proof leads to
keys.txt         verifier keys of the log and of the manifest; who checks should bring their own copy
entries.ndjson   the stored bytes of the entries in scope, oldest first
proofs.ndjson    index and inclusion proof (RFC 6962) of each, in the same order
report.pdf       the same for people
"""

import asyncio
import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import IO
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import timestamp
from services.audit.domain.log import Log, StoredEntry
from services.audit.storage import checkpoints, entries, logs
from services.audit.storage.entries import Filter
from services.audit.usecases.name_people import Wanted, find_token
from services.audit.usecases.prove_inclusion import inclusion_path
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import as_seen
from shared.auth import Caller
from shared.database import Connection

FORMAT = "samsyn-scope-v1"
MOST = 20_000
"""Entries in one export: an authority's question about a child or a case is far below; a whole log has its archive."""
MOST_ON_PAPER = 2_000
"""Lines of the report, the newest: some forty pages. The file holds them all."""
_STEP = 500


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for of one log; at least one of the last four."""

    organisation: str
    year: int
    subject_id: UUID | None = None
    case_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class ScopeManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of itself, and what is signed."""

    format: str
    origin: str
    organisation: str
    year: int
    size: int
    """Entries of the whole log under the checkpoint."""
    root: str
    exported_at: str
    scope: tuple[str, ...]
    """`field=value` with tokens in place of people; all of them hold for each entry."""
    in_scope: int
    hashes_only: int
    files: dict[str, str] = {}


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the report for people."""

    manifest: ScopeManifest
    rows: Sequence[StoredEntry]


Report = Callable[[Reported], bytes]


async def export_scope(
    tx: Connection, keeper: Keeper, caller: Caller, scope: Scope, report: Report, out: IO[bytes], *, now: datetime
) -> bool:
    """Write the file for the organisation's officer; false when it is not theirs, or nothing is signed yet.

    The export is an entry in the log when this is committed; send the file only then.
    """
    log = await logs.find(tx, scope.organisation, scope.year)
    if log is None or not await may_read(tx, caller, scope.organisation, now=now):
        await record_refusal(tx, keeper, caller, scope.organisation if log else None, now=now)
        return False
    token = None
    if scope.subject_id is not None:
        token = await find_token(tx, keeper, Wanted(log, "subject", str(scope.subject_id))) or bytes(16)
    said = tuple(_said(scope, token))
    signed = await checkpoints.last(tx, log.log_id)
    rows = await _rows(tx, log, scope, token, signed.size) if signed else []
    await record_reading(tx, keeper, caller, scope.organisation, "scope.exported", query=said, count=len(rows), now=now)
    if signed is None:
        return False
    manifest = ScopeManifest(
        format=FORMAT,
        origin=log.origin,
        organisation=log.organisation,
        year=log.year,
        size=signed.size,
        root=base64.b64encode(signed.root).decode(),
        exported_at=timestamp(now),
        scope=said,
        in_scope=len(rows),
        hashes_only=signed.size - len(rows),
    )
    keys = [*await keeper.signer.keys(log.origin), *await keeper.signer.keys(keeper.attest_name)]
    files = {
        "checkpoint": signed.note,
        "keys.txt": "".join(f"{key}\n" for key in keys).encode(),
        "entries.ndjson": b"".join(row.stored.replace(b"\n", b"\\n") + b"\n" for row in rows),
        "proofs.ndjson": await _proofs(tx, log, rows, signed.size),
        "report.pdf": await asyncio.to_thread(report, Reported(manifest=manifest, rows=rows[-MOST_ON_PAPER:])),
    }
    hashed = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    text = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(manifest, files=hashed))) + b"\n"
    note = await keeper.signer.attest(keeper.attest_name, text)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"manifest.json": text, "manifest.note": note, **files}.items():
            archive.writestr(name, data)
    return True


def _said(scope: Scope, token: bytes | None) -> Iterator[str]:
    """The scope as it is signed and logged: no person in it."""
    if scope.case_id is not None:
        yield f"case_id={scope.case_id}"
    if token is not None:
        yield f"subject={token.hex()}"
    if scope.since is not None:
        yield f"since={timestamp(scope.since)}"
    if scope.until is not None:
        yield f"until={timestamp(scope.until)}"


async def _rows(tx: Connection, log: Log, scope: Scope, token: bytes | None, size: int) -> list[StoredEntry]:
    """All in scope, oldest first; at most MOST, the newest of them."""
    found: list[StoredEntry] = []
    before = size
    while len(found) < MOST:
        wanted = Filter(before=before, limit=_STEP, case_id=scope.case_id, subject=token, since=scope.since, until=scope.until)
        page = await entries.search(tx, log.year, log.log_id, wanted)
        found += page
        if len(page) < _STEP:
            break
        before = page[-1].entry_index
    return found[MOST - 1 :: -1]


async def _proofs(tx: Connection, log: Log, rows: Sequence[StoredEntry], size: int) -> bytes:
    lines = []
    for row in rows:
        path = await inclusion_path(tx, log, row, size)
        lines.append(
            msgspec.json.encode({"index": row.entry_index, "hashes": [base64.b64encode(value).decode() for value in path]}) + b"\n"
        )
    return b"".join(lines)


def told(rows: Sequence[StoredEntry]) -> Iterator[tuple[int, str, str, str]]:
    """Index, time, act with its answer, and unit of each row, for a reader."""
    for row in rows:
        leaf = as_seen(row).leaf
        yield (
            (row.entry_index, leaf.at, f"{leaf.action} {leaf.answer or ''}".strip(), leaf.unit or "")
            if leaf
            else (row.entry_index, "", "?", "")
        )
