"""Take a batch of producers' entries into their logs and give receipts (rules 9 to 13).

Order is kept per producer. What cannot be taken yet holds up its producer, never others; what never can is kept in
quarantine and named in the operator's log. The receipt `Sequenced` is in the outbox of the same transaction.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

import msgspec

from services.audit.domain.chain import Link, Position, judge
from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import MAX_INTEGER, LeafRefusedError
from services.audit.domain.log import FIRST_YEAR, LAST_YEAR, Log, year_of
from services.audit.storage import entries, logs, producers
from services.audit.usecases.open_log import open_log, own_entry
from services.audit.usecases.write_leaves import Draft, probe, write_leaves
from shared import outbox
from shared.contracts.entry import Entry, Sequenced
from shared.database import Connection

WAIT_FOR_REGISTER = timedelta(minutes=10)
"""How long entries wait for their organisation to become known: the register's event may come after theirs."""

CLOCK_AHEAD = timedelta(hours=1)
"""An entry further in the future than this would open next year's log by mistake."""


NUL = rb"\u0000"
"""PostgreSQL's text cannot hold it; one such entry would keep every other of its batch out."""


SURE = 2_000
"""Bytes. A leaf holds less than its body, some 600 bytes of tokens, seals and links, and is at most three times longer in NFC: what is
this short fits in any case (8 192)."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it came: who published it is read from the subject, the rest from the headers set by its relay."""

    producer: str
    message_id: UUID
    sequence: int | None
    """None, like the hash, when the header is missing or no such value: only a forger or a fault sends that."""
    previous_hash: bytes | None
    body: bytes


class Outcome(StrEnum):
    """What has become of one entry when the transaction commits."""

    SEQUENCED = "sequenced"
    REJECTED = "rejected"
    WAITING = "waiting"
    """Not taken: deliver it again."""


class _Batch:
    """What one transaction collects while it goes through its messages."""

    def __init__(self, tx: Connection, keeper: Keeper, now: datetime) -> None:
        self.tx, self.keeper, self.now = tx, keeper, now
        self.drafts: list[Draft] = []
        self.outcomes: dict[UUID, Outcome] = {}
        self.known: set[UUID] = set()
        self.halted: set[int] = set()
        self.parts: dict[str, list[Log]] = {}
        """All logs of each organisation that has been met."""
        self._logs: dict[tuple[str, int], Log] = {}

    async def meet(self, organisations: Iterable[str]) -> None:
        """Their logs, and which of these are stopped: two queries, however many there are."""
        fresh = set(organisations) - self.parts.keys()
        if not fresh:
            return
        self.parts |= {name: [] for name in fresh}
        for log in await logs.of_organisations(self.tx, fresh):
            self.parts[log.organisation].append(log)
            self._logs[log.organisation, log.year] = log  # the newest part of its year comes last
        self.halted |= await logs.halted(self.tx, (log.log_id for name in fresh for log in self.parts[name]))

    async def log_of(self, entry: Entry) -> Log | None:
        """The log that an entry belongs to, looked up once; None for an organisation that is not known (yet)."""
        key = (entry.organisation, year_of(entry.at))
        if key not in self._logs:
            log = await open_log(self.tx, self.keeper, *key, now=self.now)
            if log is None:
                return None
            self._logs[key] = log
            self.halted |= await logs.halted(self.tx, [log.log_id])
        return self._logs[key]


async def append_entries(tx: Connection, keeper: Keeper, messages: Sequence[Incoming], *, epoch: int, now: datetime) -> dict[UUID, Outcome]:
    """What becomes of each message, by its id. The same batch again gives the same receipts and no second entry.

    Raises LogBrokenError or FencedError: then nothing of the batch may be committed nor acknowledged.
    """
    await entries.plan_anew(tx)
    batch = _Batch(tx, keeper, now)
    ordered = sorted(messages, key=lambda m: (m.producer, m.sequence or 0))
    for producer, group in groupby(ordered, key=lambda m: m.producer):
        await _take_producer(batch, producer, list(group))
    if batch.drafts:
        await write_leaves(tx, keeper, batch.drafts, epoch=epoch, now=now)
    for producer, group in groupby(ordered, key=lambda m: m.producer):
        ids = tuple(dict.fromkeys(m.message_id for m in group if batch.outcomes[m.message_id] is Outcome.SEQUENCED))
        if ids:
            await outbox.add(tx, Sequenced(house=producer, entry_ids=ids), now=now)
    return batch.outcomes


