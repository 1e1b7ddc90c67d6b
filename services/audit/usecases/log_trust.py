"""Sign and log what is to be trusted whenever it has changed, and prove to whoever asks which version the root log holds (rule 21)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from services.audit.domain import tree
from services.audit.domain.cosignature import Policy
from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import timestamp
from services.audit.domain.log import root_origin
from services.audit.domain.proof import format_proof
from services.audit.domain.trust import body, body_of, text
from services.audit.storage import checkpoints, erasure, roots, trust
from services.audit.usecases.grow_root import find_root
from services.audit.usecases.witness_root import best, cosigned, path_in_root
from shared.database import Connection


class Trusted(msgspec.Struct, frozen=True, kw_only=True):
    """What this house was started with: the policy's text, and each registrar's public key."""

    policy: str = ""
    registrars: Mapping[str, str] = {}


class TrustProof(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the trust file, and the proof (C2SP tlog-proof) that the root log holds its SHA-256."""

    version: int
    trust: str
    proof: str
    witnesses: int
    quorum: bool


async def log_trust(tx: Connection, keeper: Keeper, given: Trusted, *, now: datetime) -> int | None:
    """The number of the new version; None when nothing has changed. It comes into the root log as the next checkpoints do.

    Raises Unavailable without the signer, which alone knows the keys.
    """
    root = await find_root(tx)
    log_keys = [*await keeper.signer.keys(root.origin if root else root_origin(keeper.host))]
    for log in await erasure.logs(tx):
        if root is None or log.log_id != root.log_id:
            log_keys += await keeper.signer.keys(log.origin)
    said = body(log_keys, await keeper.signer.keys(keeper.attest_name), given.registrars, given.policy)
    last = await trust.last(tx)
    if last is not None and body_of(last.note) == said:
        return None
    version = last.version + 1 if last else 1
    previous = hashlib.sha256(last.note).hexdigest() if last else None
    note = await keeper.signer.attest(keeper.attest_name, text(keeper.host, version, previous, timestamp(now), said))
    await trust.insert(tx, trust.Version(version=version, note=note, signed_at=now))
    return version


async def prove_trust(tx: Connection, policy: Policy) -> TrustProof | None:
    """The newest version that a signed size of the root log holds, witnessed where it can be; None before the first."""
    root = await find_root(tx)
    newest = await checkpoints.last(tx, root.log_id) if root else None
    if root is None or newest is None:
        return None
    held = await best(tx, policy, root)
    found, size = await trust.find(tx, root.log_id, held.size) if held else None, held.size if held else newest.size
    if found is None:
        found, size = await trust.find(tx, root.log_id, newest.size), newest.size
    note = await cosigned(tx, root, size)
    if found is None or note is None:
        return None
    path = await path_in_root(tx, root, tree.inclusion_plan(found.root_index, size), size)
    entry = hashlib.sha256(found.note).hexdigest().encode()
    return TrustProof(
        version=found.version,
        trust=found.note.decode(),
        proof=format_proof(found.root_index, path, note, entry).decode(),
        witnesses=len(await roots.cosignatures(tx, root.log_id, size)),
        quorum=held is not None and size == held.size,
    )
