"""What the provider says about itself, and its keys."""

from typing import Any, Final

from litestar import Response, get

from deploy.provider.config import LOA3
from deploy.provider.grants import GRANTS
from deploy.provider.keys import ALGORITHM, MAX_AGE
from deploy.provider.minting import CLAIM
from deploy.provider.proofs import ALGORITHMS
from deploy.provider.provider import Provider
from deploy.provider.wire import Given

CACHED: Final = {"Cache-Control": f"public, max-age={int(MAX_AGE.total_seconds())}"}


@get(["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
async def metadata(provider: Given) -> Response[dict[str, Any]]:
    """OpenID Connect Discovery 1.0 and RFC 8414."""
    return Response(describe(provider), headers=CACHED)


@get("/jwks")
async def jwks(provider: Given) -> Response[dict[str, Any]]:
    """All public keys, also the one that will sign next."""
    return Response(provider.keys.jwks(), headers=CACHED)


def describe(provider: Provider) -> dict[str, Any]:
    """The members, every one true."""
    scopes = sorted({scope for client in provider.config.clients for scope in (*client.scopes, *client.own_scopes)})
    return {
        "issuer": provider.issuer,
        "authorization_endpoint": provider.address("/authorize"),
        "token_endpoint": provider.address("/token"),
        "userinfo_endpoint": provider.address("/userinfo"),
        "jwks_uri": provider.address("/jwks"),
        "end_session_endpoint": provider.address("/logout"),
        "pushed_authorization_request_endpoint": provider.address("/par"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": sorted(GRANTS),
        "subject_types_supported": ["public"],
        "acr_values_supported": sorted({LOA3, *(persona.acr for persona in provider.config.staff)}),
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "userinfo_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_supported": [
            "sub",
            "acr",
            "auth_time",
            "organisation",
            "name",
            "given_name",
            "family_name",
            "birthdate",
            CLAIM + "personalIdentityNumber",
            CLAIM + "coordinationNumber",
        ],
        "ui_locales_supported": ["sv", "en"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
