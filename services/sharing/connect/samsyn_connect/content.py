"""Content schemas: JSON Schema 2020-12, content-addressed. Checked before sealing and after opening, never at the broker."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from samsyn_connect.binding import NotSealedForUs


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one category's content; `sha256` is of the file's bytes and names it for ever."""

    category: str
    version: int
    sha256: str
    document: dict[str, Any]


@cache
def schemas() -> Mapping[str, Schema]:
    """Every schema of the kit by its hash. Files are named `<category>.<version>.json`."""
    found = {}
    for file in files("samsyn_connect").joinpath("schemas").iterdir():
        if file.name.endswith(".json"):
            raw = file.read_bytes()
            category, version, _ = file.name.split(".")
            digest = hashlib.sha256(raw).hexdigest()
            found[digest] = Schema(category=category, version=int(version), sha256=digest, document=msgspec.json.decode(raw))
    return found


def newest(category: str) -> Schema:
    """The schema to write a category with today. Raises KeyError for a category that the kit has no schema for."""
    of_category = [schema for schema in schemas().values() if schema.category == category]
    if not of_category:
        raise KeyError(category)
    return max(of_category, key=lambda schema: schema.version)


def faults(schema_sha256: str, category: str, content: Any) -> list[str]:
    """JSON pointers of what is wrong with the content; empty when it is right. Never the content itself.

    Raises NotSealedForUs for a schema that is unknown or another category's.
    """
    schema = schemas().get(schema_sha256)
    if schema is None or schema.category != category:
        raise NotSealedForUs("schema-unknown")
    errors = Draft202012Validator(schema.document).iter_errors(content)
    return sorted("/" + "/".join(str(step) for step in error.absolute_path) for error in errors)
