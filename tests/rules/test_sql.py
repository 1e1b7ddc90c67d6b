"""Queries stand in `.sql` files, every one is used, and every one fits the migrated schema and the grants of its house's role."""

import ast
import re
from collections.abc import Iterator

import asyncpg
import msgspec

from shared import sql
from shared.database import Database
from tests.rules.code import ROOT, Source, called, constant, sources

VERB = re.compile(r"\s*(select\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s)", re.IGNORECASE)


class Loaded(msgspec.Struct, frozen=True):
    """One `NAME = sql.load(package, file)`."""

    module: str
    variable: str
    package: str
    file: str

    @property
    def path(self) -> str:
        return f"{self.package.replace('.', '/')}/{self.file}"


SOURCES = sources("services", "shared")


def loads() -> Iterator[Loaded]:
    for source in SOURCES:
        for node in source.tree.body:
            value = node.value if isinstance(node, ast.Assign) else None
            if isinstance(value, ast.Call) and called(value) == "load" and len(value.args) == 2:
                package, file = constant(value.args[0]), constant(value.args[1])
                if package is not None and file is not None and file.endswith(".sql"):
                    assert isinstance(node, ast.Assign)
                    assert isinstance(node.targets[0], ast.Name)
                    yield Loaded(source.path.removesuffix(".py").replace("/", "."), node.targets[0].id, package, file)


ALL = tuple(loads())


def used_in(source: Source) -> Iterator[tuple[str, str, int]]:
    """(module that loaded it, query, line): `QUERIES["x"]` of this module or of one that it is imported from."""
    tree = source.tree
    module = source.path.removesuffix(".py").replace("/", ".")
    owners = {loaded.variable: loaded.module for loaded in ALL if loaded.module == module}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            owners |= {name.asname or name.name: node.module or "" for name in node.names if name.name == "QUERIES"}
    for used in ast.walk(tree):
        if isinstance(used, ast.Subscript) and isinstance(used.value, ast.Name) and used.value.id in owners:
            name = constant(used.slice)
            assert name is not None, f"{source.path}:{used.lineno} a query's name is a constant"
            yield owners[used.value.id], name, used.lineno


def test_every_named_query_is_used_and_every_used_name_exists() -> None:
    paths = {loaded.module: loaded for loaded in ALL}
    used: dict[str, set[str]] = {loaded.path: set() for loaded in ALL}
    for source in SOURCES:
        for module, name, _line in used_in(source):
            used[paths[module].path].add(name)

    wrong = {}
    for loaded in ALL:
        there = set(sql.load(loaded.package, loaded.file))
        if there != used[loaded.path]:
            wrong[loaded.path] = {"unused": sorted(there - used[loaded.path]), "unknown": sorted(used[loaded.path] - there)}
    assert wrong == {}


def test_every_sql_file_is_loaded_or_a_migration() -> None:
    there = {path.relative_to(ROOT).as_posix() for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.sql")}

    assert {path for path in there if "/migrations/" not in path} == {loaded.path for loaded in ALL}


def literals(source: Source) -> Iterator[tuple[int, str]]:
    tree = source.tree
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (text := constant(node)) is not None and id(node) not in documents:
            yield node.lineno, text  # type: ignore[attr-defined]


def test_no_sql_stands_in_python() -> None:
    found = [f"{source.path}:{line}" for source in sources("services") for line, text in literals(source) if VERB.match(text)]

    assert found == []


def test_columns_are_named() -> None:
    stars = re.compile(r"(select|returning)\s+(\w+\.)?\*(?!\s+from\s+unnest)", re.IGNORECASE)

    assert [loaded.path for loaded in ALL if stars.search((ROOT / loaded.path).read_text(encoding="utf-8"))] == []


async def misfits(database: Database, house: str) -> dict[str, str]:
    """Queries of a house that its schema or its role's grants do not take."""
    own = [loaded for loaded in ALL if loaded.package.startswith(("shared", f"services.{house}."))]
    wrong = {}
    async with database.pool.acquire() as connection:
        for loaded in own:
            for name, query in sql.load(loaded.package, loaded.file).items():
                try:
                    await connection.prepare(query)
                    # Planning for any value also asks whether the role may do it (PostgreSQL 16 and later)
                    await connection.execute(f"explain (generic_plan) {query}")
                except asyncpg.PostgresError as error:
                    wrong[f"{loaded.path}: {name}"] = f"{type(error).__name__}: {error}"
    assert own
    return wrong


async def test_every_query_fits_the_schema_and_the_rights_of_consent(consent_db: Database) -> None:
    assert await misfits(consent_db, "consent") == {}


async def test_every_query_fits_the_schema_and_the_rights_of_sharing(sharing_db: Database) -> None:
    assert await misfits(sharing_db, "sharing") == {}


async def test_every_query_fits_the_schema_and_the_rights_of_audit(audit_db: Database) -> None:
    assert await misfits(audit_db, "audit") == {}
