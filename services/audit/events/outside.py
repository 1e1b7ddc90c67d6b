"""Witnesses outside: those that the policy gives an address are brought each new size of the root log (C2SP tlog-witness).

They know nothing of us but the log's key, and we nothing of them but theirs: what they answer counts only by its signature.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

import httpx2

from services.audit.domain.cosignature import Policy, Witness
from services.audit.usecases.witness_root import offer_newest, take
from shared import logs
from shared.clock import utc_now
from shared.database import Database
from shared.tokens.fetch import Fetcher, FetchFailed

EVERY: Final = timedelta(seconds=5)
"""The root log is signed no more often."""
_LONGEST: Final = timedelta(minutes=5)
"""Between two tries of one that does not answer; doubled up to this."""
_LARGEST: Final = 100_000
_SIZE: Final = "text/x.tlog.size"


class _Answer(Exception):
    """What it said is no cosignature and no size. The text is constant."""


class CallWitnesses:
    """The loop's work: each in its own time, so that a slow one holds up nobody."""

    def __init__(self, database: Database, fetcher: Fetcher, policy: Policy) -> None:
        self._database, self._fetcher, self._policy = database, fetcher, policy
        self._outside = {name: witness for name, witness in policy.witnesses.items() if witness.url}
        self._failed: dict[str, tuple[int, datetime]] = {}  # tries in a row, and when the next one is due

    async def run_once(self, now: datetime) -> None:
        """Bring each what it has not signed."""
        due = [name for name in self._outside if name not in self._failed or self._failed[name][1] <= now]
        await asyncio.gather(*(self._turn(name, now) for name in due))

    async def _turn(self, name: str, now: datetime) -> None:
        try:
            await self._bring(name, self._outside[name])
        except (_Answer, FetchFailed) as failure:
            tries = self._failed[name][0] + 1 if name in self._failed else 1
            self._failed[name] = tries, now + min(EVERY * 2 ** min(tries, 10), _LONGEST)
            logs.line("witness.unanswered", level=logging.WARNING, source=name, reason=str(failure), tries=tries)
        else:
            self._failed.pop(name, None)

    async def _bring(self, name: str, witness: Witness) -> None:
        """At most twice: it may have signed what we never heard of, and says then from which size it goes on."""
        known: int | None = None
        for _ in range(2):
            async with self._database.transaction() as tx:
                offered = await offer_newest(tx, name, known)
            if offered is None:
                return
            status, kind, body = await self._post(f"{(witness.url or '').rstrip('/')}/add-checkpoint", offered.body)
            if status == httpx2.codes.OK:
                await self._take(name, offered.size, body)
                return
            said = body.decode("ascii", "replace").strip()
            if status != httpx2.codes.CONFLICT or kind != _SIZE or not said.isdecimal() or len(said) > 19:  # noqa: PLR2004  below 2**63
                raise _Answer(f"status {status}")
            known = int(said)
            if known > offered.size:  # a backup was put back, or it signed another log: a look by a human, whoever is right
                logs.line("witness.ahead", level=logging.ERROR, source=name, count=known - offered.size)
                raise _Answer("knows more than we have")
        raise _Answer("changes its size")

    async def _take(self, name: str, size: int, body: bytes) -> None:
        lines = body.decode("utf-8", "replace").splitlines(keepends=True)
        async with self._database.transaction() as tx:
            taken = [await take(tx, self._policy, name, size, line, now=utc_now()) for line in lines[:16]]
        if not any(taken):
            raise _Answer("no line of this witness")

    async def _post(self, url: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, type and body. Raises FetchFailed."""
        self._fetcher.check_url(url)
        headers = {"content-type": "text/plain; charset=utf-8"}
        try:
            async with asyncio.timeout(5), self._fetcher.client.stream("POST", url, content=body, headers=headers) as response:
                data = bytearray()
                async for chunk in response.aiter_bytes():
                    data += chunk
                    if len(data) > _LARGEST:
                        raise FetchFailed("too large")
                return response.status_code, response.headers.get("content-type", "").partition(";")[0].strip(), bytes(data)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as error:
            raise FetchFailed("not reachable") from error
