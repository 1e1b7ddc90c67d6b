"""The port to whatever tells a person that there is something to read. It never says what, about whom or from which unit."""

from typing import Protocol
from uuid import UUID

import msgspec

TEXTS = {
    "sv": ("Du har något att läsa i Samsyn", "Du har något att läsa i Samsyn. Logga in som vanligt; vi skickar aldrig någon länk."),
    "en": ("You have something to read in Samsyn", "You have something to read in Samsyn. Log in as usual; we never send a link."),
}
"""Subject and sentence. The same for everything, so that the message tells nobody anything, and there is nothing to click."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person's own choice; both empty: nowhere."""

    email: str | None = None
    telephone: str | None = None
    language: str = "sv"


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word to one person. `push_id` is the same at each try, so that a receiver can drop what it has had."""

    push_id: UUID
    email: str | None
    telephone: str | None
    language: str


class ChannelFailed(Exception):
    """It did not get through; worth another try. The code names no address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Channel(Protocol):
    """Where words go. Raises ChannelFailed. False: this channel has no way to that person."""

    async def send(self, word: Word) -> bool:
        """True when it was handed over."""
        ...
