"""The house's side of the signer's socket."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.audit.domain.checkpoint import Head, SigningRefusedError
from services.audit.signer.messages import LONGEST, Answer, Attest, Keys, Last, Question, Sign
from shared.errors import Unavailable

WITHIN = 5.0
"""Seconds; the signer waits for its disk alone."""


class SignerClient:
    """One connection, made when it is needed and again after a failure. Raises Unavailable where the signer does not answer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._one = asyncio.Lock()

    async def last(self, origin: str) -> Head | None:
        """What it signed last of a log."""
        return (await self._ask(Last(origin))).head

    async def sign(self, origin: str, head: Head, path: Sequence[bytes]) -> bytes:
        """The signed checkpoint. Raises SigningRefusedError."""
        note = (await self._ask(Sign(origin, head, path))).note
        if note is None:
            raise Unavailable
        return note

    async def keys(self, origin: str) -> tuple[str, ...]:
        """The log's verifier keys, the one in use first."""
        return (await self._ask(Keys(origin))).keys

    async def attest(self, name: str, text: bytes) -> bytes:
        """A signed note that is no checkpoint."""
        note = (await self._ask(Attest(name, text))).note
        if note is None:
            raise Unavailable
        return note

    async def _ask(self, question: Question) -> Answer:
        async with self._one:
            try:
                async with asyncio.timeout(WITHIN):
                    if self._streams is None:
                        self._streams = await asyncio.open_unix_connection(self._path, limit=LONGEST)
                    reader, writer = self._streams
                    writer.write(msgspec.json.encode(question) + b"\n")
                    answer = msgspec.json.decode(await reader.readline(), type=Answer)
            except (OSError, TimeoutError, ValueError) as error:  # an answer that came late must not pass for the next one's
                self._part()
                raise Unavailable from error
            except asyncio.CancelledError:
                self._part()
                raise
        if answer.refused is not None:
            raise SigningRefusedError(answer.refused)
        return answer

    def _part(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
