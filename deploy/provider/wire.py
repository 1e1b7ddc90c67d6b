"""Small change between Litestar and the endpoints: forms, JSON that no cache keeps, the provider as a dependency."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from deploy.provider.faults import OAuthFault, invalid_request, parameters
from deploy.provider.provider import Provider

Given = NamedDependency[SkipValidation[Provider]]
"""The provider, in a handler's signature."""

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The form of a POST; what protects is never in the address, so a query is refused. Raises OAuthFault."""
    types = request.headers.getall("content-type", [])
    if len(types) != 1 or types[0].split(";")[0].strip().lower() != FORM:
        invalid_request("a form is expected")
    if request.scope["query_string"]:
        invalid_request("no parameters in the address")
    return parameters(await request.body())


def query_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The parameters of the address. Raises OAuthFault."""
    return parameters(request.scope["query_string"])


def json_answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """JSON that nobody caches (RFC 6749 5.1)."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json", headers={**NO_STORE, **(headers or {})})


def fault_answer(fault: OAuthFault) -> Response[bytes]:
    """An OAuth error as RFC 6749 5.2 has it."""
    return json_answer({"error": fault.error, "error_description": fault.description}, status=fault.status, headers=fault.headers)
