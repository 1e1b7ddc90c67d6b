"""An access token to a `Caller`, in the seven steps of design/identity.md 1.5, the same over HTTP and NATS.

(1) one header, one scheme, short, compact; (2) a header that we read ourselves; (3) issuer by equality, key from that issuer
alone; (4) signature by PyJWT; (5) claims; (6) who holds the token must prove it; (7) not ended meanwhile. The caller of this
module does (8): what the subject may do is the grant.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import msgspec

from shared.auth import Caller, Kind
from shared.errors import Unauthenticated
from shared.tokens import dpop as proofs
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.revocation import EndedLogins
from shared.tokens.strict_jose import (
    MAX_LENGTH,
    JoseFault,
    Jws,
    check_header,
    encode_base64url,
    take_apart,
    text_claim,
    time_claim,
    verify,
)

OrganisationOf = Callable[[str, str], Awaitable[str | None]]
"""(issuer, client_id) -> the organisation that the register gives this system; None when it knows no such system."""

SKEW: Final = timedelta(seconds=10)
"""How far in the future `iat` and `nbf` may lie (FAPI 2.0). `exp` has no grace."""
REMEMBERED: Final = timedelta(seconds=60)
MAX_REMEMBERED: Final = 10_000
CHALLENGE: Final = f'DPoP algs="{" ".join(proofs.ALGORITHMS)}", error="invalid_token", Bearer error="invalid_token"'
NO_TOKEN: Final = f'DPoP algs="{" ".join(proofs.ALGORITHMS)}", Bearer'

_REQUIRED = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
_BINDINGS = frozenset({"jkt", "x5t#S256"})
_MAX_SCOPES = 64


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A token that stands, and until when."""

    caller: Caller
    issued_at: datetime
    expires_at: datetime
    sid: str | None
    key_thumbprint: str | None
    certificate_thumbprint: str | None

    @property
    def is_bound(self) -> bool:
        """Whether somebody who only copied the token can do nothing with it."""
        return self.key_thumbprint is not None or self.certificate_thumbprint is not None


