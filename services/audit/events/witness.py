"""Witnesses over the bus: an organisation's kit asks on `samsyn.witness.<organisation>` what to sign, and brings what it signed.

Who asks is read from the subject. Outbound connections of the organisation are all that this needs.
"""

from datetime import datetime
from typing import Final

import msgspec
from nats.aio.msg import Msg

from services.audit.domain.cosignature import Policy
from services.audit.usecases.witness_root import is_unwitnessed, offer, take
from shared import logs, replies, subjects
from shared.bus import Bus
from shared.clock import utc_now
from shared.database import Database
from shared.errors import AppError, Invalid, Unavailable

_SUBJECT: Final = "samsyn.witness.*"
_FROM_ACCOUNT: Final = "_R_."


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`size`: what the witness knows; with `line`: what it signed of that size."""

    size: int
    line: str | None = None


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """`body` of add-checkpoint, or None; `taken`: whether the line counts."""

    body: str | None = None
    taken: bool = False


class Witnesses:
    """The loop's work: hear the witnesses, and say when they are missing."""

    def __init__(self, bus: Bus, database: Database, policy: Policy) -> None:
        self._bus, self._database, self._policy = bus, database, policy
        self._hears = False

    async def run_once(self, now: datetime) -> None:
        """Subscribes at its first turn; then looks whether the quorum is missing."""
        if not self._hears:
            await self._bus.subscribe(_SUBJECT, self._handle, queue="audit")
            self._hears = True
        async with self._database.transaction() as tx:
            if await is_unwitnessed(tx, self._policy, now=now):
                logs.line("witnesses.missing")

    async def _handle(self, msg: Msg) -> None:
        organisation = msg.subject.rpartition(".")[2]
        own = f"{subjects.inbox(organisation)}."
        if msg.subject != f"samsyn.witness.{organisation}" or not msg.reply.startswith((_FROM_ACCOUNT, own)):
            return
        try:
            status, body = replies.OK, msgspec.json.encode(await self.answer(organisation, msg.data, utc_now()))
        except AppError as error:
            status, body = replies.problem(error)
        except Exception as error:  # noqa: BLE001  the edge: a witness that is not answered asks again
            logs.failure("witness.failed", error)
            status, body = replies.problem(Unavailable())
        await self._bus.publish(msg.reply, body, {replies.STATUS: status})

    async def answer(self, organisation: str, data: bytes, now: datetime) -> Offered:
        """What one request is answered with. Raises Invalid for what is none."""
        try:
            asked = msgspec.json.decode(data, type=Asked)
        except msgspec.DecodeError as error:
            raise Invalid("request-malformed") from error
        if not 0 <= asked.size < 1 << 62:
            raise Invalid("request-malformed")
        async with self._database.transaction() as tx:
            if asked.line is not None:
                return Offered(taken=await take(tx, self._policy, organisation, asked.size, asked.line, now=now))
            body = await offer(tx, asked.size)
        return Offered(body=None if body is None else body.decode())
