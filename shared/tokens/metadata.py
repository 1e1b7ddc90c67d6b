"""What an issuer says about itself (OpenID Connect Discovery 1.0, RFC 8414)."""

import msgspec

from shared.tokens.fetch import Fetcher, FetchFailed
from shared.tokens.strict_jose import JoseFault, load_object


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The members we use. Every address in it has been checked by the same rule as the issuer's own."""

    issuer: str
    jwks_uri: str
    token_endpoint: str
    authorization_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    require_pushed_authorization_requests: bool = False
    end_session_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False
    code_challenge_methods_supported: tuple[str, ...] = ()


async def discover(fetcher: Fetcher, issuer: str) -> Metadata:
    """The issuer's metadata. Raises FetchFailed when it names another issuer (RFC 8414 3.3: the same text, no normalising)."""
    raw = await fetcher.get(issuer.rstrip("/") + "/.well-known/openid-configuration")
    try:
        metadata = msgspec.convert(load_object(raw), Metadata)
    except (JoseFault, msgspec.ValidationError) as error:
        raise FetchFailed("malformed metadata") from error
    if metadata.issuer != issuer:
        raise FetchFailed("metadata of another issuer")
    for name in Metadata.__struct_fields__:
        if name.endswith(("_uri", "_endpoint")) and (url := getattr(metadata, name)) is not None:
            fetcher.check_url(url)
    return metadata
