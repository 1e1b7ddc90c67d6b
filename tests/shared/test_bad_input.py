"""Input that is wrong in one way each: a problem with a pointer, never a 500 and never a guess."""

import httpx2
import pytest

from shared.problems import MEDIA_TYPE
from tests.shared.conftest import raw

KEYED = {"Idempotency-Key": "k", "Content-Type": "application/json"}

MALFORMED = {
    "not JSON": b"{book",
    "nothing but a space": b" ",
    "a duplicate key": b'{"book": "a", "book": "b"}',
    "a nested duplicate key": b'{"book": "a", "anything": {"x": 1, "x": 1}}',
    "NaN": b'{"book": "a", "anything": NaN}',
    "Infinity": b'{"book": "a", "anything": -Infinity}',
    "invalid UTF-8": b'{"book": "\xff"}',
    "a byte order mark": b'\xef\xbb\xbf{"book": "a"}',
    "5 000 digits": b'{"book": "a", "born": ' + b"1" * 5_000 + b"}",
    "5 000 digits where anything goes": b'{"book": "a", "anything": ' + b"1" * 5_000 + b"}",
    "100 000 levels": b'{"book": "a", "anything": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100 000 levels of objects": b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
    "a lone surrogate": rb'{"book": "\ud800"}',
    "NUL, which PostgreSQL cannot keep": rb'{"book": "a\u0000b"}',
    "text after the end": b'{"book": "a"} x',
}

FAULTY = {
    "a text for a number": (b'{"book": "a", "born": "2010"}', "#/born"),
    "a float for a number": (b'{"book": "a", "born": 2010.0}', "#/born"),
    "a number for a text": (b'{"book": 1}', "#/book"),
    "null for a text": (b'{"book": null}', "#/book"),
    "a list for the whole": (b"[]", "#"),
    "an unknown field": (b'{"book": "a", "colour": "red"}', "#/colour"),
    "an unknown field with a slash and a tilde": (b'{"book": "a", "a/b~c": 1}', "#/a~1b~0c"),
    "an unknown field with letters beyond ASCII": ('{"book": "a", "får": 1}'.encode(), "#/f%C3%A5r"),
    "an unknown field that could be a personal number": (b'{"book": "a", "20120101-9810": 1}', "#"),
    "a missing field": (b"{}", "#/book"),
    "deep in a list": (b'{"book": "a", "marks": [{"page": 1}, {"page": "2"}]}', "#/marks/1/page"),
    "an unknown field deep in a list": (b'{"book": "a", "marks": [{"page": 1, "x": 1}]}', "#/marks/0/x"),
    "a bound that is passed": (b'{"book": "a", "marks": [{"page": 0}]}', "#/marks/0/page"),
    "too long": (b'{"book": "' + b"a" * 201 + b'"}', "#/book"),
    "a value of a map": (b'{"book": "a", "notes": {"x": "y"}}', "#/notes"),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_not_json_as_we_take_it_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/loans", content=body, headers=KEYED)

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/request-malformed")
    assert answer.headers["content-type"] == MEDIA_TYPE


async def test_an_empty_body_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/loans", content=b"", headers=KEYED)

    assert (answer.status_code, answer.json()["errors"]) == (400, [{"pointer": "#", "detail": "Missing"}])


@pytest.mark.parametrize(("body", "pointer"), FAULTY.values(), ids=FAULTY)
async def test_what_does_not_fit_the_type_is_refused_with_a_pointer(client: httpx2.AsyncClient, body: bytes, pointer: str) -> None:
    answer = await client.post("/v1/loans", content=body, headers=KEYED)

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/request-invalid")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_a_fault_does_not_repeat_what_the_client_sent(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/loans", content=b'{"book": 20120101981, "born": "Kanarie"}', headers=KEYED)

    assert b"20120101981" not in answer.content
    assert b"Kanarie" not in answer.content


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json, text/plain"]
)
async def test_only_application_json_is_read(client: httpx2.AsyncClient, kind: str | None) -> None:
    headers = {"Idempotency-Key": "k"} | ({} if kind is None else {"Content-Type": kind})

    answer = await client.post("/v1/loans", content=b'{"book": "a"}', headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/media-type-unsupported")


async def test_a_charset_beside_the_media_type_is_taken(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/pages", content=b'{"book": "abc"}', headers={"Content-Type": "application/json; charset=utf-8"})

    assert answer.json() == {"pages": 3}


async def test_two_content_types_are_refused(port: int) -> None:
    body = b'{"book": "abc"}'
    head = b"POST /v1/pages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer system\r\nConnection: close\r\nContent-Length: 15\r\n"

    answer = await raw(port, head + b"Content-Type: application/json\r\nContent-Type: text/plain\r\n\r\n" + body)

    assert answer.startswith(b"HTTP/1.1 415 ")


async def test_ten_megabytes_are_too_large(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/loans", content=b'{"book": "' + b"a" * 10_000_000 + b'"}', headers=KEYED)

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_a_body_in_chunks_is_cut_off_at_the_limit(port: int) -> None:
    head = b"POST /v1/loans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer system\r\nConnection: close\r\nIdempotency-Key: k\r\n"
    chunk = b"100001\r\n" + b"1" * 0x100001 + b"\r\n"  # one octet more than is taken, and no end

    answer = await raw(port, head + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_wrong_query_parameter_is_named_without_its_value(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/shelf", params={"limit": "Kanarie"})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/request-invalid")
    assert [fault["parameter"] for fault in answer.json()["errors"]] == ["limit"]
    assert b"Kanarie" not in answer.content


async def test_a_missing_query_parameter_is_a_problem_without_the_address(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/shelf", params={"child": "Kanarie"})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/request-invalid")
    assert answer.json()["errors"] == [{"parameter": "limit", "detail": "Missing"}]
    assert b"shelf" not in answer.content
