"""What every answer has in common: problems, headers, who is let in, and the traps of the framework (design/spike.md 6)."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import httpx2
import pytest
from litestar import get
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning

from shared.database import Database
from shared.http import HouseApp, Runtime, make_app
from shared.ids import opaque_id
from shared.problems import MEDIA_TYPE, TEXTS
from tests.shared.conftest import Nobody, authenticate, raw

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self' https://op.example; frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
COOKIE = {"Cookie": "__Host-samsyn-library=anna"}
OURS = {"Origin": "https://library.example", "Sec-Fetch-Site": "same-origin"}


def seen(answer: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Everything of an answer but the instant, the trace id's digits and the length of a header that has them."""
    varies = {"date", "samsyn-trace"}
    return answer.status_code, answer.content, sorted((k, v if k not in varies else "") for k, v in answer.headers.items())


@pytest.fixture
async def anybody(port: int) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as made:
        yield made


async def test_unknown_and_not_yours_cannot_be_told_apart(client: httpx2.AsyncClient) -> None:
    lent = await client.post("/v1/loans", json={"book": "secret"}, headers={"Idempotency-Key": str(opaque_id())})
    path = f"/v1/loans/{lent.json()['loan_id']}"
    other = {"Authorization": "Bearer other"}

    not_yours = await client.get(path, headers={**other, "Authorization": "Bearer person"})
    unknown = await client.get(f"/v1/loans/{opaque_id()}")
    no_id = await client.get("/v1/loans/not-an-id")
    no_path = await client.get("/v1/nothing")

    assert (await client.get(path)).status_code == 200
    assert not_yours.json() == {"type": "/problems/not-found", "title": "Not found", "status": 404}
    assert seen(not_yours) == seen(unknown) == seen(no_id) == seen(no_path)


@pytest.mark.parametrize("path", ["/v1/loans/00000000-0000-4000-8000-000000000000", "/v1/nothing", "/", "/health/live", "/v1/broken"])
async def test_every_answer_has_the_security_headers_and_a_trace(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert len(answer.headers["samsyn-trace"]) == 32
    assert answer.headers["samsyn-trace"].strip("0")
    assert "server" not in answer.headers


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/v1/pages", json={"book": "a"})

    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}


async def test_head_is_answered_without_a_body(client: httpx2.AsyncClient) -> None:
    answer = await client.head("/v1/shelf?limit=1")

    assert (answer.status_code, answer.content) == (405, b"")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS"}


async def test_options_names_the_methods_to_anybody_and_nothing_else(anybody: httpx2.AsyncClient) -> None:
    answer = await anybody.options("/v1/pages")

    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}


