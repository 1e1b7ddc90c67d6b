"""One line per request, keys from a closed list, and nothing that somebody wrote."""

import json
import logging
from typing import Any

import httpx2
import pytest

from shared import logs
from shared.logs import JsonLines, Key


def formatted(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(JsonLines("library").format(record))
    return found


def record(name: str, message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord(name, logging.WARNING, "/x/site-packages/client.py", 7, message, arguments, info, "send")


async def test_a_request_is_one_line_with_the_route_and_not_the_path(client: httpx2.AsyncClient, lines: list[dict[str, Any]]) -> None:
    answer = await client.get("/v1/loans/01234567-89ab-4def-8123-456789abcdef?child=Kanarie")

    (line,) = list(lines)
    took, at = line.pop("milliseconds"), line.pop("time")
    assert line == {
        "level": "INFO",
        "house": "library",
        "event": "request.answered",
        "trace": answer.headers["samsyn-trace"],
        "method": "GET",
        "route": "/v1/loans/{loan_id}",
        "status": 404,
        "problem": "not-found",
        "outcome": "not-found",
        "organisation": "o5ek",
    }
    assert took >= 0
    assert at.endswith("+00:00")


async def test_an_unknown_path_and_method_are_not_written(client: httpx2.AsyncClient, lines: list[dict[str, Any]]) -> None:
    await client.request("PROPFIND", "/v1/kanarie")

    (line,) = list(lines)
    assert (line["method"], line["route"]) == ("OTHER", "unknown")


async def test_a_bug_is_told_by_type_and_place_only(client: httpx2.AsyncClient, lines: Any) -> None:
    await client.get("/v1/broken")

    failure, answered = list(lines)
    assert (failure["event"], failure["error"], failure["problem"]) == ("request.failed", "RuntimeError", "internal-error")
    assert "break_down" in failure["where"]
    assert (answered["status"], answered["outcome"]) == (500, "failed")
    assert "Kanarie" not in lines.text
    assert "9812" not in lines.text


async def test_health_is_not_written(client: httpx2.AsyncClient, lines: list[dict[str, Any]]) -> None:
    await client.get("/health/live")

    assert list(lines) == []


def test_a_key_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match="personal_number"):
        logs.line("thing.happened", personal_number="x")


def test_what_a_library_says_keeps_only_who_said_it_and_where() -> None:
    line = formatted(record("httpx2", "GET https://op.example/?number=%s", "Kanarie", error=ValueError("Kanarie")))

    assert {name: line[name] for name in ("event", "logger", "error")} == {
        "event": "library.spoke",
        "logger": "httpx2",
        "error": "ValueError",
    }
    assert "Kanarie" not in json.dumps(line)


def test_a_logger_of_ours_writes_its_event_and_the_extras_on_the_list() -> None:
    ours = record("samsyn.bus", "bus.unavailable")
    ours.connection, ours.reader = "consent", "Kanarie"

    line = formatted(ours)

    assert (line["event"], line["connection"]) == ("bus.unavailable", "consent")
    assert set(line) <= {key.value for key in Key}


def test_an_error_is_named_with_its_causes() -> None:
    def fail() -> None:
        try:
            raise ConnectionRefusedError("Kanarie")
        except OSError as cause:
            raise RuntimeError("Kanarie") from cause

    with pytest.raises(RuntimeError) as raised:
        fail()

    assert logs.types(raised.value) == "RuntimeError from ConnectionRefusedError"
    assert logs.place(raised.value.__traceback__).endswith(" fail")


def test_the_libraries_that_print_addresses_are_quiet() -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    try:
        logs.set_up("library")
        assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in ("httpx2", "litestar", "uvicorn.access"))
    finally:
        root.handlers[:] = before
        root.setLevel(level)
