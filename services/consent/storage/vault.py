"""Numbers and names at rest: found by HMAC-SHA-256, kept by AES-256-GCM, both under a key that is in no database and no dump."""

import hmac
import secrets
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY = 32
_NONCE = 12


class Vault:
    """The house's key for persons. Made once from 32 random bytes; two keys are derived, one for each use."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY:
            raise ValueError("the house's key is 32 bytes")
        self._lookup = _derived(secret, b"samsyn consent person lookup v1")
        self._cipher = AESGCM(_derived(secret, b"samsyn consent person at rest v1"))

    @classmethod
    def read(cls, path: Path) -> "Vault":
        """From the file that the setting `secret_key` names."""
        return cls(path.read_bytes())

    def lookup(self, number: str) -> bytes:
        """What a number is found by; cannot be turned back without the key."""
        return hmac.new(self._lookup, number.encode(), sha256).digest()

    def seal(self, person_id: UUID, field: str, text: str) -> bytes:
        """Ciphertext that opens only in the same field of the same person."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), _bound(person_id, field))

    def open(self, person_id: UUID, field: str, sealed: bytes) -> str:
        """The text. Raises InvalidTag when it was moved or altered."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(person_id, field)).decode()


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=purpose).derive(secret)


def _bound(person_id: UUID, field: str) -> bytes:
    return person_id.bytes + field.encode()
