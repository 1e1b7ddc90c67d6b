"""The provider's signing keys: in a file, published before they are used, kept in the JWKS until the last token has run out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM: Final = "ES256"
AHEAD: Final = timedelta(minutes=10)
"""A new key is published this long before it signs: longer than anybody keeps our JWKS (`MAX_AGE`)."""
MAX_AGE: Final = timedelta(minutes=5)
KEPT: Final = timedelta(hours=2)
"""A key stays published this long after another took over: longer than any token lives."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One private key and the instant from which it signs."""

    jwk: dict[str, Any]
    signs_from: datetime


class KeyRing:
    """All keys of the file. Read again when the file changes, so that `rotate` on the command line needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._keys: tuple[SigningKey, ...] = ()

    @classmethod
    def open(cls, path: Path, now: datetime) -> "KeyRing":
        """The ring of a file; a first key is made where there is none."""
        ring = cls(path)
        if not path.exists():
            ring._write((SigningKey(jwk=_new_key(), signs_from=now),))
        return ring

    def rotate(self, now: datetime, *, ahead: timedelta = AHEAD) -> str:
        """Publish a new key that signs from `now + ahead`; returns its kid. Keys that took their leave long ago are dropped."""
        keys = self._all()
        current = keys.index(self._current(keys, now))
        kept = tuple(key for i, key in enumerate(keys) if i >= current or (i + 1 < len(keys) and keys[i + 1].signs_from > now - KEPT))
        added = SigningKey(jwk=_new_key(), signs_from=now + ahead)
        self._write((*kept, added))
        return str(added.jwk["kid"])

    def jwks(self) -> dict[str, Any]:
        """The public halves (RFC 7517), every one with `kid`, `use` and `alg`."""
        return {
            "keys": [
                {**ECKey.import_key(key.jwk).as_dict(private=False), "kid": key.jwk["kid"], "use": "sig", "alg": ALGORITHM}
                for key in self._all()
            ]
        }

    def sign(self, typ: str, claims: dict[str, Any], now: datetime) -> str:
        """A compact JWS of the claims under the key that signs at this instant."""
        key = self._current(self._all(), now)
        header = {"typ": typ, "alg": ALGORITHM, "kid": key.jwk["kid"]}
        return jwt.encode(header, claims, ECKey.import_key(key.jwk), algorithms=[ALGORITHM], default_type=None)

    def find(self, kid: object) -> ECKey | None:
        """A published key by its id, to verify what we signed ourselves."""
        return next((ECKey.import_key(key.jwk) for key in self._all() if key.jwk["kid"] == kid), None)

    def _all(self) -> tuple[SigningKey, ...]:
        changed_at = self._path.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._keys = msgspec.json.decode(self._path.read_bytes(), type=tuple[SigningKey, ...])
            self._read_at = changed_at
        return self._keys

    @staticmethod
    def _current(keys: tuple[SigningKey, ...], now: datetime) -> SigningKey:
        # The first one signs also before its time: a test clock may stand earlier than the first start.
        return max((key for key in keys if key.signs_from <= now), key=lambda key: key.signs_from, default=keys[0])

    def _write(self, keys: tuple[SigningKey, ...]) -> None:
        write_private(self._path, msgspec.json.encode(keys))


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a file that only its owner can read, made on first use."""
    if not path.exists():
        write_private(path, make())
    return path.read_bytes()


def write_private(path: Path, content: bytes) -> None:
    """Readable by the owner alone, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_bytes(content)
    half.rename(path)


def _new_key() -> dict[str, Any]:
    key = ECKey.generate_key("P-256")
    return {**key.as_dict(private=True), "kid": key.thumbprint()}