async def _take_producer(batch: _Batch, producer: str, messages: list[Incoming]) -> None:
    position = await producers.lock(batch.tx, producer)  # first producers, then logs: everybody locks in this order
    parsed = {m.message_id: _parse(m, batch.now) for m in messages}
    batch.known |= await _known(batch, [entry for entry in parsed.values() if isinstance(entry, Entry)])
    refused = await producers.quarantined(batch.tx, producer, [m.message_id for m in messages])
    start, waiting = position, False
    for message in messages:
        entry = parsed[message.message_id]
        if message.message_id in batch.known:
            batch.outcomes[message.message_id] = Outcome.SEQUENCED
        elif message.message_id in refused:
            batch.outcomes[message.message_id] = Outcome.REJECTED
        elif waiting:
            batch.outcomes[message.message_id] = Outcome.WAITING
        else:
            position, waiting = await _take_one(batch, message, entry, position)
    if position != start:
        await producers.advance(batch.tx, producer, position)
        await producers.release(batch.tx, producer, position.sequence)


async def _take_one(batch: _Batch, message: Incoming, entry: Entry | str, position: Position) -> tuple[Position, bool]:
    """The position afterwards, and whether the producer has to wait here."""
    if message.sequence is None or message.previous_hash is None or message.sequence > MAX_INTEGER:
        await _reject(batch, message, "headers-missing")
        return position, False
    link = judge(position, message.sequence, message.previous_hash)
    if link is Link.AHEAD:
        await _hold(batch, message, "gap")
        return position, True
    if link is Link.FORK:
        await _reject(batch, message, "chain-fork")
        return position, False
    reason = entry if isinstance(entry, str) else await _admit(batch, message, entry)
    if reason == "organisation-unknown":
        since = await _hold(batch, message, reason)
        if batch.now - since < WAIT_FOR_REGISTER:
            return position, True
    if reason:
        await _reject(batch, message, reason)
    else:
        batch.outcomes[message.message_id] = Outcome.SEQUENCED
        batch.known.add(message.message_id)
    return position.after(message.body), False


def _parse(message: Incoming, now: datetime) -> Entry | str:
    """The entry, or the code of what is wrong with it. Unknown fields are ignored, as in every event."""
    try:
        entry = msgspec.json.decode(message.body, type=Entry)
    except msgspec.DecodeError:
        return "not-an-entry"
    if NUL in message.body:
        return "nul-in-text"
    if entry.entry_id != message.message_id:
        return "id-differs"
    if entry.at.tzinfo is None or not FIRST_YEAR <= year_of(entry.at) <= LAST_YEAR or entry.at - now > CLOCK_AHEAD:
        return "time-out-of-range"
    return entry


async def _known(batch: _Batch, found: Sequence[Entry]) -> set[UUID]:
    """Which of these lie in a log already, in whatever part of its year."""
    await batch.meet(entry.organisation for entry in found)
    wanted = []
    for entry in found:
        year = year_of(entry.at)
        wanted += [(year, log.log_id, entry.entry_id) for log in batch.parts[entry.organisation] if log.year == year]
    return set(await entries.known(batch.tx, wanted))


async def _admit(batch: _Batch, message: Incoming, entry: Entry) -> str:
    """Put a good entry among the drafts; otherwise the code of what stands against it."""
    log = await batch.log_of(entry)
    if log is None:
        return "organisation-unknown"
    if log.log_id in batch.halted:
        return "log-halted"  # kept in quarantine without a receipt: that organisation stops, its neighbours do not
    draft = Draft(log=log, entry=entry, producer=message.producer, sequence=message.sequence, previous_hash=message.previous_hash)
    if len(message.body) > SURE:
        try:
            probe(draft)
        except LeafRefusedError as error:
            return error.code
    batch.drafts.append(draft)
    return ""


async def _hold(batch: _Batch, message: Incoming, reason: str) -> datetime:
    batch.outcomes[message.message_id] = Outcome.WAITING
    held = producers.Held(
        producer=message.producer, entry_id=message.message_id, sequence=message.sequence or 0, reason=reason, since=batch.now
    )
    return await producers.hold(batch.tx, held)


async def _reject(batch: _Batch, message: Incoming, reason: str) -> None:
    """Keep it, and say in the operator's log that it was refused, why, and its hash: never silently dropped (rule 10)."""
    batch.outcomes[message.message_id] = Outcome.REJECTED
    fresh = await producers.quarantine(batch.tx, message.producer, message.message_id, reason, message.body, batch.now)
    log = await open_log(batch.tx, batch.keeper, batch.keeper.operator, year_of(batch.now), now=batch.now)
    if fresh and log is not None:
        entry = own_entry(
            batch.keeper.operator, "entry.rejected", batch.now, answer="refused", reasons=(reason,), object_id=message.message_id
        )
        digest = f"sha256={hashlib.sha256(message.body).hexdigest()}"
        batch.drafts.append(Draft(log=log, entry=entry, producer="audit", query=(f"producer={message.producer}", digest)))
