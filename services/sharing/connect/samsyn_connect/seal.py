"""Sealing and opening one item: the author's signature (JWS) inside a cipher to the recipient unit's key (JWE), RFC 7520 6.

Accepted are exactly ECDH-ES+A256KW with A256GCM over P-256 or X25519, and Ed25519 inside. `zip` is refused.
"""

from datetime import datetime
from typing import Any, cast

import msgspec
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.registry import HeaderParameter

from samsyn_connect.binding import CONTENT_ALGORITHM, KEY_ALGORITHM, SIGNATURE_ALGORITHM, Binding, NotSealedForUs
from samsyn_connect.content import faults

ITEM = "samsyn-item+jwe"
AUTHORED = "samsyn-item+jws"
SIZE_CLASSES = (1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20)
_LARGEST = 24 << 20
_STRINGS = ("permit", "item", "discloser", "recipient", "purpose", "category", "use_by", "schema")

UnitKey = ECKey | OKPKey


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item in the clear, only ever at the organisation."""

    binding: Binding
    author: str
    """Name and role of who wrote it, sealed: the broker never learns it."""
    written_at: datetime
    child: dict[str, str]
    """Who it is about, as the recipient needs it to file: `number`, `name`."""
    content: dict[str, Any]


def seal(item: Item, signing_key: OKPKey, unit_key: UnitKey) -> str:
    """The compact JWE to post. Raises ValueError naming the pointers when the content does not fit its schema or is too large."""
    wrong = faults(item.binding.schema, item.binding.category, item.content)
    if wrong:
        raise ValueError(f"content does not fit its schema at {', '.join(wrong)}")
    header = {"alg": SIGNATURE_ALGORITHM, "kid": signing_key.kid, "typ": AUTHORED}
    signed = jws.serialize_compact(header, msgspec.json.encode(item), signing_key, algorithms=[SIGNATURE_ALGORITHM])
    protected = {"alg": KEY_ALGORITHM, "enc": CONTENT_ALGORITHM, "typ": ITEM, "kid": unit_key.kid, **item.binding.members()}
    return jwe.encrypt_compact(protected, _pad(signed), unit_key, registry=_registry())


def open_sealed(compact: str, unit_key: UnitKey, signing_key: OKPKey, expected: Binding) -> Item:
    """The item, after both layers and the schema have been checked against what the notice promised. Raises NotSealedForUs.

    We (1) refuse sizes and members that are not ours, (2) decrypt, (3) compare the outer binding, (4) check the author's
    signature, (5) compare the inner binding, (6) check the content. The caller does (7): is `use_by` still ahead?
    """
    if len(compact) > _LARGEST:  # (1)
        raise NotSealedForUs("too-large")
    try:
        outer = jwe.decrypt_compact(compact, unit_key, registry=_registry())  # (1) (2)
        if outer.protected.get("typ") != ITEM or "zip" in outer.protected:
            raise NotSealedForUs("wrong-type")
        _same(outer.protected, expected)  # (3)
        signed = jws.deserialize_compact(cast("bytes", outer.plaintext).rstrip(b" "), signing_key, algorithms=[SIGNATURE_ALGORITHM])  # (4)
        if signed.protected.get("typ") != AUTHORED:
            raise NotSealedForUs("wrong-type")
        item = msgspec.json.decode(signed.payload, type=Item)
    except (JoseError, ValueError, msgspec.MsgspecError) as error:
        raise NotSealedForUs("not-authentic") from error
    if item.binding != expected:  # (5)
        raise NotSealedForUs("bound-to-other")
    if faults(item.binding.schema, item.binding.category, item.content):  # (6)
        raise NotSealedForUs("content-does-not-fit")
    return item


def _same(header: dict[str, Any], expected: Binding) -> None:
    if {name: header.get(name) for name in _STRINGS} != expected.members():
        raise NotSealedForUs("bound-to-other")


def _pad(signed: str) -> bytes:
    """Spaces behind the signature up to the next size class, so that length tells little."""
    size = next((size for size in SIZE_CLASSES if len(signed) <= size), None)
    if size is None:
        raise ValueError("content is larger than 16 MiB")
    return signed.encode().ljust(size)


def _registry() -> jwe.JWERegistry:
    members = {name: HeaderParameter(f"Samsyn: {name}", "str", required=True) for name in _STRINGS}
    return jwe.JWERegistry(header_registry=members, algorithms=[KEY_ALGORITHM, CONTENT_ALGORITHM])
