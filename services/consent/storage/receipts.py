"""Receipts as they are kept, and the keys that sign them when they are read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.jwk import OKPKey

from services.consent.domain.receipt import Acted
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "receipts.sql")
ALGORITHM = "Ed25519"
"""By its own name (RFC 9864)."""
NEWEST = 200


class ReceiptKeys:
    """The house's keys for receipts: the first signs, the others are still published so that older receipts verify."""

    def __init__(self, keys: Sequence[dict[str, Any]]) -> None:
        if not keys or keys[0].get("crv") != ALGORITHM or "d" not in keys[0] or any(not key.get("kid") for key in keys):
            raise ValueError("the first receipt key is a private Ed25519 JWK, and each has a kid")
        self._signing = OKPKey.import_key(keys[0])
        public = [{name: value for name, value in key.items() if name != "d"} for key in keys]
        self.public: dict[str, Any] = {"keys": [{**key, "alg": ALGORITHM, "use": "sig"} for key in public]}

    @classmethod
    def read(cls, path: Path) -> "ReceiptKeys":
        """From the JWK Set that the setting `receipt_keys` names."""
        return cls(json.loads(path.read_bytes())["keys"])

    def sign(self, payload: bytes) -> str:
        """A compact JWS."""
        header = {"alg": ALGORITHM, "kid": self._signing.kid, "typ": "samsyn-receipt+jws"}
        return jws.serialize_compact(header, payload, self._signing, algorithms=[ALGORITHM])


async def add(tx: Connection, acted: Acted) -> None:
    """Keep one act for its receipt."""
    values = msgspec.structs.astuple(acted)
    await tx.execute(QUERIES["add_receipt"], *(list(one) if isinstance(one, tuple) else one for one in values))


async def get(tx: Connection, receipt_id: UUID) -> Acted | None:
    """One act; whose it is, is the use case's to judge."""
    row = await tx.fetchrow(QUERIES["get_receipt"], receipt_id)
    return None if row is None else sql.struct(Acted, row)


async def of_person(tx: Connection, person_id: UUID) -> list[Acted]:
    """A person's own, newest first."""
    return sql.structs(Acted, await tx.fetch(QUERIES["list_receipts"], person_id, NEWEST))
