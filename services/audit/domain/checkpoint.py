"""The signed statement of a log's size and root: C2SP tlog-checkpoint over C2SP signed-note, Ed25519 (key type 0x01)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.audit.domain.tree import HASH_SIZE, verify_consistency

ED25519 = 0x01
_MAX_NOTE = 100_000  # a note is a few hundred bytes; 16 post-quantum cosignatures would be 80 kB
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_SIGNATURE = re.compile("— ([^ +\\s]+) ([A-Za-z0-9+/]+={0,2})")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A log's size and root at one moment."""

    size: int
    root: bytes


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A head with the log's identity, as the note's text says it."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The note's text, the bytes that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


class KeyPair(msgspec.Struct, frozen=True, kw_only=True):
    """One log's signing key and its name, which is the log's origin."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes of RFC 8032."""
        return self.private.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        """`<name>+<key id in hex>+<base64 of type and key>`: what others need to check a signature."""
        return f"{self.name}+{key_id(self.name, self.public).hex()}+{base64.b64encode(bytes([ED25519]) + self.public).decode()}"


class SigningRefusedError(Exception):
    """What was to be signed contradicts what has been signed: a fork, a rollback or a broken tree. Stop and look."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def log_key(seed: bytes, origin: str, generation: int = 0) -> KeyPair:
    """The key of one log, derived from the signer's seed, so that each year has its own, and another after each rotation (rule 20)."""
    info = b"samsyn-log-key-v1\x00" + origin.encode() + (b"\x00%d" % generation if generation else b"")
    derived = HKDF(hashes.SHA256(), HASH_SIZE, salt=None, info=info).derive(seed)
    return KeyPair(name=origin, private=Ed25519PrivateKey.from_private_bytes(derived))


def key_id(name: str, public: bytes) -> bytes:
    """SHA-256 of name, newline, type and key, first four bytes; an identifier, not a protection."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def sign(key: KeyPair, head: Head, last: Head | None, path: Sequence[bytes], *, also: Sequence[KeyPair] = ()) -> bytes:
    """The signed checkpoint, by `key` and by those that sign beside it for a while.

    `path` proves that `last`, the head signed before, is the beginning of `head`. Raises SigningRefusedError for a
    smaller size, another root at the same size, or a proof that does not hold (rule 19).
    """
    if last is not None and not verify_consistency(last.size, head.size, path, last.root, head.root):
        raise SigningRefusedError("not-a-continuation")
    text = Checkpoint(origin=key.name, size=head.size, root=head.root).text()
    return text + b"\n" + b"".join(_signature_line(one, text) for one in (key, *also))


def attest(key: KeyPair, text: bytes) -> bytes:
    """Another text as a signed note (C2SP signed-note). Raises ValueError for what can be no note's text."""
    if not text.endswith(b"\n") or any(byte < 0x20 and byte != 0x0A for byte in text):  # noqa: PLR2004  control characters
        raise ValueError("a note's text ends in a newline and holds no other control character")
    return text + b"\n" + _signature_line(key, text)


def _signature_line(key: KeyPair, text: bytes) -> bytes:
    signature = key_id(key.name, key.public) + key.private.sign(text)
    return f"— {key.name} {base64.b64encode(signature).decode()}\n".encode()


def verify(note: bytes, verifier_key: str) -> Checkpoint | None:
    """The checkpoint that this key signed in the note; None when it did not, or the note is none.

    Lines by other keys are ignored, as the standard demands; a wrong signature of this key rejects the whole note.
    """
    known = parse_key(verifier_key)
    parts = _split(note)
    if known is None or parts is None:
        return None
    name, public = known
    text, lines = parts
    wanted = key_id(name, public)
    found = [raw[4:] for signer, raw in lines if signer == name and raw[:4] == wanted]
    try:
        for signature in found:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return None
    return parse(text) if found else None


def parse(text: bytes) -> Checkpoint | None:
    """Origin, size and root of a note's text; does not check any signature."""
    lines = text.decode("utf-8", "replace").split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _NUMBER.fullmatch(lines[1]):  # noqa: PLR2004  three lines and the end
        return None
    root = _decode(lines[2])
    if root is None or len(root) != HASH_SIZE:
        return None
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def parse_key(verifier_key: str) -> tuple[str, bytes] | None:
    """Name and public key of a verifier key; None unless it is a whole Ed25519 key whose id fits."""
    name, _, rest = verifier_key.partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = _decode(encoded)
    if not name or raw is None or len(raw) != 1 + HASH_SIZE or raw[0] != ED25519:
        return None
    return (name, raw[1:]) if key_id(name, raw[1:]).hex() == identifier else None


def _split(note: bytes) -> tuple[bytes, list[tuple[str, bytes]]] | None:
    if len(note) > _MAX_NOTE or not note.endswith(b"\n") or any(byte < 0x20 and byte != 0x0A for byte in note):  # noqa: PLR2004  control characters
        return None
    try:
        head, blank, tail = note.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        return None
    if not blank:
        return None
    lines = []
    for line in tail.removesuffix("\n").split("\n"):
        match = _SIGNATURE.fullmatch(line)
        raw = _decode(match[2]) if match else None
        if match is None or raw is None or len(raw) < 5:  # noqa: PLR2004  key id and something signed
            return None
        lines.append((match[1], raw))
    return (head + "\n").encode(), lines


def _decode(text: str) -> bytes | None:
    """Standard base64 in its one canonical form, so that no two texts mean the same bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
