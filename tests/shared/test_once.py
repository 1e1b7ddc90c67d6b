"""`Idempotency-Key`: one effect and the same bytes, over HTTP and over the bus, whatever happens at the same time."""

import asyncio

import httpx2
import msgspec
import pytest

from shared import idempotency, operations
from shared.auth import Caller
from shared.database import Connection, Database
from shared.idempotency import KEPT, Claim, Forget, Repeated
from shared.ids import opaque_id
from shared.work import Work
from tests.shared.conftest import NOW, OTHER, PERSON, SYSTEM, Nobody
from tests.shared.library.http import OPERATIONS
from tests.shared.library.usecases import FORBIDDEN_BOOK, LoanView

LEND = OPERATIONS[0]


def book() -> str:
    return f"book {opaque_id()}"


def key() -> str:
    return str(opaque_id())


async def lend(client: httpx2.AsyncClient, title: str, the_key: str, *, path: str = "/v1/loans", who: str = "system") -> httpx2.Response:
    return await client.post(path, json={"book": title}, headers={"Idempotency-Key": the_key, "Authorization": f"Bearer {who}"})


async def loans_of(database: Database, title: str) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval("select count(*) from loan where book = $1", title))


async def events_in(database: Database) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval("select count(*) from outbox"))


async def test_the_same_request_again_has_one_effect_and_the_same_bytes(client: httpx2.AsyncClient, library_db: Database) -> None:
    title, the_key = book(), key()

    first, second = await lend(client, title, the_key), await lend(client, title, the_key)

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 200
    assert first.headers["content-type"] == second.headers["content-type"] == "application/json"
    assert await loans_of(library_db, title) == 1


async def test_a_refusal_is_kept_with_its_event_and_repeated(client: httpx2.AsyncClient, library_db: Database) -> None:
    the_key, before = key(), await events_in(library_db)

    first, second = await lend(client, FORBIDDEN_BOOK, the_key), await lend(client, FORBIDDEN_BOOK, the_key)

    assert (first.status_code, first.content, first.headers["content-type"]) == (403, second.content, second.headers["content-type"])
    assert await events_in(library_db) == before + 1


async def test_the_same_key_with_other_content_is_a_conflict(client: httpx2.AsyncClient) -> None:
    the_key = key()
    await lend(client, book(), the_key)

    answer = await lend(client, book(), the_key)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/idempotency-key-reused")


def test_one_key_is_not_two_things() -> None:
    one, two = (Claim.of(SYSTEM, {"Idempotency-Key": "k"}, target, b"{}") for target in ("in loans", "in returns"))

    assert one is not None
    assert two is not None
    assert one.fingerprint != two.fingerprint


def test_the_row_gives_away_neither_the_key_nor_by_trial_the_body() -> None:
    body = b'{"number":"201301019806"}'

    claims = [Claim.of(SYSTEM, {"Idempotency-Key": name}, "in loans", body) for name in ("first-key", "second-key", "first-key")]

    first, second, again = (claim for claim in claims if claim is not None)
    assert first == again
    assert "first-key" not in repr(first)
    assert first.fingerprint != second.fingerprint  # so it is no hash of the body alone, which could be tried


async def test_another_organisation_may_use_the_same_key(client: httpx2.AsyncClient) -> None:
    the_key = key()

    mine, theirs = await lend(client, book(), the_key), await lend(client, book(), the_key, who="other")

    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert mine.content != theirs.content


async def test_a_route_for_people_repeats_its_own_status(client: httpx2.AsyncClient) -> None:
    title, the_key = book(), key()

    first, second = [await lend(client, title, the_key, path="/v1/own-loans", who="person") for _ in range(2)]

    assert (first.status_code, second.status_code, first.content) == (201, 201, second.content)


async def test_what_the_effect_raises_is_not_kept(client: httpx2.AsyncClient, library_db: Database) -> None:
    title, the_key = book(), key()
    await lend(client, title, key())

    refused = await lend(client, title, the_key)
    async with library_db.transaction() as tx:
        await tx.execute("delete from loan where book = $1", title)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/book-already-lent")
    assert (await lend(client, title, the_key)).status_code == 200


async def test_many_at_the_same_time_have_one_effect(client: httpx2.AsyncClient, library_db: Database) -> None:
    title, the_key = book(), key()

    answers = await asyncio.gather(*(lend(client, title, the_key) for _ in range(8)))

    assert {(a.status_code, a.content) for a in answers} == {(200, answers[0].content)}
    assert await loans_of(library_db, title) == 1


async def test_an_operation_that_changes_something_needs_a_key(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/loans", json={"book": "a"})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")


@pytest.mark.parametrize("wrong", ["", "a b", "k" * 201])
async def test_a_key_is_two_hundred_visible_characters_at_most(client: httpx2.AsyncClient, wrong: str) -> None:
    answer = await lend(client, book(), wrong)

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-malformed")


