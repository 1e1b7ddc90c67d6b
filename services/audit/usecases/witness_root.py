"""What witnesses are asked to sign of the root log, what they signed, and what an entry's proof rests on then (rules 23 to 26)."""

import base64
from datetime import UTC, datetime, timedelta

import msgspec

from services.audit.domain import tree
from services.audit.domain.cosignature import Policy, read_line
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import ROOT_YEAR, Log
from services.audit.domain.proof import format_proof
from services.audit.domain.tiles import hash_in, tile_of
from services.audit.storage import checkpoints, entries, roots
from services.audit.usecases.grow_root import find_root
from services.audit.usecases.grow_tiles import tiles_for
from services.audit.usecases.read_log import visible_log
from shared.auth import Caller
from shared.database import Connection

CLOCK = timedelta(minutes=5)
"""How far a witness's time may lie from ours."""


class WitnessedProof(msgspec.Struct, frozen=True, kw_only=True):
    """A log's checkpoint and the proof that the root log holds its hash, under the root's checkpoint with its cosignatures."""

    checkpoint: str
    proof: str
    witnesses: int
    quorum: bool


async def offer(tx: Connection, size: int) -> bytes | None:
    """The body of `add-checkpoint` (C2SP tlog-witness) for a witness that knows this size; None when there is nothing newer to sign.

    A witness that knows more than we do is answered with what we have: it sees for itself that a backup was put back.
    """
    root = await find_root(tx)
    signed = await checkpoints.last(tx, root.log_id) if root else None
    return None if root is None or signed is None else await _body(tx, root, signed, size)


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What an outside witness is brought: the body of `add-checkpoint`, and which size it is about."""

    size: int
    body: bytes


async def offer_newest(tx: Connection, name: str, known: int | None = None) -> Offered | None:
    """What the witness that the policy calls `name` has not signed yet. `known`: from which size it goes on, where it has said that."""
    root = await find_root(tx)
    newest = await checkpoints.last(tx, root.log_id) if root else None
    if root is None or newest is None:
        return None
    signed = await roots.signed_by(tx, root.log_id, name)
    if signed >= newest.size:
        return None
    return Offered(size=newest.size, body=await _body(tx, root, newest, signed if known is None else known))


async def _body(tx: Connection, root: Log, newest: checkpoints.Signed, size: int) -> bytes:
    path = await path_in_root(tx, root, tree.consistency_plan(size, newest.size), newest.size) if size <= newest.size else []
    hashes = "".join(f"{base64.b64encode(value).decode()}\n" for value in path)
    return f"old {size}\n{hashes}\n".encode() + newest.note


async def take(tx: Connection, policy: Policy, name: str, size: int, line: str, *, now: datetime) -> bool:
    """Keep the cosignature of the witness that the policy calls `name`; False for a false one, another's, or an unknown size."""
    root, witness = await find_root(tx), policy.witnesses.get(name)
    if root is None or witness is None:
        return False
    signed = await checkpoints.at(tx, root.log_id, size)
    read = read_line(line, signed.note.rpartition(b"\n\n")[0] + b"\n", [witness]) if signed else None
    if read is None or abs(now.timestamp() - read[1]) > CLOCK.total_seconds():
        return False
    await roots.save_cosignature(tx, root.log_id, size, roots.Cosigned(witness=name, line=line, at=datetime.fromtimestamp(read[1], UTC)))
    return True


async def cosigned(tx: Connection, root: Log, size: int) -> bytes | None:
    """The root log's checkpoint of that size with every cosignature; None when it was never signed."""
    signed = await checkpoints.at(tx, root.log_id, size)
    if signed is None:
        return None
    return signed.note + "".join(c.line for c in await roots.cosignatures(tx, root.log_id, size)).encode()


async def read_root(tx: Connection, policy: Policy) -> bytes | None:
    """The checkpoint to show: the newest that has its quorum, else the newest."""
    root = await find_root(tx)
    newest = await checkpoints.last(tx, root.log_id) if root else None
    if root is None or newest is None:
        return None
    held = await best(tx, policy, root)
    return await cosigned(tx, root, held.size if held else newest.size)


async def best(tx: Connection, policy: Policy, root: Log) -> roots.Cosigners | None:
    """The greatest size that enough witnesses have signed."""
    return next((c for c in await roots.cosigners(tx, root.log_id) if policy.is_enough(c.witnesses)), None)


async def prove_witnessed(
    tx: Connection, keeper: Keeper, policy: Policy, caller: Caller, organisation: str, year: int, *, now: datetime
) -> WitnessedProof | None:
    """The second half of a witnessed proof: that the log's newest checkpoint is in the root log that the witnesses signed."""
    log = await visible_log(tx, keeper, caller, organisation, year, now=now)
    root = await find_root(tx)
    newest = await checkpoints.last(tx, root.log_id) if root else None
    if log is None or root is None or newest is None:
        return None
    held = await best(tx, policy, root)
    size = held.size if held else newest.size
    found, note = await roots.find(tx, root.log_id, log.log_id, size), await cosigned(tx, root, size)
    if found is None or note is None:
        return None
    index, checkpoint = found
    path = await path_in_root(tx, root, tree.inclusion_plan(index, size), size)
    (row,) = await entries.between(tx, ROOT_YEAR, root.log_id, index, index + 1)
    signers = await roots.cosignatures(tx, root.log_id, size)
    return WitnessedProof(
        checkpoint=checkpoint.decode(),
        proof=format_proof(index, path, note, row.stored).decode(),
        witnesses=len(signers),
        quorum=held is not None,
    )


async def path_in_root(tx: Connection, root: Log, plan: list[tuple[tree.Node, ...]], size: int) -> list[bytes]:
    """The hashes of a proof's plan in the root log of that size."""
    held = await tiles_for(tx, root.log_id, ROOT_YEAR, size, (node for nodes in plan for node in nodes))
    return tree.proof(plan, lambda node: hash_in(node, held[tile_of(node)]))
