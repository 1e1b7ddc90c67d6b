"""Put finished entries into their logs: the one way in, for the sequencer's batches and for audit's own readings.

Nothing is durable before the caller's COMMIT; nothing is written that was not read back and hashed anew (rule 13).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.audit.domain import leaf as leaves
from services.audit.domain import vault
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import FencedError, Log, LogBrokenError, State
from services.audit.domain.tree import Range, leaf_hash
from services.audit.storage import entries, logs
from services.audit.usecases.grow_tiles import grow_tiles
from services.audit.usecases.name_people import Named, Wanted, name_all
from shared.contracts.entry import Entry
from shared.database import Connection


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that has been judged fit for its log."""

    log: Log
    entry: Entry
    producer: str
    sequence: int | None = None
    previous_hash: bytes | None = None
    query: tuple[str, ...] = ()
    count: int | None = None


async def write_leaves(
    tx: Connection, keeper: Keeper, drafts: Sequence[Draft], *, epoch: int | None = None, now: datetime
) -> list[entries.Place]:
    """Where each entry lies now. None of them may be in its log already; the order is kept within a log.

    `epoch` is the sequencer's own; None for a writer that holds the row only for this transaction.
    Raises LogBrokenError when the log does not add up, FencedError when a newer sequencer is in charge.
    """
    # (1) lock the logs in one order, and check that each stands where its own range says
    states = await logs.lock(tx, (draft.log.log_id for draft in drafts))
    ranges = {log_id: _range(state) for log_id, state in states.items()}
    # (2) persons become tokens; (3) the leaf's bytes are made once and for all
    named = await name_all(tx, keeper, _people(drafts))
    rows, facts, parts = [], [], []
    sizes = {log_id: state.size for log_id, state in states.items()}
    for draft in drafts:
        place = entries.Place(
            year=draft.log.year, log_id=draft.log.log_id, entry_index=sizes[draft.log.log_id], entry_id=draft.entry.entry_id
        )
        sizes[draft.log.log_id] += 1
        made = _make(draft, place, named)
        stored = leaves.encode(made.leaf)
        rows.append(entries.NewEntry(place=place, stored=stored, leaf_hash=leaf_hash(stored)))
        facts.append(made.facts)
        parts += made.parts
    # (4) insert, and hash what the database gives back
    back = await entries.insert(tx, rows, now)
    for row in rows:
        again = leaf_hash(back[row.place.log_id, row.place.entry_index])
        if again != row.leaf_hash:
            raise LogBrokenError(row.place.log_id, "row-read-back-differs", row.place.entry_index)
        ranges[row.place.log_id].append(again)
    await entries.insert_facts(tx, facts)
    await entries.insert_parts(tx, parts)
    # (5) tiles that are full now, and the new roots by compare-and-swap
    years = {draft.log.log_id: draft.log.year for draft in drafts}
    for log_id, state in states.items():
        await grow_tiles(tx, log_id, years[log_id], state.size, sizes[log_id])
    moves = [(state, _after(state, ranges[log_id], epoch)) for log_id, state in states.items()]
    if not await logs.advance_all(tx, moves):
        raise FencedError("a log is written by a newer sequencer")
    return [row.place for row in rows]


def probe(draft: Draft) -> None:
    """Whether the entry can become a leaf at all. Raises LeafRefusedError. Tokens and seals have one size, so any will do."""
    entry = draft.entry
    leaves.actor_part(entry.person.actor)
    if entry.person.subject is not None:
        leaves.subject_part(entry.person.subject, entry.person.sealed_reason)
    token, nothing = bytes(leaves.TOKEN_SIZE), leaves.seal(bytes(leaves.SALT_SIZE), b"")
    leaves.encode(_leaf(draft, token, nothing, *((token, nothing) if entry.person.subject is not None else (None, None))))


class _Made(msgspec.Struct, frozen=True):
    leaf: leaves.Leaf
    facts: entries.Facts
    parts: list[entries.Part]