def work(database: Database) -> Work:
    return Work(database=database, ask=Nobody(), now=NOW)


async def test_a_question_is_answered_anew_whatever_key_it_carries(client: httpx2.AsyncClient, library_db: Database) -> None:
    the_key = key()
    body = httpx2.Request("POST", "http://x", json={"book": "other"}).read()

    await client.post("/v1/pages", json={"book": "a"}, headers={"Idempotency-Key": the_key})
    over_http = await client.post("/v1/pages", json={"book": "abc"}, headers={"Idempotency-Key": the_key})
    over_the_bus = await operations.answer(OPERATIONS[1], work(library_db), SYSTEM, body, {"Idempotency-Key": the_key})

    assert (over_http.json(), over_the_bus) == ({"pages": 3}, (200, b'{"pages":5}'))
    async with library_db.connection() as connection:
        assert not await connection.fetchval("select exists (select from idempotency where key = $1)", the_key)


async def test_over_the_bus_the_same_key_gets_the_answer_that_http_gave(client: httpx2.AsyncClient, library_db: Database) -> None:
    title, the_key = book(), key()
    first = await lend(client, title, the_key)
    body = httpx2.Request("POST", "http://x", json={"book": title}).read()

    status, reply = await operations.answer(LEND, work(library_db), SYSTEM, body, {"Idempotency-Key": the_key})

    assert (status, reply) == (200, first.content)


@pytest.mark.parametrize(
    ("caller", "body", "headers", "expected"),
    [
        (SYSTEM, b"{", {"Idempotency-Key": "k"}, (400, "request-malformed")),
        (SYSTEM, b'{"book": 1}', {"Idempotency-Key": "k"}, (400, "request-invalid")),
        (SYSTEM, b'{"book": "a"}', {}, (400, "idempotency-key-missing")),
        (PERSON, b'{"book": "a"}', {"Idempotency-Key": "k"}, (403, "scope-missing")),
        (msgspec.structs.replace(OTHER, scopes=frozenset()), b'{"book": "a"}', {"Idempotency-Key": "k"}, (403, "scope-missing")),
    ],
)
async def test_over_the_bus_a_fault_is_the_same_problem(
    library_db: Database, caller: Caller, body: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    status, reply = await operations.answer(LEND, work(library_db), caller, body, headers)

    assert (status, msgspec.json.decode(reply)["type"]) == (expected[0], f"/problems/{expected[1]}")


async def test_a_key_whose_effect_was_never_committed_is_free(library_db: Database) -> None:
    claim = Claim(caller="organisation x", key=key(), fingerprint=b"f", success=200)

    class Stop(Exception):
        pass

    async def taken_and_lost() -> None:
        async with library_db.transaction() as tx:
            await idempotency.take(tx, claim, now=NOW)
            raise Stop

    with pytest.raises(Stop):
        await taken_and_lost()
    async with library_db.transaction() as tx:
        await idempotency.take(tx, claim, now=NOW)
        await idempotency.keep(tx, claim, 200, b"{}")

    async def taken_again() -> None:
        async with library_db.transaction() as tx:
            await idempotency.take(tx, claim, now=NOW)

    with pytest.raises(Repeated) as repeated:
        await taken_again()
    assert (repeated.value.status, repeated.value.body) == (200, b"{}")


async def test_an_effect_without_a_view_can_be_kept(library_db: Database) -> None:
    claim = Claim(caller="organisation x", key=key(), fingerprint=b"f", success=204)

    async def effect(_tx: Connection) -> None:
        return

    keyed = msgspec.structs.replace(work(library_db), claim=claim)
    await keyed.once(effect)

    with pytest.raises(Repeated) as repeated:
        await keyed.once(effect)
    assert (repeated.value.status, repeated.value.body) == (204, b"")


async def test_answers_are_forgotten_after_a_week(library_db: Database) -> None:
    claim = Claim(caller="organisation x", key=key(), fingerprint=b"f", success=200)
    async with library_db.transaction() as tx:
        await idempotency.take(tx, claim, now=NOW)
        await idempotency.keep(tx, claim, 200, b"{}")

    assert await Forget(library_db).run_once(NOW + KEPT) == 0
    assert await Forget(library_db).run_once(NOW + KEPT + KEPT) > 0
    async with library_db.transaction() as tx:
        await idempotency.take(tx, claim, now=NOW)


async def test_a_view_and_the_answer_over_http_are_the_same_bytes(client: httpx2.AsyncClient) -> None:
    answer = await lend(client, "bok med å, ä och ö " + key(), key())

    assert msgspec.json.encode(msgspec.json.decode(answer.content, type=LoanView)) == answer.content
