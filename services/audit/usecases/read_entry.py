"""Open one entry with its actor's identity; both are one entry in the log before the answer leaves (rules 31 and 36)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.audit.domain import vault
from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import actor_part, canonical, seal
from services.audit.domain.log import Log, StoredEntry
from services.audit.storage import entries, logs, people
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import Seen, as_seen
from shared.auth import Caller
from shared.database import Connection


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with who acted. `actor` None and `erased` true: the person has been erased; the proof still holds."""

    log: str
    seen: Seen
    actor: str | None
    erased: bool
    actor_fits: bool
    """Whether the identity opens the commitment in the leaf."""


class Why(StrEnum):
    """What an officer opens an identity for: a code, in the entry of the opening."""

    REVIEW = "review"
    FLAG = "flag"
    COMPLAINT = "complaint"
    INCIDENT = "incident"
    ACCESS_REQUEST = "access-request"


async def read_entry(
    tx: Connection, keeper: Keeper, caller: Caller, entry_id: UUID, why: Why | None = None, *, now: datetime
) -> Opened | None:
    """The entry; None when it is unknown or not the caller's to see."""
    row = await entries.find(tx, entry_id)
    log = await logs.find_by_id(tx, row.log_id) if row else None
    if row is None or log is None or not await may_read(tx, caller, log.organisation, now=now):
        await record_refusal(tx, keeper, caller, log.organisation if log else None, object_id=entry_id if log else None, now=now)
        return None
    query = () if why is None else (f"why={why}",)
    await record_reading(tx, keeper, caller, log.organisation, "entry.read", object_id=entry_id, query=query, now=now)
    seen = as_seen(row)
    opened = await _open_actor(tx, keeper, log, row)
    if opened is None:
        return Opened(log=log.origin, seen=seen, actor=None, erased=True, actor_fits=False)
    salt, part = opened
    actor = msgspec.json.decode(part, type=dict[str, str]).get("actor", "")
    fits = seen.leaf is not None and canonical({"actor": actor}) == actor_part(actor) == part and seal(salt, part) == seen.leaf.actor_seal
    return Opened(log=log.origin, seen=seen, actor=actor, erased=False, actor_fits=fits)


async def _open_actor(tx: Connection, keeper: Keeper, log: Log, row: StoredEntry) -> tuple[bytes, bytes] | None:
    found = await entries.part(tx, row, "actor")
    wrapped = await people.wrapped_key(tx, log.log_id, found[0]) if found else None
    if found is None or wrapped is None:
        return None
    token, box = found
    data_key = keeper.ring.unwrap(log.organisation, token, wrapped)
    return vault.open_part(data_key, box, vault.place_of(log.origin, str(row.entry_id), "actor"))
