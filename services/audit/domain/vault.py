"""How a person's part is kept: encrypted under a key of that person and log, which is wrapped under a key outside the database.

Random bytes come in as arguments. AES-256-GCM with 96-bit random nonces; associated data bind each ciphertext to its place.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.audit.domain.leaf import SALT_SIZE

KEY_SIZE = 32
NONCE_SIZE = 12


class Keyring:
    """The keys that are made from the house's secret. Never stored, never shown."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_SIZE:
            raise ValueError("the secret key is 32 bytes")
        self._secret = secret
        self._lookup = self._derive(b"samsyn-audit-lookup-v1")
        self._organisations: dict[str, AESGCM] = {}

    def lookup(self, log_id: int, role: str, identity: str) -> bytes:
        """What finds a person's token in one log again. Not in the log itself, and gone when the person is erased."""
        return hmac.digest(self._lookup, f"{log_id}\x00{role}\x00{identity}".encode(), hashlib.sha256)

    def wrap(self, organisation: str, token: bytes, data_key: bytes, nonce: bytes) -> bytes:
        """A person's data key under the organisation's key."""
        return nonce + self._organisation(organisation).encrypt(nonce, data_key, b"samsyn-data-key-v1" + token)

    def unwrap(self, organisation: str, token: bytes, wrapped: bytes) -> bytes:
        """The data key. Raises InvalidTag when it belongs to another token or secret."""
        return self._organisation(organisation).decrypt(wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], b"samsyn-data-key-v1" + token)

    def _organisation(self, organisation: str) -> AESGCM:
        if organisation not in self._organisations:  # made once: a batch unwraps a key for each of its people
            self._organisations[organisation] = AESGCM(self._derive(b"samsyn-audit-organisation-v1\x00" + organisation.encode()))
        return self._organisations[organisation]

    def _derive(self, info: bytes) -> bytes:
        return HKDF(hashes.SHA256(), KEY_SIZE, salt=None, info=info).derive(self._secret)


def close_part(data_key: bytes, salt: bytes, part: bytes, nonce: bytes, place: bytes) -> bytes:
    """Salt and person part as one ciphertext."""
    return nonce + AESGCM(data_key).encrypt(nonce, salt + part, place)


def open_part(data_key: bytes, box: bytes, place: bytes) -> tuple[bytes, bytes] | None:
    """Salt and person part; None when the box was moved here from another entry, or altered."""
    try:
        clear = AESGCM(data_key).decrypt(box[:NONCE_SIZE], box[NONCE_SIZE:], place)
    except InvalidTag:
        return None
    return clear[:SALT_SIZE], clear[SALT_SIZE:]


def place_of(origin: str, entry_id: str, role: str) -> bytes:
    """The associated data: log, entry and field, and not the index, which is not known when the box is closed."""
    return f"samsyn-person-part-v1\x00{origin}\x00{entry_id}\x00{role}".encode()
