"""How a process of ours, or a connected system, logs in to the bus: its access token and a proof made for that connection.

The NATS `auth_token` is `<access token>~<DPoP proof>` (RFC 9068, RFC 9449). The token's audience is the bus; the proof's `htm` is
`CONNECT`, its `htu` the bus's resource identifier, its `ath` the token's hash. Each connection and reconnection needs a new proof.
"""

from datetime import datetime
from typing import Final

import msgspec

from shared.bus import Credentials
from shared.subjects import BUS
from shared.tokens.source import TokenSource

METHOD: Final = "CONNECT"
SEPARATOR: Final = "~"


class TokenCredential(msgspec.Struct, frozen=True):
    """One access token of a source; renewing it is the source's work, asking again the bus's."""

    source: TokenSource
    token: str
    expires_at: datetime

    def present(self) -> str:
        """What goes over the wire for one connection."""
        return self.token + SEPARATOR + self.source.proof(METHOD, BUS, self.token)


def credentials_of(source: TokenSource) -> Credentials:
    """For `Bus.open(..., credentials=credentials_of(source))`. The source's audience must be the bus."""

    async def current() -> TokenCredential:
        made = await source.credentials(METHOD, BUS)
        return TokenCredential(source, made.token, made.expires_at)

    return current
