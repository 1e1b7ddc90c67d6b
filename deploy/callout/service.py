"""The two things the callout does: answer the server about a new connection, and end connections whose ground is gone."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from nacl.exceptions import CryptoError
from nats.aio.msg import Msg

from deploy.callout import ready, users
from deploy.callout.permissions import Permissions, of_house, of_organisation
from deploy.callout.register import select_systems
from deploy.nats.config import Seeds, account_of
from shared import logs
from shared.auth import Kind
from shared.bus import LONGEST_USER, Bus
from shared.bus_login import METHOD, SEPARATOR
from shared.clock import utc_now
from shared.database import Database
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.nkeys import Curve
from shared.tokens.validator import Validator

AUTH: Final = "$SYS.REQ.USER.AUTH"
AT_ONCE: Final = 64
_CONNECTIONS: Final = "$SYS.REQ.SERVER.PING.CONNZ"
_PAGE: Final = 1_024


class Callout:
    """One instance; servers run two, in a queue group. Everything that is not a clear yes is a refusal."""

    def __init__(
        self, *, validator: Validator, database: Database, seeds: Seeds, houses: Mapping[str, str], auth: Bus, monitor: Bus
    ) -> None:
        self._validator = validator
        self._database = database
        self._seeds = seeds
        self._houses = houses
        """`<issuer> <client_id>` of our own houses to their names."""
        self._auth = auth
        self._monitor = monitor
        self._curve = Curve(seeds.xkey)

    async def start(self) -> None:
        """From now on, answer."""
        await self._auth.subscribe(AUTH, self._answer, queue="callout", at_once=AT_ONCE)
        await self._auth.subscribe(ready.SUBJECT, self._say_whether_ready, queue="callout")

    async def _say_whether_ready(self, msg: Msg) -> None:
        try:
            await select_systems(self._database, now=utc_now())
        except Unavailable:
            return  # who asks hears nothing, as who wants to connect would
        if self._monitor.is_connected:
            await self._auth.publish(msg.reply, ready.READY)

    async def _answer(self, msg: Msg) -> None:
        now = utc_now()
        server = (msg.headers or {}).get("Nats-Server-Xkey", "")
        try:
            request = users.read_request(self._curve.open(msg.data, server).decode(), now)
        except (users.NotARequest, ValueError, CryptoError):
            return  # not from our server: no answer, and the server refuses by itself after three seconds
        user = await self._admit(request, now)
        answer = users.answer(self._seeds.issuer, request, now=now, user_jwt=user)
        await self._auth.publish(msg.reply, self._curve.seal(answer.encode(), server))

    async def _admit(self, request: Mapping[str, Any], now: datetime) -> str | None:
        """A user for this connection, or None."""
        token, separator, proof = str(request["nats"]["connect_opts"].get("auth_token", "")).partition(SEPARATOR)
        try:
            accepted = await self._validator.accept(token, proof if separator else None, htm=METHOD, htu=self._validator.audience, now=now)
            permissions = self._permissions(accepted.caller.kind, accepted.caller.principal, accepted.caller.organisation)
        except (AppError, ValueError) as error:
            logs.line("login.refused", level=logging.WARNING, error=type(error).__name__)
            return None
        expires_at = min(accepted.expires_at, now + LONGEST_USER)
        key = request["nats"]["user_nkey"]
        return users.user(self._seeds.issuer, key, accepted.caller.principal, permissions, now=now, expires_at=expires_at)

    def _permissions(self, kind: Kind, principal: str, organisation: str | None) -> Permissions:
        if kind is Kind.HOUSE and principal in self._houses:
            return of_house(self._houses[principal])
        if kind is Kind.SYSTEM and organisation is not None:
            return of_organisation(organisation)
        raise Unauthenticated("no-user-of-the-bus")

    async def run_once(self, now: datetime) -> int:
        """End every connection whose system is no longer in the register, or in another organisation; returns how many.

        Looks at the server's own list, so that it also ends what another instance, or this one before a restart, let in.
        Raises Unavailable; connections then live until their user expires, at most 15 minutes.
        """
        systems = await select_systems(self._database, now=now)
        accounts = {name: account_of(organisation) for name, organisation in systems.items()}
        ended = 0
        for server, connection in await self._connections():
            account, name = connection.get("account", ""), connection.get("authorized_user", "")
            if account.startswith("ORG_") and accounts.get(name) != account:
                kick = json.dumps({"cid": connection["cid"]}).encode()
                await self._monitor.request(f"$SYS.REQ.SERVER.{server}.KICK", kick, within=1)
                ended += 1
        if ended:
            logs.line("connections.ended", count=ended)
        return ended

    async def _connections(self) -> list[tuple[str, dict[str, Any]]]:
        """(server id, connection) for all servers that answer."""
        found = []
        offset = 0
        while True:
            ask = {"auth": True, "limit": _PAGE, "offset": offset}
            answers = await self._monitor.ask_all(_CONNECTIONS, json.dumps(ask).encode(), within=1, quiet=0.1)
            pages = [msgspec.json.decode(answer.data, type=dict[str, Any]) for answer in answers]
            found += [(page["server"]["id"], c) for page in pages for c in page["data"].get("connections") or []]
            offset += _PAGE
            if all(page["data"].get("total", 0) <= offset for page in pages):
                return found


LOOK_EVERY: Final = timedelta(seconds=1)
"""With the look itself, a revoked system is out within two seconds."""
