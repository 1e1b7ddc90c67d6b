"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519 keys."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .merkle import HASH

_ED25519 = 1
_LONGEST = 100_000
_ID = 4
_SIGNATURE_LINE = re.compile("— ([^ +\\s]+) ([A-Za-z0-9+/]+={0,2})")
_DECIMAL = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)


class NoteError(Exception):
    """`code` is one of `texts`: malformed, unknown-key, wrong-signature."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Key:
    """A verifier key: `<name>+<id>+<base64>`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """What the signature line names it by."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([_ED25519]) + self.public).digest()[:_ID]


@dataclass(frozen=True)
class Checkpoint:
    """What was signed."""

    origin: str
    size: int
    root: bytes


def read_keys(text: str) -> list[Key]:
    """The keys of a trust file: one a line, `#` begins a comment. Raises NoteError for a line that is no key."""
    lines = (line.strip() for line in text.splitlines())
    return [_key(line) for line in lines if line and not line.startswith("#")]


def open_checkpoint(note: bytes, keys: Iterable[Key]) -> Checkpoint:
    """The checkpoint, when a known key signed it and no known key's signature is wrong. Raises NoteError."""
    return _checkpoint(open_note(note, keys))


def open_note(note: bytes, keys: Iterable[Key], *, longest: int = _LONGEST) -> bytes:
    """A note's text, when a known key signed it and no known key's signature is wrong. Raises NoteError."""
    text, signatures = split(note, longest=longest)
    good = 0
    for key in keys:
        for name, raw in signatures:
            if name == key.name and raw[:_ID] == key.id:
                try:
                    Ed25519PublicKey.from_public_bytes(key.public).verify(raw[_ID:], text)
                except (InvalidSignature, ValueError) as error:
                    raise NoteError("wrong-signature") from error
                good += 1
    if not good:
        raise NoteError("unknown-key")
    return text


def decode(text: str) -> bytes:
    """Standard base64 in its one canonical spelling. Raises NoteError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("malformed") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteError("malformed")
    return raw


def _key(line: str) -> Key:
    name, _, rest = line.partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = decode(encoded)
    key = Key(name, raw[1:])
    if not name or len(raw) != 1 + HASH or raw[0] != _ED25519 or key.id.hex() != identifier:
        raise NoteError("malformed")
    return key


def split(note: bytes, *, longest: int = _LONGEST) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A note's text, and name and bytes of each signature line. Raises NoteError."""
    if len(note) > longest or not note.endswith(b"\n") or any(byte < ord(" ") and byte != ord("\n") for byte in note):
        raise NoteError("malformed")
    try:
        head, blank, tail = note.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("malformed") from error
    if not blank:
        raise NoteError("malformed")
    signatures = []
    for line in tail.removesuffix("\n").split("\n"):
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise NoteError("malformed")
        signatures.append((match[1], decode(match[2])))
    return (head + "\n").encode(), signatures


def _checkpoint(text: bytes) -> Checkpoint:
    origin, _, rest = text.decode().partition("\n")
    size, _, rest = rest.partition("\n")
    root, newline, extensions = rest.partition("\n")
    lines_wrong = not origin or not newline or "\n\n" in text.decode() or (extensions and not extensions.endswith("\n"))
    if lines_wrong or not _DECIMAL.fullmatch(size):
        raise NoteError("malformed")
    raw = decode(root)
    if len(raw) != HASH:
        raise NoteError("malformed")
    return Checkpoint(origin, int(size), raw)
