"""What the provider remembers while it runs: logins under way, codes, sessions, refresh tokens. All bounded, all with an end."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import msgspec

T = TypeVar("T")

REQUEST_LIFE: Final = timedelta(minutes=10)
PUSHED_LIFE: Final = timedelta(seconds=60)
CODE_LIFE: Final = timedelta(seconds=60)
SESSION_LIFE: Final = timedelta(minutes=60)
"""Sweden Connect's OpenID Connect profile: a provider's session lasts at most an hour."""
REFRESH_LIFE: Final = timedelta(hours=2)


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """A checked authorization request."""

    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str
    resource: str | None
    state: str | None
    nonce: str | None
    acr_values: frozenset[str]
    """Accepted levels; empty accepts every one."""
    prompt: frozenset[str]
    max_age: int | None
    locale: str | None
    """Language that the client asked for; otherwise the browser's."""
    jkt: str | None
    """Thumbprint that the code is bound to (RFC 9449 10)."""


class Session(msgspec.Struct, kw_only=True):
    """Somebody's login at the provider, in one browser."""

    sid: str
    subject: str
    acr: str
    authenticated_at: datetime
    clients: set[str] = msgspec.field(default_factory=set)
    """Who gets a logout token when it ends."""
    is_ended: bool = False


class Granted(msgspec.Struct, kw_only=True):
    """What came of one login at one client: the family of its code, tokens and refresh tokens. `is_revoked` ends them together."""

    request: Authorization
    session: Session
    is_redeemed: bool = False
    is_revoked: bool = False


class Held(Generic[T]):
    """Values under secrets that only their holder knows, each until its end. Only the SHA-256 of a secret is kept."""

    def __init__(self, life: timedelta, *, size: int = 10_000) -> None:
        self.life = life
        self._size = size
        self._values: dict[bytes, tuple[T, datetime]] = {}

    def put(self, value: T, now: datetime) -> str:
        """Keep a value; returns the secret. The oldest goes when it is full."""
        self._values = {digest: entry for digest, entry in self._values.items() if entry[1] > now}
        if len(self._values) >= self._size:
            del self._values[next(iter(self._values))]
        secret = secrets.token_urlsafe(32)
        self._values[_digest(secret)] = (value, now + self.life)
        return secret

    def get(self, secret: str, now: datetime) -> T | None:
        """The value of a secret, if it has not run out."""
        entry = self._values.get(_digest(secret))
        return entry[0] if entry is not None and entry[1] > now else None

    def take(self, secret: str, now: datetime) -> T | None:
        """As `get`, once."""
        entry = self._values.pop(_digest(secret), None)
        return entry[0] if entry is not None and entry[1] > now else None

    def values(self) -> Iterator[T]:
        """Everything held, also what has just run out."""
        return (value for value, _ in list(self._values.values()))


class RefreshToken(msgspec.Struct, kw_only=True):
    """One of the line; a used one that comes again ends the whole family (RFC 9700 4.14.2)."""

    granted: Granted
    is_used: bool = False


class State:
    """Everything of one provider process."""

    def __init__(self) -> None:
        self.requests: Held[Authorization] = Held(REQUEST_LIFE)
        self.pushed: Held[Authorization] = Held(PUSHED_LIFE)
        self.codes: Held[Granted] = Held(CODE_LIFE)
        self.refresh_tokens: Held[RefreshToken] = Held(REFRESH_LIFE)
        self.sessions: Held[Session] = Held(SESSION_LIFE)
        self.tokens: dict[str, tuple[Granted, datetime]] = {}

    def remember_token(self, jti: str, granted: Granted, until: datetime, now: datetime) -> None:
        """Tie an access token to its family, so that a revoked family's tokens are refused here."""
        self.tokens = {name: entry for name, entry in self.tokens.items() if entry[1] > now}
        self.tokens[jti] = (granted, until)

    def is_revoked(self, jti: str) -> bool:
        """Whether an access token's family, or the login that it came of, has ended."""
        entry = self.tokens.get(jti)
        return entry is not None and (entry[0].is_revoked or entry[0].session.is_ended)

    def find_session(self, sid: str) -> Session | None:
        """The session of a `sid`."""
        return next((session for session in self.sessions.values() if session.sid == sid), None)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
