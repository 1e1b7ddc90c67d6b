"""Go on in a new log after one that can go on no more, and name in its first entry what was signed of the other (rules 21 and 45)."""

from datetime import datetime

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import ROOT, Log, LogBrokenError, origin_of, root_origin
from services.audit.storage import erasure, logs, producers
from services.audit.usecases.compare_signed import compare_signed
from services.audit.usecases.open_log import own_entry
from services.audit.usecases.write_leaves import Draft, write_leaves
from shared import outbox
from shared.contracts.entry import Entry, Sequenced
from shared.database import Connection

ENDED = frozenset({"smaller-than-signed", "smaller-than-published", "signer-frozen"})
"""Why a log may be continued. A row that was altered is none: there the newest copy is put back, and the log itself goes on."""
HALTED = "log-halted"


class Continued(msgspec.Struct, frozen=True, kw_only=True):
    """Which log was followed by which, and what is lost: entries signed beyond those that are kept."""

    origin: str
    follows: str
    kept: int
    signed: int


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a producer that nobody has any more."""

    producer: str
    first: int
    last: int


async def continue_logs(tx: Connection, keeper: Keeper, *, now: datetime) -> list[Continued]:
    """Every log that has ended and has no follower gets one. Raises Unavailable without the signer: it alone knows what was signed."""
    await compare_signed(tx, keeper, now=now)
    done = []
    for log in await erasure.logs(tx):
        halt = await logs.halt_of(tx, log.log_id)
        newest = await logs.find(tx, log.organisation, log.year)
        if halt in ENDED and newest == log:
            done.append(await _follow(tx, keeper, log, halt or "", now))
    return done


async def name_lost(tx: Connection, keeper: Keeper, lost: Lost, *, now: datetime) -> None:
    """Say in the operator's log which numbers of a producer are gone. Raises LogBrokenError where that log is stopped too."""
    log = await logs.find(tx, keeper.operator, now.year)
    if log is None or await logs.halted(tx, [log.log_id]):
        raise LogBrokenError(log.log_id if log else 0, "stopped")
    query = (f"producer={lost.producer}", f"first={lost.first}", f"last={lost.last}")
    entry = own_entry(keeper.operator, "entries.lost", now)
    await write_leaves(tx, keeper, [Draft(log=log, entry=entry, producer="audit", query=query, count=lost.last - lost.first + 1)], now=now)


async def _follow(tx: Connection, keeper: Keeper, log: Log, reason: str, now: datetime) -> Continued:
    kept, signed = await logs.state(tx, log.log_id), await keeper.signer.last(log.origin)
    part = log.part + 1
    is_root = log.organisation == ROOT
    origin = root_origin(keeper.host, part) if is_root else origin_of(keeper.host, log.organisation, log.year, part)
    await logs.open_empty(tx, log.organisation, log.year, origin, now, part=part)
    follower = await logs.find(tx, log.organisation, log.year)
    if follower is None:
        raise RuntimeError("it has just been opened")
    if not is_root:  # the root log holds checkpoints alone; those of the part before are among them
        root = signed.root.hex() if signed else ""
        query = (f"origin={log.origin}", f"kept={kept.size}", f"signed={signed.size if signed else 0}", f"root={root}")
        entry = own_entry(log.organisation, "log.continued", now, reasons=(reason,))
        await write_leaves(tx, keeper, [Draft(log=follower, entry=entry, producer="audit", query=query)], now=now)
        await _take_waiting(tx, keeper, follower, now)
    return Continued(origin=origin, follows=log.origin, kept=kept.size, signed=signed.size if signed else 0)


async def _take_waiting(tx: Connection, keeper: Keeper, log: Log, now: datetime) -> None:
    """Entries that came while the log was stopped lie in quarantine: now they are taken, and their producers get their receipts."""
    for kept in await producers.kept_for(tx, HALTED, log.organisation):
        entry = msgspec.json.decode(kept.body, type=Entry)
        if entry.organisation == log.organisation and entry.at.year == log.year:
            await write_leaves(tx, keeper, [Draft(log=log, entry=entry, producer=kept.producer)], now=now)
            await producers.let_go(tx, kept.producer, kept.message_id)
            await outbox.add(tx, Sequenced(house=kept.producer, entry_ids=(entry.entry_id,)), now=now)
