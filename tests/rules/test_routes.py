"""No route without a guard, and no request that takes what it does not know."""

import ast
from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.rules.code import Source, called, house_modules, keyword, sources

METHODS = {"get", "post", "put", "patch", "delete", "head", "route"}


def decorators() -> Iterator[tuple[str, ast.Call]]:
    for source in sources("services", "shared"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for one in node.decorator_list:
                    if isinstance(one, ast.Call) and called(one) in METHODS and isinstance(one.func, ast.Name):
                        yield f"{source.path}:{node.name}", one


def is_guarded(route: ast.Call) -> bool:
    return isinstance(keyword(route, "guards"), ast.List | ast.Tuple | ast.Name) and keyword(route, "guards") is not None


def is_public(route: ast.Call) -> bool:
    opt = keyword(route, "opt")
    if isinstance(opt, ast.Dict):
        return any(isinstance(key, ast.Constant) and key.value == "public" for key in opt.keys)
    return isinstance(opt, ast.Name) and opt.id == "PUBLIC"


def test_every_route_has_a_guard_or_says_that_it_is_public() -> None:
    routes = dict(decorators())

    assert len(routes) > 10
    assert [name for name, route in routes.items() if is_guarded(route) == is_public(route)] == []


def test_every_guard_is_made_by_requires() -> None:
    guards = [(name, keyword(route, "guards")) for name, route in decorators() if is_guarded(route)]

    def is_ours(node: ast.expr | None) -> bool:
        return isinstance(node, ast.List | ast.Tuple) and bool(node.elts) and all(_calls_requires(item) for item in node.elts)

    assert [name for name, node in guards if not is_ours(node)] == []


def _calls_requires(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Call) and called(node) == "requires")


def requests() -> Iterator[tuple[str, Any]]:
    """Every type that a body is read into."""
    for module in house_modules():
        for name, value in vars(module).items():
            if isinstance(value, HTTPRouteHandler) and "data" in (hints := get_type_hints(value.fn)):
                yield f"{module.__name__}.{name}", hints["data"]
    for source in sources("services"):
        for call in source.calls():
            if called(call) == "Operation" and isinstance(wanted := keyword(call, "request"), ast.Name):
                yield f"{source.path}:{wanted.id}", _resolve(source, wanted.id)


def _resolve(source: Source, name: str) -> Any:
    module = next(m for m in house_modules() if m.__name__ == source.path.removesuffix(".py").replace("/", "."))
    return vars(module)[name]


def loose(info: msgspec.inspect.Type, seen: set[type]) -> Iterator[str]:
    """Names of structs in a type, at any depth, that take unknown fields."""
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in seen:
            return
        seen.add(info.cls)
        if not info.forbid_unknown_fields:
            yield info.cls.__name__
        for field in info.fields:
            yield from loose(field.type, seen)
    for name in ("item_type", "value_type", "key_type", "type"):
        inner = getattr(info, name, None)
        if isinstance(inner, msgspec.inspect.Type):
            yield from loose(inner, seen)
    for name in ("types", "item_types"):
        for inner in getattr(info, name, ()):
            yield from loose(inner, seen)


@pytest.mark.parametrize(("name", "kind"), list(requests()))
def test_a_request_refuses_unknown_fields_at_any_depth(name: str, kind: Any) -> None:
    assert list(loose(msgspec.inspect.type_info(kind), set())) == [], name
