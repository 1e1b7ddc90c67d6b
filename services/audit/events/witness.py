"""Witnesses over the bus: an organisation's kit asks on `samsyn.witness.<organisation>` what to sign, and brings what it signed.

Who asks is read from the subject. Outbound connections of the organisation are all that this needs.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

import msgspec
from nats.aio.msg import Msg

from services.audit.domain.cosignature import Policy
from services.audit.usecases.watch_quorum import Quorum, read_witnessing
from services.audit.usecases.witness_root import offer, take
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
    """The loop's work: hear the witnesses, say when they are missing, and let everything wait when that has lasted too long.

    While `is_stopped` no entry is taken in. So no decision comes back sequenced, and nothing is released, while withdrawals, refusals
    and notifications of concern wait for no entry (DESIGN 8 d). One quorum, and it goes on: nothing was lost, the outboxes hold it.
    """

    def __init__(self, bus: Bus, database: Database, policy: Policy, stop: timedelta | None) -> None:
        self._bus, self._database, self._policy, self._stop = bus, database, policy, stop
        self._hears = False
        self.is_stopped = False

    async def run_once(self, now: datetime) -> None:
        """Subscribes at its first turn; then looks whether the quorum is missing."""
        if not self._hears:
            await self._bus.subscribe(_SUBJECT, self._handle, queue="audit")
            self._hears = True
        await self.look(now)

    async def look(self, now: datetime) -> None:
        """Whether the quorum is missing, and for how long."""
        async with self._database.transaction() as tx:
            found = await read_witnessing(tx, self._policy, self._stop, now=now)
        self.is_stopped = found.state is Quorum.STOPPED
        if found.state in {Quorum.MISSING, Quorum.LONG_MISSING, Quorum.STOPPED}:
            level = logging.WARNING if found.state is Quorum.MISSING else logging.ERROR
            logs.line("witnesses.missing", level=level, reason=found.state.value)

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
            if asked.line is None:
                body = await offer(tx, asked.size)
                return Offered(body=None if body is None else body.decode())
            taken = await take(tx, self._policy, organisation, asked.size, asked.line, now=now)
        if taken and self.is_stopped:
            await self.look(now)
        return Offered(taken=taken)
