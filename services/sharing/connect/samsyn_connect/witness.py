"""The organisation as a witness of Samsyn's root log: it signs that it saw a size and root, and never one that contradicts what it signed.

C2SP tlog-witness and tlog-cosignature. What it signed last is on its own disk before the signature leaves; it never rolls back. A root log
that is smaller than what it knows, or another one, is not signed: that is an alarm here, at the organisation, whatever Samsyn says.
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_NOTE_KEY, _COSIGNATURE = 0x01, 0x04
_HASH, _ID = 32, 4
_OLD = re.compile("old (0|[1-9][0-9]{0,18})", re.ASCII)
_MOST_LINES = 64  # the old size, and no more hashes than a proof over 2**63 entries has


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed last."""

    origin: str
    size: int
    root: bytes


class NotWitnessed(Exception):
    """It was not signed. `code`: malformed, wrong-key, wrong-signature, another-log, another-size, shrank, forked, proof-wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Witness:
    """One witness of one log. `name` is the name in its key and in the policy; `log_key` the log's verifier key, pinned."""

    def __init__(self, name: str, private: Ed25519PrivateKey, log_key: str, state: Path) -> None:
        self._name, self._private, self._state = name, private, state
        self._origin, self._public = _read_key(log_key)

    @property
    def verifier_key(self) -> str:
        """For the policy: `<name>+<id>+<base64>`."""
        public = self._private.public_key().public_bytes_raw()
        return f"{self._name}+{_key_id(self._name, _COSIGNATURE, public).hex()}+{base64.b64encode(bytes([_COSIGNATURE]) + public).decode()}"

    @property
    def seen(self) -> Seen | None:
        """What it signed last; None at first."""
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=Seen)
        except FileNotFoundError:
            return None

    def add_checkpoint(self, body: bytes, now: datetime) -> tuple[int, str]:
        """The size and the line to give back. Raises NotWitnessed, and then nothing was signed nor remembered."""
        head, blank, note = body.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        if not blank or not _OLD.fullmatch(lines[0]) or len(lines) > _MOST_LINES:
            raise NotWitnessed("malformed")
        text, new = self._open(note)
        old = int(lines[0][4:])
        before = self.seen
        known = before.size if before else 0
        if new.size < known:
            raise NotWitnessed("shrank")
        if old > new.size:
            raise NotWitnessed("malformed")
        path = [_decode(line) for line in lines[1:] if line]
        if before is not None and new.size == known and new.root != before.root:
            raise NotWitnessed("forked")
        if old != known:
            raise NotWitnessed("another-size")
        if not is_consistent(known, new.size, path, before.root if before else b"", new.root):
            raise NotWitnessed("proof-wrong")
        self._remember(new)
        moment = int(now.timestamp())
        public = self._private.public_key().public_bytes_raw()
        raw = _key_id(self._name, _COSIGNATURE, public) + moment.to_bytes(8, "big")
        signed = raw + self._private.sign(b"cosignature/v1\ntime %d\n" % moment + text)
        return new.size, f"— {self._name} {base64.b64encode(signed).decode()}\n"

    def _open(self, note: bytes) -> tuple[bytes, Seen]:
        text, blank, tail = note.rpartition(b"\n\n")
        text += b"\n"
        try:
            parts = [line.split(" ") for line in tail.decode().splitlines()]
            origin, size, root, *_ = text.decode().split("\n")
        except ValueError as error:
            raise NotWitnessed("malformed") from error
        if not blank or not size.isascii() or not size.isdecimal() or any(len(part) != 3 for part in parts):  # noqa: PLR2004
            raise NotWitnessed("malformed")
        if origin != self._origin:
            raise NotWitnessed("another-log")
        wanted = _key_id(self._origin, _NOTE_KEY, self._public)
        own = [raw[_ID:] for _, name, encoded in parts if name == self._origin and (raw := _decode(encoded))[:_ID] == wanted]
        if not own:
            raise NotWitnessed("wrong-key")
        try:
            for signature in own:
                Ed25519PublicKey.from_public_bytes(self._public).verify(signature, text)
        except (InvalidSignature, ValueError) as error:
            raise NotWitnessed("wrong-signature") from error
        return text, Seen(origin=origin, size=int(size), root=_decode(root))

    def _remember(self, new: Seen) -> None:
        half = self._state.with_suffix(".tmp")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(new))
            file.flush()
            os.fsync(file.fileno())
        half.replace(self._state)


def is_consistent(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the tree of size `second` begins with all of that of size `first` (RFC 9162 2.1.4.2). A witness that knows nothing: yes."""
    if first == 0:
        return not path
    if first == second:
        return not path and first_root == second_root
    if first > second or not path:
        return False
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = _node(new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_ID]


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotWitnessed("malformed") from error


def _read_key(verifier_key: str) -> tuple[str, bytes]:
    name, _, rest = verifier_key.strip().partition("+")
    raw = _decode(rest.partition("+")[2])
    if len(raw) != 1 + _HASH or raw[0] != _NOTE_KEY or _key_id(name, _NOTE_KEY, raw[1:]).hex() != rest.partition("+")[0]:
        raise NotWitnessed("malformed")
    return name, raw[1:]
