"""What we believe of an issuer: exact name, algorithms, kinds of token. One struct per issuer, compared by equality."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

ACCESS_TOKEN: Final = frozenset({"at+jwt", "application/at+jwt"})
"""`typ` of an access token (RFC 9068 2.1)."""

DEFAULT_ALGORITHMS: Final = ("ES256", "PS256")
"""FAPI 2.0's; RS256 only by configuration, for issuers under the Swedish profile that have nothing else."""


class IssuerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One trusted issuer. Two issuers may share a `kid` and still never verify each other's tokens."""

    issuer: str
    jwks_uri: str | None = None
    """Where its keys are; None asks the issuer's metadata, whose `issuer` must be the same text (RFC 8414 3.3)."""
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    types: frozenset[str] = ACCESS_TOKEN
    max_lifetime: timedelta = timedelta(hours=1)
    organisation_claim: str = "organisation"
    """A person's organisation; its name differs between sectors (HSA-ID has no standard claim)."""
    allows_audience_list: bool = False
    not_before: datetime | None = None
    """Tokens issued before this instant are refused: the switch to pull after a leak at the issuer."""
