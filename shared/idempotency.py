"""`Idempotency-Key`: the same request sent again has one effect and gets the same bytes.

The row is claimed first and filled last in the transaction of the effect itself, so there is no instant at which one exists without
the other. Neither key nor body is stored: the row holds a hash of the key, and a hash of the body *under the key*. A plain hash of a
body with a personal number would give the number away to whoever reads the table and tries them all (I9). A second sender of the
same key waits at the claim until the first has committed, then reads its answer.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from shared import sql
from shared.auth import Caller, Kind
from shared.database import Connection, Database
from shared.errors import Conflict, Invalid

QUERIES = sql.load("shared", "idempotency.sql")

HEADER = "Idempotency-Key"
KEPT = timedelta(days=7)
"""How long an answer can be had again: longer than a sender without network keeps trying."""

_FORM = re.compile(r"[\x21-\x7e]{1,200}\Z")


class Repeated(Exception):
    """This request has been answered: here are its status and its bytes. Not an error; the edges send them."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one caller, the request it stands for, and the status its answer gets when all goes well."""

    caller: str
    key: str
    """SHA-256 of what the client sent."""
    fingerprint: bytes
    success: int

    @classmethod
    def of(cls, caller: Caller, headers: Mapping[str, str], target: str, body: bytes, *, success: int = 200) -> "Claim | None":
        """None without a key. `target` is the operation's name or the path, so that one key is not two things."""
        key = headers.get(HEADER)
        if key is None:
            return None
        if not _FORM.match(key):
            raise Invalid("idempotency-key-malformed")
        fingerprint = hmac.digest(key.encode(), target.encode() + b"\0" + body, "sha256")
        return cls(caller=whose(caller), key=hashlib.sha256(key.encode()).hexdigest(), fingerprint=fingerprint, success=success)


def whose(caller: Caller) -> str:
    """Systems of one organisation share their keys, for over NATS only the organisation is known; a person has their own."""
    return f"organisation {caller.organisation}" if caller.kind is Kind.SYSTEM and caller.organisation else caller.principal


async def take(tx: Connection, claim: Claim, *, now: datetime) -> None:
    """Claim the key for this transaction. Raises Repeated when it is answered, Conflict when it stood for another request."""
    if await tx.fetchval(QUERIES["claim_key"], claim.caller, claim.key, claim.fingerprint, now):
        return
    row = await tx.fetchrow(QUERIES["find_answer"], claim.caller, claim.key)
    if row is None or row["request_hash"] != claim.fingerprint:
        raise Conflict("idempotency-key-reused")
    raise Repeated(row["status"], row["answer"])


async def keep(tx: Connection, claim: Claim, status: int, body: bytes) -> None:
    """Store the answer beside the effect."""
    await tx.execute(QUERIES["keep_answer"], claim.caller, claim.key, status, body)


async def drop(tx: Connection, claim: Claim) -> None:
    """Give the key back: what failed for now may succeed when it is sent again."""
    await tx.execute(QUERIES["drop_key"], claim.caller, claim.key)


class Forget:
    """The loop that removes answers older than `KEPT`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self, now: datetime) -> int:
        """How many were removed, at most 1 000 in one turn."""
        async with self._database.transaction() as tx:
            return len(await tx.fetch(QUERIES["forget_answers"], now - KEPT))
