"""A form that was sent after its session had ended, or with a login too weak for it, is not lost.

It goes to the login sealed in a cookie (AES-256-GCM under the house's key), and the page that it came from fills itself in from it.
Nothing is done by it: the person sees it filled in and presses again. Forms hold codes and ids only (I3), so the draft does too. It is
bound to the person whose form it was: the next one at the same device gets an empty form (one guardian never sees the other's answer).
"""

import hmac
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from litestar.datastructures import Cookie

from shared import csrf
from shared.auth import Caller
from shared.tokens.strict_jose import JoseFault, decode_base64url, encode_base64url

COOKIE: Final = "__Host-samsyn-draft"
FOR: Final = "for"
"""Hidden field of each form: whose it is, as a keyed hash."""
LIFE: Final = timedelta(minutes=30)
MOST: Final = 2500
"""Octets; what is longer is not kept, because a browser would drop the cookie."""
_NONCE = 12


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One form as it was sent."""

    path: str
    """Where it was sent to."""
    fields: tuple[tuple[str, str], ...]
    owner: str
    made_at: datetime


class Drafts:
    """Seals and opens drafts; one for each house."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(_derived(secret, b"samsyn page draft v1"))
        self._owner = _derived(secret, b"samsyn page draft owner v1")

    @classmethod
    def read(cls, path: Path) -> "Drafts":
        """From the file that the setting `secret_key` names."""
        return cls(path.read_bytes())

    def owner(self, caller: Caller) -> str:
        """Who fills in a form, for its hidden field."""
        return encode_base64url(hmac.digest(self._owner, caller.principal.encode(), "sha256")[:16])

    def keep(self, path: str, fields: list[tuple[str, str]], *, now: datetime) -> list[Cookie]:
        """The cookie of a draft; none when the form does not say whose it is, or is too long."""
        owner = next((value for name, value in fields if name == FOR), None)
        if owner is None:
            return []
        kept = tuple(pair for pair in fields if pair[0] not in {FOR, csrf.FIELD})
        nonce = secrets.token_bytes(_NONCE)
        draft = Draft(path=path, fields=kept, owner=owner, made_at=now)
        sealed = encode_base64url(nonce + self._cipher.encrypt(nonce, msgspec.json.encode(draft), None))
        return [_cookie(sealed, int(LIFE.total_seconds()))] if len(sealed) <= MOST else []

    def open(self, sealed: str | None, path: str, caller: Caller, *, now: datetime) -> dict[str, list[str]]:
        """The fields of this person's draft for a form at this path; empty for every other."""
        if not sealed or len(sealed) > MOST:
            return {}
        try:
            raw = decode_base64url(sealed)
            draft = msgspec.json.decode(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None), type=Draft)
        except (InvalidTag, JoseFault, ValueError, msgspec.DecodeError):
            return {}
        if draft.path != path or draft.owner != self.owner(caller) or now - draft.made_at > LIFE:
            return {}
        found: dict[str, list[str]] = {}
        for name, value in draft.fields:
            found.setdefault(name, []).append(value)
        return found


def forget() -> Cookie:
    """Drops a draft that has been used."""
    return _cookie("", 0)


def fields_of(form: Any) -> list[tuple[str, str]]:
    """Names and values of a form that was read; files are no part of it."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def _cookie(value: str, max_age: int) -> Cookie:
    return Cookie(key=COOKIE, value=value, path="/", secure=True, httponly=True, samesite="lax", max_age=max_age)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)
