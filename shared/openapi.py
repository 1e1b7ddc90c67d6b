"""`/openapi.json`: OpenAPI 3.1, made from the routes, with what Litestar leaves out put right in one place."""

from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler


class _Nowhere(Router):
    """Where Litestar would put its own schema pages: nowhere, we serve the description ourselves."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:  # noqa: ARG002  as in Router
        """Take nothing."""
        return []


def config(house: str) -> OpenAPIConfig:
    """The head of the description."""
    return OpenAPIConfig(
        title=f"Samsyn {house}",
        version="1",
        use_handler_docstrings=True,
        openapi_router=_Nowhere("/openapi", route_handlers=[], include_in_schema=False),
    )


@get("/openapi.json", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def description(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The description of this house's interface."""
    return describe(request.app)


def describe(app: Litestar) -> dict[str, Any]:
    """Litestar's schema; request structs forbid unknown fields, which it does not say."""
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    wanted = set(_request_schemas(schema))
    for name, component in schema.get("components", {}).get("schemas", {}).items():
        if name in wanted and component.get("type") == "object":
            component["additionalProperties"] = False
    return schema


def _request_schemas(schema: dict[str, Any]) -> list[str]:
    """Names of the components that a request body is made of, at any depth."""
    components = schema.get("components", {}).get("schemas", {})
    waiting = [
        operation["requestBody"]
        for item in schema.get("paths", {}).values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
    ]
    found: list[str] = []
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found.append(name)
                waiting.append(components.get(name, {}))
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"].rsplit("/", 1)[-1]] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in _references(value)]
    if isinstance(node, list):
        return [name for value in node for name in _references(value)]
    return []