class Validator:
    """Checks tokens for one resource. Raises Unauthenticated for every bad token, and Unavailable where its keys never came."""

    def __init__(
        self,
        key_sets: KeySets,
        *,
        audience: str,
        organisation_of: OrganisationOf,
        ended: EndedLogins | None = None,
        systems_must_be_bound: bool = True,
    ) -> None:
        self.key_sets = key_sets
        self.audience = audience
        self.ended = ended or EndedLogins()
        self._organisation_of = organisation_of
        self._systems_must_be_bound = systems_must_be_bound
        self._replays = proofs.Replays()
        self._remembered: dict[bytes, tuple[Accepted, str | None, datetime]] = {}

    async def validate(
        self, authorization: Sequence[str], *, dpop: Sequence[str], method: str, url: str, now: datetime, certificate: bytes | None = None
    ) -> Caller:
        """Who sends this HTTP request: every `Authorization` and every `DPoP` header of it, its method and its public address.

        `certificate` is the client's, DER, from TLS itself.
        """
        if not authorization:
            raise Unauthenticated("not-logged-in", challenge=NO_TOKEN)
        try:
            scheme, token = _one_token(authorization, dpop)
        except JoseFault as fault:
            _refuse(fault)
        accepted = await self.accept(token, dpop[0] if dpop else None, htm=method, htu=url, now=now, certificate=certificate, scheme=scheme)
        return accepted.caller

    async def validate_bearer(
        self, token: str, proof: str | None, htm: str, htu: str, now: datetime, *, certificate: bytes | None = None
    ) -> Caller:
        """Who connects with this token and proof, where there are no headers (NATS). `accept` also tells until when."""
        return (await self.accept(token, proof, htm=htm, htu=htu, now=now, certificate=certificate)).caller

    async def accept(
        self,
        token: str,
        proof: str | None,
        *,
        htm: str,
        htu: str,
        now: datetime,
        certificate: bytes | None = None,
        scheme: str | None = None,
    ) -> Accepted:
        """Steps 2 to 7. `scheme` (`bearer` or `dpop`) must fit how the token is bound; None where there is no scheme."""
        try:
            accepted = self._recall(token, now) or await self._read(token, now)
            self._check_holder(accepted, token, proof, htm=htm, htu=htu, now=now, certificate=certificate, scheme=scheme)
            self._check_not_ended(accepted, now)
            return await self._with_organisation(accepted)
        except JoseFault as fault:
            _refuse(fault)

    async def _read(self, token: str, now: datetime) -> Accepted:
        # (2) take it apart ourselves; (3) only then look at whose it claims to be
        jws = take_apart(token)
        config = self.key_sets.issuers.get(text_claim(jws.claims, "iss"))
        if config is None:
            raise JoseFault("unknown issuer")
        algorithm = check_header(jws.header, types=config.types, algorithms=config.algorithms)
        key = await self.key_sets.find(config.issuer, jws.header["kid"], algorithm, now=now)
        if key is None:
            raise JoseFault("unknown key")
        verify(jws, key, algorithm)  # (4)
        accepted = self._read_claims(jws, config, now)  # (5)
        caller = accepted.caller
        if caller.kind is Kind.PERSON and await self._organisation_of(caller.issuer, caller.subject) is not None:
            raise JoseFault("subject is another client's id")
        self._remember(token, accepted, now)
        return accepted

    def _read_claims(self, jws: Jws, config: IssuerConfig, now: datetime) -> Accepted:
        claims = jws.claims
        if any(name not in claims for name in _REQUIRED):
            raise JoseFault("required claim missing")
        issued, expires = _times(claims, config, now)
        _check_audience(claims["aud"], self.audience, allows_list=config.allows_audience_list)
        text_claim(claims, "jti")
        caller = _caller(claims, config)
        jkt, certificate = _binding(claims)
        return Accepted(
            caller=caller,
            issued_at=issued,
            expires_at=expires,
            sid=text_claim(claims, "sid") if "sid" in claims else None,
            key_thumbprint=jkt,
            certificate_thumbprint=certificate,
        )

    def _check_holder(
        self,
        accepted: Accepted,
        token: str,
        proof: str | None,
        *,
        htm: str,
        htu: str,
        now: datetime,
        certificate: bytes | None,
        scheme: str | None,
    ) -> None:
        # (6) A bound token sent as Bearer is how a thief would send it (RFC 9449 7.2).
        if scheme is not None and (scheme == "dpop") is not (accepted.key_thumbprint is not None):
            raise JoseFault("scheme does not fit the token")
        if accepted.key_thumbprint is not None:
            if proof is None:
                raise JoseFault("proof missing")
            proofs.verify_proof(
                proof, token=token, key_thumbprint=accepted.key_thumbprint, htm=htm, htu=htu, replays=self._replays, now=now
            )
        elif proof is not None:
            raise JoseFault("proof for a token that is not bound")
        if accepted.certificate_thumbprint is not None:
            seen = "" if certificate is None else encode_base64url(hashlib.sha256(certificate).digest())
            if not hmac.compare_digest(seen, accepted.certificate_thumbprint):
                raise JoseFault("another client certificate")
        if self._systems_must_be_bound and accepted.caller.kind is not Kind.PERSON and not accepted.is_bound:
            raise JoseFault("token must be bound to a key")

    def _check_not_ended(self, accepted: Accepted, now: datetime) -> None:
        # (7) Looked at on every request, also for a remembered token: a logout takes effect at once.
        if accepted.expires_at <= now:
            raise JoseFault("expired")
        not_before = self.key_sets.issuers[accepted.caller.issuer].not_before
        if not_before is not None and accepted.issued_at < not_before:
            raise JoseFault("issued before the issuer's cut-off")
        if accepted.sid is not None and self.ended.has(accepted.caller.issuer, accepted.sid):
            raise JoseFault("login has ended")

    async def _with_organisation(self, accepted: Accepted) -> Accepted:
        # Asked each time, never remembered: a system taken out of the register is out at once.
        caller = accepted.caller
        if caller.kind is Kind.PERSON:
            return accepted
        organisation = await self._organisation_of(caller.issuer, caller.client_id)
        if (organisation is None) is (caller.kind is Kind.SYSTEM):
            raise JoseFault("client not in the register")
        return msgspec.structs.replace(accepted, caller=msgspec.structs.replace(caller, organisation=organisation))

    def _recall(self, token: str, now: datetime) -> Accepted | None:
        found = self._remembered.get(_digest(token)) if len(token) <= MAX_LENGTH else None
        if found is None:
            return None
        accepted, version, until = found
        if now >= until or version != self.key_sets.version(accepted.caller.issuer):
            return None
        return accepted

    def _remember(self, token: str, accepted: Accepted, now: datetime) -> None:
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()  # one full check per token, which is cheaper than keeping order
        version = self.key_sets.version(accepted.caller.issuer)
        self._remembered[_digest(token)] = (accepted, version, min(now + REMEMBERED, accepted.expires_at))


