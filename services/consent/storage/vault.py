"""Numbers and names at rest: found by HMAC-SHA-256, kept by AES-256-GCM, each person under a key that erasing destroys.

The house's own key is in no database and no dump. It opens the persons' keys, which stand in the schema `keystore`, left out of every
dump: a person whose key has been destroyed cannot be read from any copy of the data.
"""

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


class Sealing:
    """What one key seals and opens."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, person_id: UUID, field: str, text: str) -> bytes:
        """Ciphertext that opens only in the same field of the same person."""
        return _encrypt(self._cipher, text.encode(), _bound(person_id, field))

    def open(self, person_id: UUID, field: str, sealed: bytes) -> str:
        """The text. Raises InvalidTag when it was moved or altered."""
        return _decrypt(self._cipher, sealed, _bound(person_id, field)).decode()


class Vault(Sealing):
    """The house's key for persons. Made once from 32 random bytes; one key is derived for each use.

    As a `Sealing` it opens what stood here before persons had keys of their own.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY:
            raise ValueError("the house's key is 32 bytes")
        super().__init__(_derived(secret, b"samsyn consent person at rest v1"))
        self._lookup = _derived(secret, b"samsyn consent person lookup v1")
        self._wrapping = {
            False: AESGCM(_derived(secret, b"samsyn consent person key v1")),
            True: AESGCM(_derived(secret, b"samsyn consent protected person key v1")),
        }

    @classmethod
    def read(cls, path: Path) -> "Vault":
        """From the file that the setting `secret_key` names."""
        return cls(path.read_bytes())

    def lookup(self, number: str) -> bytes:
        """What a number is found by; cannot be turned back without the key."""
        return hmac.new(self._lookup, number.encode(), sha256).digest()

    def new_key(self, person_id: UUID, *, restricted: bool) -> tuple[bytes, Sealing]:
        """A person's own key: as the key store keeps it, and ready for use."""
        key = secrets.token_bytes(_KEY)
        return _encrypt(self._wrapping[restricted], key, _bound(person_id, "key")), Sealing(key)

    def key_of(self, person_id: UUID, wrapped: bytes, *, restricted: bool) -> Sealing:
        """Raises InvalidTag when the key belongs to somebody else, or to the other kind."""
        return Sealing(_decrypt(self._wrapping[restricted], wrapped, _bound(person_id, "key")))

    def rewrap(self, person_id: UUID, wrapped: bytes, *, restricted: bool) -> bytes:
        """The same key for the other kind: `restricted` is what it becomes."""
        return _encrypt(
            self._wrapping[restricted],
            _decrypt(self._wrapping[not restricted], wrapped, _bound(person_id, "key")),
            _bound(person_id, "key"),
        )


def _encrypt(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, bound)


def _decrypt(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=purpose).derive(secret)


def _bound(person_id: UUID, field: str) -> bytes:
    return person_id.bytes + field.encode()
