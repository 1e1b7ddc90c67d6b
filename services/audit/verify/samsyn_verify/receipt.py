"""The check of a family's receipt: a compact JWS (RFC 7515) by Ed25519 over canonical JSON, with the house's published keys."""

import base64
import binascii
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .verdict import Verdict

_KIND = "samsyn-consent-receipt"
_LONGEST = 1 << 20
_PART = re.compile(rb"[A-Za-z0-9_-]+", re.ASCII)
_CHOICES = {
    "yes": ("ja", "yes"),
    "no": ("nej", "no"),
    "wants-to-talk": ("vill prata först", "wants to talk first"),
    "withdrawn": ("återtaget", "withdrawn"),
}


class _MalformedError(Exception):
    """Not a receipt, or not a key set."""


def check_receipt(data: bytes, keys: bytes, *, lang: str) -> Verdict:
    """The verdict on one receipt: the compact JWS itself, or the JSON that holds it under `jws`. `keys` is a JWK Set.

    We (1) find the signed text, (2) the key that it names, among those given, (3) check the signature, (4) see that the payload is a
    receipt and canonical, and then show it. The reader does (5): is this what was said?
    """
    verdict = Verdict()
    try:
        head, payload, signature, signed = _parts(data)  # (1)
        known = _keys(keys)
    except _MalformedError as error:
        verdict.unknown(str(error))
        return verdict
    key = known.get(str(head.get("kid")))  # (2)
    if head.get("alg") != "Ed25519" or "crit" in head or key is None:
        verdict.unknown("receipt-unknown-key", kid=ascii(head.get("kid")))
        return verdict
    try:
        key.verify(signature, signed)  # (3)
    except InvalidSignature:
        verdict.broken("receipt-altered")
        return verdict
    told = _receipt(payload)  # (4)
    if told is None:
        verdict.unknown("not-a-receipt")
        return verdict
    verdict.log = ascii(str(told.get("receipt_id")))[1:-1]
    verdict.step("step-receipt", kid=ascii(head["kid"])[1:-1])
    verdict.remark("receipt-shown", receipt=_readable(told, lang))
    return verdict


def _parts(data: bytes) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    text = data.strip()
    if len(data) <= _LONGEST and text.startswith(b"{"):
        view = _object(text, "not-a-receipt")
        text = str(view.get("jws", "")).encode()
    parts = text.split(b".")
    if len(data) > _LONGEST or len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):  # noqa: PLR2004  RFC 7515 7.1
        raise _MalformedError("not-a-receipt")
    head, payload, signature = (_decoded(part) for part in parts)
    return _object(head, "not-a-receipt"), payload, signature, parts[0] + b"." + parts[1]


def _keys(data: bytes) -> dict[str, Ed25519PublicKey]:
    found = {}
    listed = _object(data, "receipt-keys-malformed").get("keys")
    if not isinstance(listed, list):
        raise _MalformedError("receipt-keys-malformed")
    for key in listed:
        if isinstance(key, dict) and (key.get("kty"), key.get("crv")) == ("OKP", "Ed25519"):
            try:
                found[str(key.get("kid"))] = Ed25519PublicKey.from_public_bytes(_decoded(str(key.get("x")).encode()))
            except ValueError as error:
                raise _MalformedError("receipt-keys-malformed") from error
    return found


def _receipt(payload: bytes) -> dict[str, Any] | None:
    try:
        told = _object(payload, "not-a-receipt")
    except _MalformedError:
        return None
    again = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return told if again == payload and told.get("kind") == _KIND else None


def _readable(told: dict[str, Any], lang: str) -> str:
    """What the receipt says, each text made harmless for a terminal."""
    place = ("sv", "en").index(lang)
    signer = told.get("signer", {})
    lines = [
        f"{_plain(told.get('acted_at'))}  {_plain(signer.get('name'))} ({_plain(signer.get('role'))}, {_plain(signer.get('method'))})",
        f"{_plain(told.get('child'))}: {_plain(told.get('discloser'))}, {_plain(told.get('organisation_name'))}",
    ]
    for row in told.get("rows", []):
        words = _CHOICES.get(row.get("choice"), (row.get("choice"),) * 2)[place]
        what = f"{_plain(row.get('category', {}).get(lang))}, {_plain(row.get('purpose', {}).get(lang))}"
        lines.append(f"{_plain(row.get('row'))}. {_plain(row.get('recipient'))}: {what}: {_plain(words)}")
    return "\n".join([*lines, f"-> {_plain(told.get('last_day'))}  SHA-256 {_plain(told.get('text', {}).get('sha256'))}"])


def _plain(value: object) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)) if value is not None else "-"


def _object(data: bytes, code: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _MalformedError(code) from error
    if not isinstance(value, dict):
        raise _MalformedError(code)
    return value


def _decoded(part: bytes) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise _MalformedError("not-a-receipt") from error
