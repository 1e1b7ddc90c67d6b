"""Destroy what the logs know of who a person was; every root, proof and number stands (rules 28 and 29, I7).

Consent decides, by two persons, and says so with `person-erased`; the answer `erased` is in the outbox of the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, year_of
from services.audit.storage import erasure
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.name_people import NO_LOG, Wanted, find_token
from services.audit.usecases.open_log import open_log, own_entry
from services.audit.usecases.write_leaves import Draft, write_leaves
from shared import outbox
from shared.contracts.consent import Erased, PersonErased
from shared.database import Connection


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one log knows of a person."""

    log: Log
    role: str
    token: bytes
    entries: int


async def look(tx: Connection, keeper: Keeper, event: PersonErased) -> list[Found]:
    """What would be destroyed: a dry run, which changes nothing and names nobody."""
    found = []
    for log in await erasure.logs(tx):
        for role, identity in _identities(event):
            token = await find_token(tx, keeper, Wanted(log, role, identity))
            if token is not None:
                found.append(Found(log=log, role=role, token=token, entries=await erasure.count_entries(tx, log.log_id, token)))
    return found


async def erase_person(tx: Connection, event: PersonErased, *, keeper: Keeper, ledger: Ledger, now: datetime) -> None:
    """Keys, lookups and kept messages are gone at the commit; the ledger has them before. The same event again only answers again."""
    done = await erasure.find(tx, event.erasure_id)
    if done is None:
        found = await look(tx, keeper, event)
        keys = [(one.log.log_id, one.token) for one in found]
        ledger.add(str(event.erasure_id), keys)
        await erasure.destroy(tx, keys)
        await erasure.remember(tx, [keeper.ring.lookup(NO_LOG, role, identity) for role, identity in _identities(event)], event.erased_at)
        messages = sum([await erasure.destroy_messages(tx, text) for text in (str(event.subject_id), *event.principals)])
        done = erasure.Done(
            erasure_id=event.erasure_id,
            actors=sum(one.role == "actor" for one in found),
            subjects=sum(one.role == "subject" for one in found),
            messages=messages,
            done_at=now,
        )
        await erasure.insert(tx, done)
        await _record(tx, keeper, event, found, now)
    destroyed = {"actor-keys": done.actors, "subject-keys": done.subjects, "kept-messages": done.messages}
    answer = Erased(erasure_id=event.erasure_id, subject_id=event.subject_id, house="audit", destroyed=destroyed, at=done.done_at)
    await outbox.add(tx, answer, now=now)


def _identities(event: PersonErased) -> list[tuple[str, str]]:
    return [("subject", str(event.subject_id)), *(("actor", principal) for principal in event.principals)]


async def replay(tx: Connection, ledger: Ledger) -> int:
    """Destroy again what a restored key store brought back; how many keys those were. Done before anything is answered."""
    keys = [(line.log_id, bytes.fromhex(line.token)) for line in ledger.lines()]
    return await erasure.destroy(tx, keys)


async def _record(tx: Connection, keeper: Keeper, event: PersonErased, found: Sequence[Found], now: datetime) -> None:
    """In each log that knew the person: erased, how many entries, and nobody's name."""
    for organisation in sorted({one.log.organisation for one in found}):
        log = await open_log(tx, keeper, organisation, year_of(now), now=now)
        if log is not None:
            entry = own_entry(organisation, "person.erased", now, answer="done", object_id=event.erasure_id)
            count = sum(one.entries for one in found if one.log.organisation == organisation)
            await write_leaves(tx, keeper, [Draft(log=log, entry=entry, producer="audit", count=count)], now=now)
