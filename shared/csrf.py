"""Forms and scripts of other sites cannot act with our session cookie.

Two checks, both needed: the browser says that the request comes from our own origin, and the request carries a token that only a page
of this session knows. A request with an access token in its header has no cookie to ride on and is not checked.
"""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection

from shared.errors import Refused

HEADER = "X-CSRF-Token"
FIELD = "csrf"
"""Name of the hidden field in each form."""

_BOUND = "csrf_token"


def bind(connection: ASGIConnection[Any, Any, Any, Any], token: str) -> None:
    """Called by the authentication that found a session: from here on this request must carry `token`."""
    connection.scope.setdefault("state", {})[_BOUND] = token


def current(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The token to put into this page's forms; None without a session."""
    token: str | None = connection.scope.get("state", {}).get(_BOUND)
    return token


def origin(url: str) -> str | None:
    """`https://host:port` of an address (RFC 6454 6.2); None where it has none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None


async def check(request: Request[Any, Any, Any], public_url: str) -> None:
    """For a request that may change something. Raises Refused unless it is from our own page, or has no session at all."""
    token = current(request)
    if token is None:
        return
    if not _is_ours(request, public_url):
        raise Refused("cross-site-request")
    given = request.headers.get(HEADER)
    if given is None and request.content_type[0] in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given = (await request.form()).get(FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), token.encode()):
        raise Refused("cross-site-request")


def _is_ours(request: Request[Any, Any, Any], public_url: str) -> bool:
    # Every browser of today sends at least one of the two with a POST; what contradicts us is foreign, and so is what says nothing.
    site, source = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    # Under `Referrer-Policy: no-referrer` browsers write `Origin: null` on forms of our own pages (Fetch 3.2): then the other one decides.
    if source is not None and not (source == "null" and site is not None):
        return source == origin(public_url)
    return site is not None