def _range(state: State) -> Range:
    try:
        found = Range.of(state.size, state.peaks)
    except ValueError as error:
        raise LogBrokenError(state.log_id, "state-malformed") from error
    if found.root() != state.root:
        raise LogBrokenError(state.log_id, "state-root-differs")
    return found


def _people(drafts: Sequence[Draft]) -> list[tuple[Wanted, datetime]]:
    actors = [(_actor(draft), draft.entry.at) for draft in drafts]
    return actors + [(subject, draft.entry.at) for draft in drafts if (subject := _subject(draft))]


def _actor(draft: Draft) -> Wanted:
    return Wanted(draft.log, "actor", draft.entry.person.actor)


def _subject(draft: Draft) -> Wanted | None:
    subject = draft.entry.person.subject
    return None if subject is None else Wanted(draft.log, "subject", str(subject))


def _make(draft: Draft, place: entries.Place, named: dict[tuple[Wanted, datetime], Named]) -> _Made:
    entry, person = draft.entry, draft.entry.person
    actor = named[_actor(draft), entry.at]
    actor_seal, actor_box = _close(draft, "actor", actor, leaves.actor_part(person.actor))
    parts = [entries.Part(place=place, role="actor", token=actor.token, box=actor_box)]
    subject, subject_seal = None, None
    if person.subject is not None and (wanted := _subject(draft)):
        subject = named[wanted, entry.at]
        clear = leaves.subject_part(person.subject, person.sealed_reason)
        subject_seal, subject_box = _close(draft, "subject", subject, clear)
        parts.append(entries.Part(place=place, role="subject", token=subject.token, box=subject_box))
    leaf = _leaf(draft, actor.token, actor_seal, subject.token if subject else None, subject_seal)
    facts = entries.Facts(
        place=place,
        at=entry.at,
        action=entry.action,
        answer=entry.answer,
        unit=entry.unit,
        case_id=entry.case_id,
        object_id=entry.object_id,
        purpose=entry.purpose,
        actor=actor.token,
        subject=subject.token if subject else None,
        reasons=entry.reasons,
    )
    return _Made(leaf, facts, parts)


def _leaf(draft: Draft, actor: bytes, actor_seal: str, subject: bytes | None, subject_seal: str | None) -> leaves.Leaf:
    entry = draft.entry
    return leaves.Leaf(
        v=1,
        entry_id=str(entry.entry_id),
        organisation=entry.organisation,
        at=leaves.timestamp(entry.at),
        action=entry.action,
        actor_kind=entry.person.actor_kind,
        actor=actor.hex(),
        actor_seal=actor_seal,
        producer=draft.producer,
        producer_sequence=draft.sequence,
        previous_hash=draft.previous_hash.hex() if draft.previous_hash is not None else None,
        subject=subject.hex() if subject else None,
        subject_seal=subject_seal,
        actor_organisation=entry.actor_organisation,
        unit=entry.unit,
        answer=entry.answer,
        reasons=entry.reasons,
        purpose=entry.purpose,
        legal_basis=entry.legal_basis,
        categories=entry.categories,
        model=entry.model,
        rules=entry.rules,
        case_id=str(entry.case_id) if entry.case_id else None,
        object_id=str(entry.object_id) if entry.object_id else None,
        query=draft.query,
        count=draft.count,
    )


def _close(draft: Draft, role: str, named: Named, clear: bytes) -> tuple[str, bytes]:
    random = secrets.token_bytes(leaves.SALT_SIZE + vault.NONCE_SIZE)  # one call: the system's is what costs
    salt, nonce = random[: leaves.SALT_SIZE], random[leaves.SALT_SIZE :]
    place = vault.place_of(draft.log.origin, str(draft.entry.entry_id), role)
    return leaves.seal(salt, clear), vault.close_part(named.data_key, salt, clear, nonce, place)


def _after(state: State, grown: Range, epoch: int | None) -> State:
    return State(
        log_id=state.log_id,
        size=grown.size,
        peaks=grown.packed(),
        root=grown.root(),
        epoch=state.epoch if epoch is None else epoch,
    )