def _one_token(authorization: Sequence[str], dpop: Sequence[str]) -> tuple[str, str]:
    # (1) Two headers, or two tokens in one: a proxy and we could disagree about which one counts.
    if len(authorization) != 1:
        raise JoseFault("more than one Authorization header")
    if len(dpop) > 1:
        raise JoseFault("more than one proof")
    scheme, space, token = authorization[0].partition(" ")
    if not space or scheme.lower() not in {"bearer", "dpop"}:
        raise JoseFault("scheme not accepted")
    return scheme.lower(), token


def _times(claims: dict[str, Any], config: IssuerConfig, now: datetime) -> tuple[datetime, datetime]:
    issued, expires = time_claim(claims, "iat"), time_claim(claims, "exp")
    if expires - issued > config.max_lifetime.total_seconds() or expires <= issued:
        raise JoseFault("lifetime not accepted")
    latest = (now + SKEW).timestamp()
    if issued > latest or ("nbf" in claims and time_claim(claims, "nbf") > latest):
        raise JoseFault("from the future")
    return datetime.fromtimestamp(issued, UTC), datetime.fromtimestamp(expires, UTC)


def _check_audience(audience: Any, ours: str, *, allows_list: bool) -> None:
    if audience == ours:
        return
    if allows_list and isinstance(audience, list) and ours in audience:
        return
    raise JoseFault("another audience")


def _caller(claims: dict[str, Any], config: IssuerConfig) -> Caller:
    subject, client_id = text_claim(claims, "sub"), text_claim(claims, "client_id")
    scopes = _scopes(claims)
    if subject == client_id:
        # The organisation of a system comes from the register (`_with_organisation`), whatever its token says.
        return Caller(
            kind=Kind.HOUSE if "house" in scopes else Kind.SYSTEM,
            issuer=config.issuer,
            subject=subject,
            client_id=client_id,
            scopes=scopes,
        )
    authenticated = time_claim(claims, "auth_time") if "auth_time" in claims else None
    return Caller(
        kind=Kind.PERSON,
        issuer=config.issuer,
        subject=subject,
        client_id=client_id,
        organisation=text_claim(claims, config.organisation_claim) if config.organisation_claim in claims else None,
        acr=text_claim(claims, "acr") if "acr" in claims else None,
        authenticated_at=None if authenticated is None else datetime.fromtimestamp(authenticated, UTC),
        scopes=scopes - {"house"},
    )


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    text = claims.get("scope", "")
    if not isinstance(text, str) or not (text.isascii() and (text.isprintable() or not text)):
        raise JoseFault("claim scope malformed")
    scopes = frozenset(text.split(" ")) - {""}
    if len(scopes) > _MAX_SCOPES:
        raise JoseFault("claim scope malformed")
    return scopes


def _binding(claims: dict[str, Any]) -> tuple[str | None, str | None]:
    if "cnf" not in claims:
        return None, None
    cnf = claims["cnf"]
    # A binding that we do not know is one that we would not check.
    if not isinstance(cnf, dict) or not cnf or not cnf.keys() <= _BINDINGS:
        raise JoseFault("binding not accepted")
    jkt, certificate = cnf.get("jkt"), cnf.get("x5t#S256")
    if not all(isinstance(value, str) and value.isascii() for value in cnf.values()):
        raise JoseFault("binding not accepted")
    return jkt, certificate


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _refuse(fault: JoseFault) -> NoReturn:
    raise Unauthenticated("token-refused", str(fault), challenge=CHALLENGE) from fault
