"""Give each person of a batch a token and a data key of the log it lies in; one who has been erased gets neither again."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import TOKEN_SIZE
from services.audit.domain.log import Log
from services.audit.domain.vault import KEY_SIZE, NONCE_SIZE
from services.audit.storage import erasure, people
from shared.database import Connection

LATE: Final = timedelta(days=1)
"""What was done so long after a person's erasure may still be of the time before: houses hear of it one after the other."""

NO_LOG: Final = 0
"""A person's lookup in no log: how an erasure is remembered for logs in which the person never stood."""


class Wanted(msgspec.Struct, frozen=True):
    """One person to be named in one log."""

    log: Log
    role: str
    identity: str


class Named(msgspec.Struct, frozen=True):
    """What stands for the person in the log, and the key that their part is encrypted under."""

    token: bytes
    data_key: bytes


async def name_all(tx: Connection, keeper: Keeper, acts: Iterable[tuple[Wanted, datetime]]) -> dict[tuple[Wanted, datetime], Named]:
    """Who stands in each of these acts. In one of the time before the person was erased: a token and a key that nobody has afterwards."""
    wanted = list(acts)
    lookups = {keeper.ring.lookup(NO_LOG, w.role, w.identity) for w, _ in wanted} if await erasure.remembers(tx) else set()
    gone = await erasure.erased(tx, sorted(lookups)) if lookups else {}

    def is_late(w: Wanted, at: datetime) -> bool:
        erased_at = gone.get(keeper.ring.lookup(NO_LOG, w.role, w.identity)) if gone else None
        return erased_at is not None and at < erased_at + LATE

    named = await name_people(tx, keeper, (w for w, at in wanted if not is_late(w, at)))
    return {
        (w, at): Named(secrets.token_bytes(TOKEN_SIZE), secrets.token_bytes(KEY_SIZE)) if is_late(w, at) else named[w] for w, at in wanted
    }


async def name_people(tx: Connection, keeper: Keeper, wanted: Iterable[Wanted]) -> dict[Wanted, Named]:
    """The same token for the same person in the same log, a new random one elsewhere. The logs are locked."""
    lookups = {w: keeper.ring.lookup(w.log.log_id, w.role, w.identity) for w in wanted}
    known = await people.find(tx, ((w.log.log_id, lookup) for w, lookup in lookups.items()))
    named, fresh = {}, []
    for w, lookup in lookups.items():
        if person := known.get((w.log.log_id, lookup)):
            data_key = keeper.ring.unwrap(w.log.organisation, person.token, person.wrapped_key)
            named[w] = Named(person.token, data_key)
            continue
        token, data_key = secrets.token_bytes(TOKEN_SIZE), secrets.token_bytes(KEY_SIZE)
        wrapped = keeper.ring.wrap(w.log.organisation, token, data_key, secrets.token_bytes(NONCE_SIZE))
        fresh.append(people.KnownPerson(log_id=w.log.log_id, lookup=lookup, token=token, wrapped_key=wrapped))
        named[w] = Named(token, data_key)
    if fresh:
        await people.insert(tx, fresh)
    return named


async def find_token(tx: Connection, keeper: Keeper, wanted: Wanted) -> bytes | None:
    """A person's token where the log has one; nothing is made."""
    lookup = keeper.ring.lookup(wanted.log.log_id, wanted.role, wanted.identity)
    found = await people.find(tx, [(wanted.log.log_id, lookup)])
    person = found.get((wanted.log.log_id, lookup))
    return person.token if person else None
