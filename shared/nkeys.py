"""NATS keys: Ed25519 for users and accounts, X25519 (xkey) for what server and callout tell each other.

The library `nkeys` knows neither the xkey kind nor how to make a key, and it is published as source only, which a lock that takes
nothing but checked wheels cannot install.
"""

import base64
import binascii
import os
from typing import Any, Final

from nacl.public import Box, PrivateKey, PublicKey
from nacl.signing import SigningKey

SEED: Final = 18 << 3
"""Encodes to `S...`, as the others to the first letter of their names."""
USER: Final = 20 << 3
ACCOUNT: Final = 0
SERVER: Final = 13 << 3
CURVE: Final = 23 << 3
"""Encodes to `X...`."""

_SEALED: Final = b"xkv1"
_RAW = slice(1, -2)
_SEED_RAW = slice(2, -2)


def new_seed(kind: int) -> str:
    """A fresh private key as text, `S...`; keep it in a file that only its owner can read."""
    header = bytes([SEED | kind >> 5, (31 & kind) << 3])
    return _text(header + os.urandom(32))


def public_of(seed: str) -> str:
    """The public half, as it stands in configurations and claims."""
    raw, kind = _raw_seed(seed)
    public = bytes(PrivateKey(raw).public_key) if kind == CURVE else bytes(SigningKey(raw).verify_key)
    return _text(bytes([kind]) + public)


def sign(seed: str, data: bytes) -> bytes:
    """An Ed25519 signature, 64 bytes."""
    return bytes(SigningKey(_raw_seed(seed)[0]).sign(data).signature)


def login(client: Any, seed: str) -> None:
    """Make a nats-py client, not yet connected, prove itself with this key; its own way imports the library."""
    client._public_nkey = public_of(seed)  # noqa: SLF001  there is no public name for it


def answer(seed: str, nonce: str) -> bytes:
    """What a server expects for its nonce: nats-py's `signature_cb`."""
    return base64.b64encode(sign(seed, nonce.encode()))


def raw_public(text: str, kind: int) -> bytes:
    """The 32 bytes of a public key of this kind. Raises ValueError for any other text."""
    decoded = _decoded(text)
    if len(decoded) != 35 or decoded[0] != kind:  # noqa: PLR2004  kind, 32 bytes, checksum
        raise ValueError("not a key of this kind")
    return decoded[_RAW]


class Curve:
    """Our xkey: seals for a server and opens what a server sealed."""

    def __init__(self, seed: str) -> None:
        self._private = PrivateKey(_raw_seed(seed)[0])

    def open(self, sealed: bytes, sender: str) -> bytes:
        """The plaintext. Raises ValueError or CryptoError when it was not sealed for us by `sender`."""
        if not sealed.startswith(_SEALED):
            raise ValueError("not sealed")
        return Box(self._private, PublicKey(raw_public(sender, CURVE))).decrypt(sealed[len(_SEALED) :])

    def seal(self, data: bytes, receiver: str) -> bytes:
        """Sealed for the receiver alone."""
        return _SEALED + bytes(Box(self._private, PublicKey(raw_public(receiver, CURVE))).encrypt(data))


def _raw_seed(seed: str) -> tuple[bytes, int]:
    decoded = _decoded(seed)
    return decoded[_SEED_RAW], (decoded[0] & 7) << 5 | (decoded[1] & 248) >> 3


def _text(raw: bytes) -> str:
    return base64.b32encode(raw + _checksum(raw)).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    decoded = base64.b32decode(text + "=" * (-len(text) % 8))
    if _checksum(decoded[:-2]) != decoded[-2:]:
        raise ValueError("checksum does not fit")
    return decoded


def _checksum(data: bytes) -> bytes:
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")
