"""Named queries from `.sql` files: `-- name: lock_consent`, plain `$1`, nothing put together at run time."""

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

import asyncpg
import msgspec

T = TypeVar("T")

Row = Mapping[str, Any] | asyncpg.Record
"""asyncpg's records are mappings in all but name."""

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


def load(package: str, file: str) -> Mapping[str, str]:
    """The queries of one file by name. Raises ValueError at import for a doubled name or text before the first name."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    head, *parts = _NAME.split(text)
    if any(line.strip() and not line.startswith("--") for line in head.splitlines()):
        raise ValueError(f"{file}: text before the first name")
    names = parts[::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{file}: a name occurs twice")
    return MappingProxyType({name: body.strip() for name, body in zip(names, parts[1::2], strict=True)})


def struct(kind: type[T], row: Row) -> T:
    """One row as a struct: columns by name, text to enums, arrays to tuples. Raises ValidationError on a mismatch."""
    return msgspec.convert(dict(row.items()), kind)


def structs(kind: type[T], rows: Iterable[Row]) -> list[T]:
    """Rows as structs, in the order of the query."""
    return [struct(kind, row) for row in rows]
