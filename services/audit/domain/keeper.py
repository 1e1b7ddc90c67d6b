"""What the keeper of the logs knows that is not in the database."""

import msgspec

from services.audit.domain.checkpoint import KeyPair, log_key
from services.audit.domain.vault import Keyring


class Keeper(msgspec.Struct, frozen=True, kw_only=True):
    """Made once at start from the settings, passed down."""

    ring: Keyring
    seed: bytes
    """The signer's; it moves into a process of its own without the other rooms noticing."""
    host: str
    """First part of every log's origin."""
    operator: str
    """The organisation whose log takes what belongs to nobody else."""

    def key_of(self, origin: str) -> KeyPair:
        """The signing key of one log."""
        return log_key(self.seed, origin)
