"""What one house's login is: its client at the provider, the levels it accepts, how long a session lives."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from shared.auth import LOA3
from shared.tokens.client_key import ClientKey
from shared.tokens.issuers import DEFAULT_ALGORITHMS

PersonOf = Callable[[Mapping[str, Any], datetime], Awaitable[str | None]]
"""(claims of the signed UserInfo, now) -> the person in the house's own register, or None.

Consent finds its person by the number in these claims; the number goes nowhere else, the session keeps the answer alone.
"""

STAFF_IDLE: Final = timedelta(minutes=20)
STAFF_ABSOLUTE: Final = timedelta(minutes=60)
FAMILY_IDLE: Final = timedelta(minutes=20)
FAMILY_ABSOLUTE: Final = timedelta(minutes=120)


class LoginConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One struct per house. No silent renewal: when a session is over, the person logs in."""

    house: str
    issuer: str
    client_id: str
    key: ClientKey
    public_url: str
    """`https://consent.samsyn.example`, without a slash at the end."""
    scopes: frozenset[str] = frozenset()
    """What a session of this house may carry; asked for beside `openid` and kept as far as the provider grants it."""
    identity_scopes: frozenset[str] = frozenset()
    """Scopes that release claims in UserInfo (`https://id.oidc.se/scope/naturalPersonNumber`); never in a session."""
    acr: frozenset[str] = LOA3
    """Accepted where a strong login is asked for, as essential and checked after the login (Swedish OIDC profile)."""
    is_always_strong: bool = True
    """Whether every login asks for it, or only a step-up."""
    idle: timedelta = STAFF_IDLE
    absolute: timedelta = STAFF_ABSOLUTE
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    organisation_claim: str = "organisation"
    person_of: PersonOf | None = None

    @property
    def redirect_uri(self) -> str:
        """Registered at the provider and compared there exactly."""
        return f"{self.public_url}/auth/callback"

    @property
    def cookie(self) -> str:
        """`__Host-`: this host alone, over TLS alone, the whole path; no other host can set it."""
        return f"__Host-samsyn-{self.house}"

    @property
    def attempt_cookie(self) -> str:
        """Ties a login under way to the browser that began it."""
        return f"__Host-samsyn-{self.house}-login"
