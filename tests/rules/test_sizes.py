"""Budgets on the tail (STYLE 15): a file or function that passes them holds a second subject."""

import ast

from tests.rules.code import Source, sources

FILE = 400
TEST_FILE = 500
FUNCTION = 60

OURS = sources("services", "shared", "deploy")
TESTS = sources("tests")


def length(source: Source) -> int:
    return len(source.text.splitlines())


def test_files_have_one_subject() -> None:
    too_long = {source.path: length(source) for source in OURS if length(source) > FILE}
    too_long |= {source.path: length(source) for source in TESTS if length(source) > TEST_FILE}

    assert too_long == {}


def test_functions_fit_on_a_screen() -> None:
    too_long = {
        f"{source.path}:{node.name}": node.end_lineno - node.lineno + 1
        for source in OURS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= FUNCTION
    }

    assert too_long == {}
