"""UserInfo, always signed (Swedish OpenID Connect profile), and only for tokens made for the provider itself."""

from typing import Any

from litestar import Request, Response, route

from deploy.provider.faults import OAuthFault
from deploy.provider.minting import ACCESS_TOKEN_TYPE
from deploy.provider.provider import Provider
from deploy.provider.wire import NO_STORE, Given
from shared.tokens.strict_jose import JoseFault


@route("/userinfo", http_method=["GET", "POST"], status_code=200)
async def user_info(request: Request[Any, Any, Any], provider: Given) -> Response[bytes]:
    """Who the token's person is, as far as its scopes ask."""
    now = provider.clock()
    try:
        claims = _accepted(request, provider)
    except (JoseFault, OAuthFault) as fault:
        raise _unauthorized(fault) from fault
    persona = provider.persona(claims["sub"])
    if persona is None:
        raise _unauthorized(JoseFault("the person is gone"))
    signed = provider.minting.user_info(persona, claims["client_id"], frozenset(claims["scope"].split(" ")), now)
    return Response(signed.encode("ascii"), media_type="application/jwt", headers=NO_STORE)


def _accepted(request: Request[Any, Any, Any], provider: Provider) -> dict[str, Any]:
    headers = request.headers.getall("authorization", [])
    scheme, _, token = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    if scheme.lower() not in {"bearer", "dpop"}:
        raise JoseFault("one Authorization header is expected")
    now = provider.clock()
    claims = provider.minting.read_own(token, ACCESS_TOKEN_TYPE, now)
    if claims["aud"] != provider.issuer or "openid" not in claims["scope"].split(" ") or provider.state.is_revoked(claims["jti"]):
        raise JoseFault("not for this, or its login has ended")
    proofs = request.headers.getall("dpop", [])
    proof = provider.proofs.possession(proofs, method=request.method, url=provider.address("/userinfo"), now=now, token=token)
    bound_to = claims.get("cnf", {}).get("jkt")
    if bound_to != (proof.jkt if proof is not None else None) or (bound_to is not None) is not (scheme.lower() == "dpop"):
        raise JoseFault("the key that it is bound to is not proved")
    return claims


def _unauthorized(fault: JoseFault | OAuthFault) -> OAuthFault:
    error = fault.error if isinstance(fault, OAuthFault) else "invalid_token"
    more = fault.headers if isinstance(fault, OAuthFault) else {}
    challenge = f'DPoP error="{error}", algs="ES256 PS256", Bearer error="{error}"'
    description = fault.description if isinstance(fault, OAuthFault) else str(fault)
    return OAuthFault(error, description, status=401, headers={"WWW-Authenticate": challenge, **more})