async def test_a_slash_at_the_end_is_the_same_route(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v1/pages/", json={"book": "abc"})).json() == {"pages": 3}


async def test_a_bug_says_nothing_of_itself(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/broken")

    assert answer.json() == {"type": "/problems/internal-error", "title": "An error of ours", "status": 500}
    assert answer.headers["content-type"] == MEDIA_TYPE


async def test_a_dependency_that_is_away_says_when_to_come_back(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/away")

    assert (answer.status_code, answer.json()["type"], answer.headers["retry-after"]) == (503, "/problems/unavailable", "7")


@pytest.mark.parametrize("token", ["Bearer expired", "Bearer", "Basic eDp5", ""])
async def test_a_bad_token_gets_a_challenge(client: httpx2.AsyncClient, token: str) -> None:
    answer = await client.post("/v1/pages", json={"book": "a"}, headers={"Authorization": token})

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-logged-in")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_without_a_token_only_public_routes_answer(anybody: httpx2.AsyncClient) -> None:
    closed = await anybody.post("/v1/pages", json={"book": "a"})

    assert (closed.status_code, closed.headers["www-authenticate"]) == (401, "Bearer")
    assert (await anybody.get("/")).status_code == 200
    assert (await anybody.get("/v1/nothing")).status_code == 404


async def test_who_is_not_logged_in_is_told_so_before_anything_about_the_input(anybody: httpx2.AsyncClient) -> None:
    assert (await anybody.post("/v1/loans", content=b"{")).status_code == 401


async def test_a_scope_that_is_missing_is_a_refusal(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/loans", json={"book": "a"}, headers={"Authorization": "Bearer weak", "Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({**OURS, "X-CSRF-Token": "session-token"}, 200),
        ({"Origin": "https://library.example", "X-CSRF-Token": "session-token"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "session-token"}, 200),
        (OURS, 403),
        ({**OURS, "X-CSRF-Token": "another"}, 403),
        ({"X-CSRF-Token": "session-token"}, 403),
        ({"Origin": "https://evil.example", "X-CSRF-Token": "session-token"}, 403),
        ({"Origin": "null", "X-CSRF-Token": "session-token"}, 403),
        ({"Origin": "http://library.example", "X-CSRF-Token": "session-token"}, 403),
        ({**OURS, "Sec-Fetch-Site": "same-site", "X-CSRF-Token": "session-token"}, 403),
        ({**OURS, "Sec-Fetch-Site": "none", "X-CSRF-Token": "session-token"}, 403),
    ],
)
async def test_a_session_acts_from_our_own_pages_only(anybody: httpx2.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await anybody.post("/lend", headers=COOKIE | headers)

    assert answer.status_code == status


async def test_a_form_carries_the_token_in_a_field(anybody: httpx2.AsyncClient) -> None:
    good = await anybody.post("/lend", data={"csrf": "session-token"}, headers=COOKIE | OURS)
    bad = await anybody.post("/lend", data={"csrf": "another"}, headers=COOKIE | OURS)

    assert (good.status_code, bad.status_code) == (200, 403)


async def test_a_session_reads_without_a_token(anybody: httpx2.AsyncClient) -> None:
    assert (await anybody.get("/v1/shelf?limit=3", headers=COOKIE)).json() == {"limit": 3}


async def test_each_problem_leads_to_a_page_in_both_languages(anybody: httpx2.AsyncClient) -> None:
    for code, text in TEXTS.items():
        page = await anybody.get(f"/problems/{code}")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert text.sv in page.text
        assert text.en in page.text
    assert (await anybody.get("/problems/unheard-of")).status_code == 404


async def test_the_description_says_that_unknown_fields_are_refused(anybody: httpx2.AsyncClient) -> None:
    schema = (await anybody.get("/openapi.json")).json()

    assert schema["openapi"].startswith("3.1")
    assert schema["paths"]["/v1/loans"]["post"]["operationId"] == "loans"
    assert schema["components"]["schemas"]["LendBook"]["additionalProperties"] is False
    assert schema["components"]["schemas"]["Item"]["additionalProperties"] is False
    assert "additionalProperties" not in schema["components"]["schemas"]["LoanView"]
    assert {path for path in schema["paths"] if not path.startswith("/v1/")} == {"/", "/lend"}
    assert (await anybody.get("/schema")).status_code == 404


async def test_a_handlers_parameter_never_becomes_a_query_parameter_by_itself(library_db: Database) -> None:
    @get("/v1/organisation", opt={"public": True}, sync_to_thread=False)
    def handler(organisation: str) -> str:
        return organisation

    runtime = Runtime(database=library_db, ask=Nobody(), authenticate=authenticate, public_url="https://library.example")

    with pytest.raises(LitestarDeprecationWarning, match="organisation"):
        make_app(house="library", routes=[handler], runtime=runtime)


def test_no_guard_is_sent_to_a_thread(app: HouseApp) -> None:
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]

    assert len(handlers) > 10
    assert all(inspect.iscoroutinefunction(guard) for handler in handlers for guard in handler.resolve_guards())


async def test_a_header_that_is_not_http_is_refused_by_the_server(port: int) -> None:
    answer = await raw(port, b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_requests_at_the_same_time_have_each_their_own_trace(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.get("/") for _ in range(10)))

    assert len({answer.headers["samsyn-trace"] for answer in answers}) == 10
