"""What goes over the signer's socket: one JSON object a line, a question and its answer."""

from collections.abc import Sequence

import msgspec

from services.audit.domain.checkpoint import Head

LONGEST = 1 << 20
"""Bytes of one line."""


class Last(msgspec.Struct, frozen=True, tag="last"):
    """Asks what was signed last of a log."""

    origin: str


class Sign(msgspec.Struct, frozen=True, tag="sign"):
    """Sign this head; `path` proves that what was signed last is its beginning."""

    origin: str
    head: Head
    path: Sequence[bytes]


class Keys(msgspec.Struct, frozen=True, tag="keys"):
    """Asks which keys sign a log."""

    origin: str


class Attest(msgspec.Struct, frozen=True, tag="attest"):
    """Sign a text that is no checkpoint."""

    name: str
    text: bytes


Question = Last | Sign | Keys | Attest


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The member that was asked for, or `refused` with why."""

    refused: str | None = None
    head: Head | None = None
    note: bytes | None = None
    keys: tuple[str, ...] = ()
