"""Destroy what the logs know of who a person was; every root, proof and number stands (rules 28 and 29, I7).

Consent decides, by two persons, and says so with `person-erased`; the answer `erased` is in the outbox of the same transaction.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, year_of
from services.audit.domain.vault import NONCE_SIZE
from services.audit.storage import erasure, holds, logs
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.keep_held import kept_in
from services.audit.usecases.name_people import NO_LOG, Wanted, find_token
from services.audit.usecases.open_log import open_log, own_entry
from services.audit.usecases.write_leaves import Draft, write_leaves
from shared import outbox
from shared.contracts.audit import Erasable, ErasableFound
from shared.contracts.consent import Erased, PersonErased
from shared.database import Connection


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one log knows of a person."""

    log: Log
    role: str
    token: bytes
    entries: int
    kept: bool = False
    """A hold of that log's organisation keeps the key (rule 30)."""


async def look(tx: Connection, keeper: Keeper, subject_id: UUID, principals: Sequence[str]) -> list[Found]:
    """What would be destroyed, and what a hold would keep: a dry run, which changes nothing and names nobody."""
    found = []
    for log in await erasure.logs(tx):
        kept: set[bytes] | None = None
        for role, identity in _identities(subject_id, principals):
            token = await find_token(tx, keeper, Wanted(log, role, identity))
            if token is not None:
                kept = await kept_in(tx, keeper, log) if kept is None else kept
                number = await erasure.count_entries(tx, log.log_id, token)
                found.append(Found(log=log, role=role, token=token, entries=number, kept=token in kept))
    return found


async def would_erase(tx: Connection, keeper: Keeper, question: Erasable) -> ErasableFound:
    """The dry run that consent shows before anybody decides. Keys of logins are not known before the erasure itself."""
    found = await look(tx, keeper, question.subject_id, ())
    free = [one for one in found if not one.kept]
    kinds = {"subject-keys": len(free), "entries": sum(one.entries for one in free), "kept-by-a-hold": len(found) - len(free)}
    return ErasableFound(kinds=kinds)


async def erase_person(tx: Connection, event: PersonErased, *, keeper: Keeper, ledger: Ledger, now: datetime) -> None:
    """Keys, lookups and kept messages are gone at the commit; the ledger has them before. The same event again only answers again.

    What a hold keeps is destroyed when it is lifted (`release_kept`); consent has its answer only then.
    """
    await holds.stand_still(tx)
    done = await erasure.find(tx, event.erasure_id)
    if done is None:
        identities = _identities(event.subject_id, event.principals)
        found = await look(tx, keeper, event.subject_id, event.principals)
        free = [one for one in found if not one.kept]
        keys = [(one.log.log_id, one.token) for one in free]
        ledger.add(str(event.erasure_id), keys)
        await erasure.destroy(tx, keys)
        await erasure.remember(tx, [keeper.ring.lookup(NO_LOG, role, identity) for role, identity in identities], event.erased_at)
        messages = sum([await erasure.destroy_messages(tx, text) for text in (str(event.subject_id), *event.principals)])
        done = erasure.Done(
            erasure_id=event.erasure_id,
            actors=sum(one.role == "actor" for one in free),
            subjects=sum(one.role == "subject" for one in free),
            messages=messages,
            done_at=now,
        )
        await erasure.insert(tx, done)
        held = [one for one in found if one.kept]
        await _keep(tx, keeper, event, held)
        said = await _drafts(tx, keeper, event.erasure_id, "person.erased", free, now)
        said += await _drafts(tx, keeper, event.erasure_id, "person.erasure-held", held, now)
        if said:
            await write_leaves(tx, keeper, said, now=now)
    if not await erasure.is_kept(tx, event.erasure_id):
        await _answer(tx, done, event.subject_id, now)


async def release_kept(tx: Connection, keeper: Keeper, ledger: Ledger, *, now: datetime) -> int:
    """Destroy the keys of erased persons that no hold keeps any more; how many those were. Consent hears of each that is whole now."""
    await holds.stand_still(tx)
    free: dict[UUID, list[Found]] = {}
    boxes: dict[UUID, bytes] = {}
    for log_id in await erasure.logs_kept(tx):
        log = await logs.find_by_id(tx, log_id)
        if log is None:
            continue
        for one in await erasure.kept_but(tx, log_id, sorted(await kept_in(tx, keeper, log))):
            number = await erasure.count_entries(tx, log_id, one.token)
            found = Found(log=log, role=one.role, token=one.token, entries=number)
            free.setdefault(one.erasure_id, []).append(found)
            boxes[one.erasure_id] = one.box
    said = []
    for erasure_id, some in free.items():
        keys = [(one.log.log_id, one.token) for one in some]
        ledger.add(str(erasure_id), keys)
        await erasure.destroy(tx, keys)
        await erasure.release(tx, erasure_id, keys, actors=sum(one.role == "actor" for one in some))
        said += await _drafts(tx, keeper, erasure_id, "person.erased", some, now)
        done = await erasure.find(tx, erasure_id)
        if done is not None and not await erasure.is_kept(tx, erasure_id):
            subject_id = UUID(bytes=keeper.ring.unwrap(keeper.operator, erasure_id.bytes, boxes[erasure_id]))
            await _answer(tx, done, subject_id, now)
    if said:
        await write_leaves(tx, keeper, said, now=now)
    return sum(map(len, free.values()))


async def _keep(tx: Connection, keeper: Keeper, event: PersonErased, kept: Sequence[Found]) -> None:
    """Note what waits for its hold."""
    box = keeper.ring.wrap(keeper.operator, event.erasure_id.bytes, event.subject_id.bytes, secrets.token_bytes(NONCE_SIZE))
    for one in kept:
        await erasure.keep(tx, event.erasure_id, one.log.log_id, one.role, one.token, box)


async def _answer(tx: Connection, done: erasure.Done, subject_id: UUID, now: datetime) -> None:
    destroyed = {"actor-keys": done.actors, "subject-keys": done.subjects, "kept-messages": done.messages}
    answer = Erased(erasure_id=done.erasure_id, subject_id=subject_id, house="audit", destroyed=destroyed, at=done.done_at)
    await outbox.add(tx, answer, now=now)


def _identities(subject_id: UUID, principals: Sequence[str]) -> list[tuple[str, str]]:
    return [("subject", str(subject_id)), *(("actor", principal) for principal in principals)]


async def replay(tx: Connection, ledger: Ledger) -> int:
    """Destroy again what a restored key store brought back; how many keys those were. Done before anything is answered."""
    keys = [(line.log_id, bytes.fromhex(line.token)) for line in ledger.lines()]
    return await erasure.destroy(tx, keys)


async def _drafts(tx: Connection, keeper: Keeper, erasure_id: UUID, action: str, found: Sequence[Found], now: datetime) -> list[Draft]:
    """For each organisation whose logs knew the person: erased or held, how many entries, and nobody's name.

    Written all at once, for that locks the logs in the order that the sequencer takes them in.
    """
    drafts = []
    for organisation in sorted({one.log.organisation for one in found}):
        log = await open_log(tx, keeper, organisation, year_of(now), now=now)
        if log is not None:
            entry = own_entry(organisation, action, now, answer="done", object_id=erasure_id)
            count = sum(one.entries for one in found if one.log.organisation == organisation)
            drafts.append(Draft(log=log, entry=entry, producer="audit", count=count))
    return drafts
