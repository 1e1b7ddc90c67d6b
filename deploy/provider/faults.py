"""What goes wrong, in OAuth's words, and the strict reading of parameters. A description never repeats what was sent."""

from typing import NoReturn
from urllib.parse import parse_qsl

MAX_PARAMETERS = 60
MAX_VALUE = 16_000


class OAuthFault(Exception):
    """An answer of the token, PAR and UserInfo endpoints (RFC 6749 5.2, RFC 9449 7.1)."""

    def __init__(self, error: str, description: str, *, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.headers = headers or {}


class PageFault(Exception):
    """A page for the person, because nothing sent has earned a redirect (RFC 9700 4.11.2)."""


class RedirectFault(Exception):
    """An error for the client, sent to a redirect address that has been checked."""

    def __init__(self, error: str, description: str, redirect_uri: str, state: str | None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state


def invalid_request(description: str) -> NoReturn:
    """Raise the most common one."""
    raise OAuthFault("invalid_request", description)


def parameters(encoded: bytes) -> dict[str, str]:
    """Parameters of a query or a form. Raises OAuthFault when one is repeated (RFC 6749 3.1), also `resource`: one token, one place."""
    try:
        text = encoded.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        invalid_request("parameters are malformed")
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            invalid_request("a parameter is repeated")
        if len(value) > MAX_VALUE or "\x00" in value:
            invalid_request("a parameter is malformed")
        if value:  # RFC 6749 3.1: a parameter without a value counts as left out
            found[name] = value
    return found
