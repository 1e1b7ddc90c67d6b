"""Issuers' public keys: cached, single flight, and kept while an issuer is away (design/identity.md 1.5)."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
import msgspec
from jwt.algorithms import AllowedPublicKeys

from shared.errors import Unavailable
from shared.tokens.fetch import Fetcher, FetchFailed
from shared.tokens.issuers import IssuerConfig
from shared.tokens.metadata import discover
from shared.tokens.strict_jose import JoseFault, load_object

TTL: Final = timedelta(minutes=5)
COOLDOWN: Final = timedelta(seconds=30)
"""Between two fetches from one issuer in the way of a request: one attacker's unknown `kid` must not become a flood."""
STALE_FOR: Final = timedelta(hours=24)
"""How long known keys serve while the issuer cannot be reached; after that its tokens are refused."""
MAX_KEYS: Final = 64

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES = {"ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"), "Ed25519": ("OKP", "Ed25519")}
_CURVES["EdDSA"] = _CURVES["Ed25519"]  # the older name of the same (RFC 9864); both only where an issuer is configured so
_KINDS = _CURVES | dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", ""))
_MIN_RSA_BITS = 2048


class KeySet(msgspec.Struct, frozen=True):
    """One accepted key set. `version` changes with its content and with nothing else."""

    keys: Mapping[tuple[str, str], AllowedPublicKeys]
    version: str


class _Cached:
    """What is known of one issuer; only `KeySets` writes here, under `lock`."""

    def __init__(self) -> None:
        self.keys: KeySet | None = None
        self.fetched_at: datetime | None = None
        self.tried_at: datetime | None = None
        self.out_of_reach = False
        self.lock = asyncio.Lock()


class KeySets:
    """The keys of every trusted issuer. Call `run_once` in the background so that no request waits for a rotation."""

    def __init__(self, issuers: Iterable[IssuerConfig], fetcher: Fetcher) -> None:
        self.issuers: Mapping[str, IssuerConfig] = {config.issuer: config for config in issuers}
        self._fetcher = fetcher
        self._cached = {issuer: _Cached() for issuer in self.issuers}

    async def find(self, issuer: str, kid: str, algorithm: str, *, now: datetime) -> AllowedPublicKeys | None:
        """The key for exactly this issuer, `kid` and algorithm, or None.

        Raises Unavailable only where no key set of the issuer was ever seen and the network is why.
        """
        cached = self._cached[issuer]
        if cached.fetched_at is None or now - cached.fetched_at > TTL or _lookup(cached, kid, algorithm) is None:
            await self._refresh(issuer, now, at_least=COOLDOWN)
        if cached.keys is None and cached.out_of_reach:
            raise Unavailable("issuer-unavailable")
        if cached.fetched_at is None or now - cached.fetched_at > STALE_FOR:
            return None
        return _lookup(cached, kid, algorithm)

    def version(self, issuer: str) -> str | None:
        """Names the content of the issuer's present key set; a decision made under another one is void."""
        keys = self._cached[issuer].keys
        return None if keys is None else keys.version

    def is_ready(self, issuer: str, *, now: datetime) -> bool:
        """Whether tokens of this issuer can be checked now; for readiness."""
        fetched_at = self._cached[issuer].fetched_at
        return fetched_at is not None and now - fetched_at <= STALE_FOR

    async def run_once(self, now: datetime) -> int:
        """Fetch what is older than half its life; returns how many issuers answered. An issuer that fails keeps its keys."""
        due = [name for name, known in self._cached.items() if known.fetched_at is None or now - known.fetched_at > TTL / 2]
        return sum(await asyncio.gather(*(self._refresh(name, now, at_least=COOLDOWN / 3) for name in due)))

    async def _refresh(self, issuer: str, now: datetime, *, at_least: timedelta) -> bool:
        cached = self._cached[issuer]
        # Single flight: who waited for the lock finds `tried_at` fresh and looks at what the first one brought.
        async with cached.lock:
            if cached.tried_at is not None and now - cached.tried_at < at_least:
                return False
            cached.tried_at = now
            try:
                keys = await self._fetch(self.issuers[issuer])
            except FetchFailed:
                cached.out_of_reach = True
                return False
            except JoseFault:  # it answered, with a set that nobody should trust: the known keys stay
                cached.out_of_reach = False
                return False
            cached.keys, cached.fetched_at, cached.out_of_reach = keys, now, False
            return True

    async def _fetch(self, config: IssuerConfig) -> KeySet:
        uri = config.jwks_uri or (await discover(self._fetcher, config.issuer)).jwks_uri
        return load_keys(await self._fetcher.get(uri), config.algorithms)


def load_keys(raw: bytes, algorithms: Iterable[str]) -> KeySet:
    """A JWK set (RFC 7517 5) as public keys by (`kid`, algorithm).

    Raises JoseFault for a set with private members, symmetric keys, more than 64 keys or a doubled `kid`: its issuer has lost
    control. Keys for encryption, without `kid` or of a kind we do not use are passed over.
    """
    members = load_object(raw).get("keys")
    if not isinstance(members, list) or len(members) > MAX_KEYS:
        raise JoseFault("not a key set")
    keys: dict[tuple[str, str], AllowedPublicKeys] = {}
    kids: set[str] = set()
    for member in members:
        _refuse_secret(member)
        kid = member.get("kid")
        if not isinstance(kid, str) or member.get("use") != "sig":
            continue
        if kid in kids:
            raise JoseFault("doubled key id")
        kids.add(kid)
        for algorithm in algorithms:
            if (key := public_key(member, algorithm)) is not None:
                keys[kid, algorithm] = key
    return KeySet(keys, hashlib.sha256(raw).hexdigest())


def public_key(member: dict[str, Any], algorithm: str) -> AllowedPublicKeys | None:
    """A JWK as the key of one algorithm; None where it is of another kind, too short or not a key."""
    kind, curve = _KINDS.get(algorithm, ("unknown", ""))
    if member.get("kty") != kind or member.get("alg", algorithm) != algorithm or (curve and member.get("crv") != curve):
        return None
    try:
        key = jwt.PyJWK(member, "EdDSA" if kind == "OKP" else algorithm).key  # PyJWT knows the older name alone
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
        return None
    return None if getattr(key, "key_size", 256) < _MIN_RSA_BITS and kind == "RSA" else key


def _refuse_secret(member: Any) -> None:
    if not isinstance(member, dict) or member.get("kty") == "oct" or not _PRIVATE.isdisjoint(member):
        raise JoseFault("key set holds what is not a public key")


def _lookup(cached: _Cached, kid: str, algorithm: str) -> AllowedPublicKeys | None:
    return None if cached.keys is None else cached.keys.keys.get((kid, algorithm))
