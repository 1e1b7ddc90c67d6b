"""A population register over HTTP: one question about one person, the number in the body only. `README.md` has the form."""

import httpx2 as httpx
import msgspec

from services.consent.domain.numbers import normalised
from services.consent.domain.register import Registered, RegisteredGuardian
from shared import logs
from shared.errors import AppError
from shared.law.disposers import Custody
from shared.tokens.fetch import Fetcher
from shared.tokens.source import TokenSource

LONGEST = 64 * 1024
"""Octets of an answer; a longer one is no answer."""


class Asked(msgspec.Struct, frozen=True):
    """What the register is sent."""

    number: str


class _Guardian(msgspec.Struct, frozen=True):
    number: str
    custody: Custody
    name: str | None = None
    protected: bool = False


class _Person(msgspec.Struct, frozen=True):
    number: str
    name: str
    protected: bool = False
    guardians: tuple[_Guardian, ...] = ()


class HttpRegister:
    """The HTTP adapter of the register port. Whatever is not a whole answer about the very person asked about is no answer."""

    def __init__(self, fetcher: Fetcher, url: str, tokens: TokenSource | None) -> None:
        """Raises FetchFailed for an address that may not be called: https, or http to this machine outside production."""
        self._fetcher = fetcher
        self._url = fetcher.check_url(url)
        self._tokens = tokens
        self._decoder = msgspec.json.Decoder(_Person)

    async def look_up(self, number: str) -> Registered | None:
        """The person, or None: then nothing is learnt, and what was known stands."""
        try:
            headers = {} if self._tokens is None else (await self._tokens.credentials("POST", self._url)).headers()
            response = await self._fetcher.client.post(self._url, content=msgspec.json.encode(Asked(number)), headers=_JSON | headers)
        except (AppError, httpx.HTTPError, OSError) as error:
            logs.failure("register.unreachable", error)
            return None
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.status_code != httpx.codes.OK or len(response.content) > LONGEST:
            logs.line("register.unreachable", status=response.status_code)
            return None
        return self._read(response.content, number)

    def _read(self, body: bytes, number: str) -> Registered | None:
        try:
            person = self._decoder.decode(body)
        except msgspec.MsgspecError:
            logs.line("register.not-understood")
            return None
        guardians = {normalised(one.number): one for one in person.guardians}
        if person.number != number or None in guardians or len(guardians) != len(person.guardians):
            logs.line("register.not-understood")
            return None
        return Registered(
            number=number,
            name=person.name,
            protected=person.protected,
            guardians=tuple(
                RegisteredGuardian(number=digits or one.number, custody=one.custody, name=one.name, protected=one.protected)
                for digits, one in guardians.items()
            ),
        )


_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
