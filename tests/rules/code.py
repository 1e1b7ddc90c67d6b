"""The project's own files, read as text, as syntax and as modules."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import msgspec

import services

ROOT = Path(__file__).parents[2]
HOUSES = ("consent", "sharing", "audit")
SEPARATE = ("services/audit/verify", "services/sharing/connect")
"""Projects of their own: their rules are their own tests'."""


class Source(msgspec.Struct, frozen=True):
    """One Python file."""

    path: str
    """Relative to the checkout, with slashes."""
    text: str

    @property
    def tree(self) -> ast.Module:
        return parse(self.text)

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


@cache
def parse(text: str) -> ast.Module:
    """The syntax of a text, once for all rules."""
    return ast.parse(text)


@cache
def sources(*folders: str) -> list[Source]:
    """Python files below these folders, without the separate projects."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    names = [(path, path.relative_to(ROOT).as_posix()) for path in found]
    return [Source(name, path.read_text(encoding="utf-8")) for path, name in names if not name.startswith(SEPARATE)]


def called(call: ast.Call) -> str:
    """The last name of what is called: `logs.line(...)` is `line`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def constant(node: ast.AST | None) -> str | None:
    """The text of a constant."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """One keyword argument's expression."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def house_modules() -> list[ModuleType]:
    """Every module of the three houses, imported, but for their command lines."""
    found = []
    for info in pkgutil.walk_packages(services.__path__, "services."):
        name = info.name
        if not name.replace(".", "/").startswith(SEPARATE) and not name.endswith("__main__"):
            found.append(importlib.import_module(name))
    return found
