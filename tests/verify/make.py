"""Archives of a log that nobody keeps in a database: any number of rows, signed at the given sizes."""

import base64
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from samsyn_verify.note import Key, read_keys

from services.audit.domain.checkpoint import Head, log_key, sign
from services.audit.domain.tiles import WIDTH, format_path
from services.audit.domain.tree import Range, consistency_plan, leaf_hash, proof, subtree

KEY = log_key(bytes(32), "audit.samsyn.example/audit/o5ek/2026")


def keys() -> list[Key]:
    """What the reader kept."""
    return read_keys(KEY.verifier_key)


def make_rows(count: int) -> list[bytes]:
    """Entries of a school, half a kilobyte each."""
    return [
        b'{"action":"decision.made","actor":"%032x","actor_seal":"%064x","at":"2026-11-24T10:00:00.%06dZ","entry_id":"%032x",'
        b'"previous_hash":"%064x","producer":"sharing","producer_sequence":%d,"subject":"%032x","subject_seal":"%064x","v":1}'
        % (i % 5000, i * 7919, i % 1_000_000, i, i * 104_729, i, i % 4999, i * 1_299_709)
        for i in range(count)
    ]


def write_archive(path: Path, rows: Sequence[bytes], earlier: Sequence[int] = ()) -> Path:
    """An archive of these rows as the service writes it."""
    leaves = [leaf_hash(row) for row in rows]
    notes = dict(_signed(leaves, {*earlier, len(rows)}))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = {"format": "samsyn-archive-v1", "origin": KEY.name, "size": len(rows), "exported_at": "2026-11-24T10:00:00Z"}
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("checkpoint", notes[len(rows)])
        archive.writestr("keys.txt", f"{KEY.verifier_key}\n")
        archive.writestr("checkpoints.ndjson", "".join(json.dumps({"size": n, "note": notes[n].decode()}) + "\n" for n in earlier))
        archive.writestr("proofs.ndjson", "".join(_proof(leaves, n) for n in earlier))
        for n in range(-(-len(rows) // WIDTH)):
            part = leaves[n * WIDTH : (n + 1) * WIDTH]
            archive.writestr(f"tile/{format_path(0, n, len(part))}", b"".join(part))
        archive.writestr("entries.ndjson", b"\n".join([*rows, b""]))
    return path


def _signed(leaves: Sequence[bytes], sizes: set[int]) -> Iterator[tuple[int, bytes]]:
    grown = Range()
    for leaf in leaves:
        grown.append(leaf)
        if grown.size in sizes:
            yield grown.size, sign(KEY, Head(size=grown.size, root=grown.root()), None, ())


def _proof(leaves: Sequence[bytes], first: int) -> str:
    plan = consistency_plan(first, len(leaves))
    hashes = proof(plan, lambda node: subtree(leaves[node.position << node.height : (node.position + 1) << node.height]))
    return json.dumps({"first": first, "second": len(leaves), "hashes": [base64.b64encode(h).decode() for h in hashes]}) + "\n"
