"""What ties a cipher to its permit: the members of the protected header, the same inside the author's signature."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

KEY_ALGORITHM = "ECDH-ES+A256KW"
CONTENT_ALGORITHM = "A256GCM"
SIGNATURE_ALGORITHM = "Ed25519"
"""RFC 9864's name; the older `EdDSA` says less than it should."""


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """One item of one permit, between two units, for one purpose, until `use_by` (UTC)."""

    permit: UUID
    item: UUID
    discloser: str
    recipient: str
    purpose: str
    category: str
    use_by: datetime
    schema: str
    """SHA-256 (hex) of the content schema, see `content.py`."""

    def members(self) -> dict[str, Any]:
        """As JSON values, for a header."""
        members: dict[str, Any] = msgspec.to_builtins(self)
        return members


class NotSealedForUs(Exception):
    """The item is refused, with a code: nothing of it may be used. The code is safe to send back in a receipt."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
