"""A house's interface as it describes itself, walked by tests that try every route."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import msgspec
from nats.aio.msg import Msg

from deploy.demo.stage import System

KINDS = {
    "children": "ask",
    "coverage": "ask",
    "consents": "ask",
    "custody": "in",
    "confirm-consents": "in",
    "imported-consent": "in",
    "record-answer": "in",
    "keys": "ask",
    "fetch": "ask",
    "decision": "ask",
    "consent-request": "in",
    "items": "in",
    "receipt": "in",
    "confirm": "in",
    "matter": "in",
    "matter-answer": "in",
}
"""The operations that systems have on the bus too."""
HOUSES = ("consent", "sharing", "audit")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path."""

    house: str
    method: str
    path: str
    description: dict[str, Any]
    components: dict[str, Any]

    @property
    def operation(self) -> str:
        """Its name, which for a system's operation is also the last token of the subject."""
        return str(self.description["operationId"])

    @property
    def takes_body(self) -> bool:
        return "requestBody" in self.description

    @property
    def schema(self) -> dict[str, Any]:
        """Of the body's JSON."""
        found: dict[str, Any] = self.description["requestBody"]["content"]["application/json"]["schema"]
        return found

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Of path, query and header."""
        found: list[dict[str, Any]] = self.description.get("parameters", [])
        return found

    def at(self, **values: str) -> str:
        """The path with these values, and a harmless one for every other parameter."""
        path = self.path
        for one in self.parameters:
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", values.get(one["name"], harmless(one["schema"])))
        return path


def harmless(schema: dict[str, Any]) -> str:
    """A value that fits a path parameter and names nothing."""
    if schema.get("format") == "uuid":
        return "7f1f4f2c-4a47-4d5e-8a0c-2b4a35d3a001"
    return "2026" if schema.get("type") == "integer" else "x"


async def routes(get: Callable[[str], Awaitable[httpx2.Response]], house: str, url: str) -> list[Route]:
    """Every route that a house describes."""
    described = (await get(f"{url}/openapi.json")).json()
    components = described.get("components", {}).get("schemas", {})
    return [
        Route(house=house, method=method.upper(), path=path, description=operation, components=components)
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]


def resolved(route: Route, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed, and the first of its alternatives taken."""
    while True:
        if "$ref" in schema:
            schema = route.components[schema["$ref"].rsplit("/", 1)[-1]]
        elif "oneOf" in schema or "anyOf" in schema:
            choices = schema.get("oneOf") or schema["anyOf"]
            schema = next((choice for choice in choices if choice.get("type") != "null"), choices[0])
        else:
            return schema


def fields(route: Route) -> list[str]:
    """Names of the body's members."""
    return sorted(resolved(route, route.schema).get("properties", {}))


def filled(route: Route, schema: dict[str, Any], value: Any) -> Any:
    """A value of this shape in which every single thing is `value`."""
    schema = resolved(route, schema)
    if schema.get("properties"):
        return {name: filled(route, member, value) for name, member in schema["properties"].items()}
    if schema.get("type") == "array":
        return [filled(route, schema.get("items", {}), value)]
    return value


def provocations(route: Route, value: Any) -> Iterator[Any]:
    """Bodies with this value in one member each, then in all, then as a member's name and as the whole."""
    whole = filled(route, route.schema, value)
    if isinstance(whole, dict):
        yield from ({name: member} for name, member in whole.items())
        yield whole
    if str(value).isdecimal():
        yield {str(value): value}  # a name of letters could be a field that we do not know, and is repeated as such
    yield value


async def over_bus(system: System, route: Route, body: bytes, headers: dict[str, str] | None = None) -> Msg | None:
    """A system's raw request on the subject of an operation; None for a route that has no twin on the bus."""
    kind = KINDS.get(route.operation)
    if kind is None:
        return None
    subject = f"samsyn.{kind}.{system.organisation}.{route.operation}"
    return await system.bus._connected.request(subject, body, timeout=5, headers=headers)
