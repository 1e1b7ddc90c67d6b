"""What the keeper of the logs knows that is not in the database."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from services.audit.domain.checkpoint import Head
from services.audit.domain.retention import FLOOR
from services.audit.domain.vault import Keyring


class Signer(Protocol):
    """Who holds the logs' keys and remembers what it signed (`services.audit.signer`)."""

    async def last(self, origin: str, /) -> Head | None:
        """What it signed last of a log."""
        ...

    async def sign(self, origin: str, head: Head, path: Sequence[bytes], /) -> bytes:
        """The signed checkpoint. Raises SigningRefusedError."""
        ...

    async def keys(self, origin: str, /) -> tuple[str, ...]:
        """The log's verifier keys, the one in use first."""
        ...

    async def attest(self, name: str, text: bytes, /) -> bytes:
        """A text that is no checkpoint, as a signed note."""
        ...


class Keeper(msgspec.Struct, frozen=True, kw_only=True):
    """Made once at start from the settings, passed down."""

    ring: Keyring
    signer: Signer
    host: str
    """First part of every log's origin."""
    operator: str
    """The organisation whose log takes what belongs to nobody else."""
    retention_years: int = FLOOR
    """How long after its year closed a log keeps who it was, at least."""

    @property
    def attest_name(self) -> str:
        """The name of the key that signs what is no checkpoint: manifests and reports."""
        return f"{self.host}/audit/attest"
