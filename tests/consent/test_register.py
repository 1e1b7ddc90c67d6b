"""The population register over HTTP, asked again at signing and on a schedule: its word counts at once, its silence changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import msgspec
import pytest

from services.consent.app import operations_of, routes_of
from services.consent.domain.consent import Choice
from services.consent.domain.register import Registered, RegisteredGuardian
from services.consent.storage import custody
from services.consent.storage.http_register import HttpRegister
from services.consent.usecases.answer_request import Answered, RowAnswer, answer_request
from services.consent.usecases.check_custody import AGAIN, FRESH, CheckCustody, is_silent_too_long
from services.consent.usecases.means import Means
from shared import operations
from shared.contracts.consent import CoverageState
from shared.database import Connection, Database
from shared.errors import Refused
from shared.http import Runtime, make_app
from shared.law.disposers import Custody
from shared.tokens.fetch import Fetcher, FetchFailed
from tests.consent.test_http import Stage, answer
from tests.consent.world import CHILD, FATHER, MEANS, MOTHER, NOW, STRANGER, ask, covered, family, number, registered, say, show
from tests.shared.tokens.web import Web, web

WHOLE = {
    "number": CHILD,
    "name": "Alva Provsson",
    "protected": False,
    "guardians": [
        {"number": MOTHER, "custody": "joint", "name": "Moa Provsson"},
        {"number": FATHER, "custody": "joint", "protected": True},
    ],
}


@pytest.fixture
async def server() -> AsyncIterator[Web]:
    async with web() as made:
        yield made


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(production=False, timeout=0.5) as made:
        yield made


async def test_the_register_is_asked_with_the_number_in_the_body_and_its_answer_understood(server: Web, fetcher: Fetcher) -> None:
    bodies: list[Any] = []

    async def page(receive: Any, send: Any) -> None:
        bodies.append(msgspec.json.decode((await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": msgspec.json.encode(WHOLE)})

    server.pages["/person"] = page

    found = await HttpRegister(fetcher, f"{server.base}/person", None).look_up(CHILD)

    assert bodies == [{"number": CHILD}]
    assert found == Registered(
        number=CHILD,
        name="Alva Provsson",
        guardians=(
            RegisteredGuardian(number=MOTHER, custody=Custody.JOINT, name="Moa Provsson"),
            RegisteredGuardian(number=FATHER, custody=Custody.JOINT, protected=True),
        ),
    )


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, WHOLE | {"number": MOTHER}),
        (200, WHOLE | {"guardians": [{"number": MOTHER, "custody": "aunt"}]}),
        (200, WHOLE | {"guardians": [{"number": "198403029999", "custody": "sole"}]}),
        (200, WHOLE | {"guardians": [WHOLE["guardians"][0]] * 2}),  # type: ignore[index]
        (200, {"number": CHILD}),
        (200, [WHOLE]),
        (200, WHOLE | {"name": "x" * 70_000}),
        (204, WHOLE),
        (404, WHOLE),
        (500, WHOLE),
        (302, WHOLE),
    ],
)
async def test_whatever_is_not_a_whole_answer_about_that_person_is_no_answer(
    server: Web, fetcher: Fetcher, status: int, answer: object
) -> None:
    server.json("/person", answer, status=status)

    assert await HttpRegister(fetcher, f"{server.base}/person", None).look_up(CHILD) is None


async def test_a_register_that_is_not_there_is_no_answer(fetcher: Fetcher) -> None:
    assert await HttpRegister(fetcher, "http://127.0.0.1:1/person", None).look_up(CHILD) is None


def test_in_production_a_register_is_reached_over_https_alone() -> None:
    with pytest.raises(FetchFailed):
        HttpRegister(Fetcher(production=True), "http://127.0.0.1:1/person", None)


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.now = NOW + timedelta(hours=1)
    return made


@pytest.fixture
def means(stage: Stage) -> Means:
    return replace(MEANS, register=stage)


@pytest.fixture
async def client(consent_db: Database, stage: Stage, means: Means) -> AsyncIterator[httpx.AsyncClient]:
    runtime = Runtime(
        database=consent_db, ask=stage.sharing.ask, authenticate=stage.authenticate, public_url="https://consent.example", clock=stage.clock
    )
    app = make_app(house="consent", routes=[*routes_of(means), *operations.routes(operations_of(means, stage))], runtime=runtime)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar's own names for the same ASGI types
    async with httpx.AsyncClient(transport=transport, base_url="https://consent.example") as made:
        yield made


def move(stage: Stage, child: str, *guardians: str) -> None:
    """What the register says from now on."""
    custody_is = Custody.JOINT if len(guardians) > 1 else Custody.SOLE
    stage.register[child] = registered(child, guardians=tuple((one, custody_is) for one in guardians))


async def test_who_has_lost_custody_since_signs_nothing_and_what_stood_on_it_is_stopped(
    client: httpx.AsyncClient, consent_db: Database, stage: Stage
) -> None:
    child = number("20160105", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child))
        held = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
        for who in (home.mother, home.father):
            await say(tx, who, held.request_id)
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("matter",))
    move(stage, child, FATHER, STRANGER)
    stage.be(home.mother)

    refused = await answer(client, event.request_id)

    assert refused.status_code == 404
    assert stage.sharing.asked, "what stood without the new guardian's yes goes through the barrier in the act of answering"
    async with consent_db.transaction() as tx:
        assert (await covered(tx, held, regime="S_SCH")).state is not CoverageState.GIVEN
    stage.be(home.father)
    assert not (await answer(client, event.request_id)).json()["complete"]
    stage.be(home.stranger)
    assert (await answer(client, event.request_id)).json()["complete"]


async def test_a_guardian_who_has_come_is_needed_in_the_act_of_answering(
    client: httpx.AsyncClient, consent_db: Database, stage: Stage
) -> None:
    child = number("20160106", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child, guardians=((MOTHER, Custody.SOLE),)))
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    move(stage, child, MOTHER, FATHER)
    stage.be(home.mother)

    said = await answer(client, event.request_id)

    assert not said.json()["complete"]


async def test_silence_leaves_what_was_known_and_the_entry_says_how_old_that_is(
    client: httpx.AsyncClient, consent_db: Database, stage: Stage, means: Means
) -> None:
    child = number("20160107", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child))
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    move(stage, child, MOTHER, FATHER)
    await CheckCustody(consent_db, stage.sharing.ask, means).run_once(NOW)
    stage.register.clear()
    stage.now = NOW + timedelta(days=3, hours=1)
    stage.be(home.mother)

    said = await answer(client, event.request_id)

    assert said.status_code == 200
    assert not said.json()["complete"], "the father is still needed"
    async with consent_db.transaction() as tx:
        entries = await tx.fetch("select body from outbox where name = 'entry' order by position desc limit 5")
    assert any(b"days-old-3" in row["body"] for row in entries)


async def test_strangers_do_not_make_the_register_work(client: httpx.AsyncClient, consent_db: Database, stage: Stage) -> None:
    child = number("20160108", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child))
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    stage.be(home.stranger)

    body = {"served_id": str(UUID(int=1)), "answers": [{"row": 1, "choice": "yes"}]}
    assert (await client.post(f"/v1/requests/{event.request_id}/answers", json=body)).status_code == 404

    async with consent_db.transaction() as tx:
        person_id = await tx.fetchval("select child_id from request where request_id = $1", event.request_id)
        assert await custody.heard_at(tx, person_id) is None


async def test_the_walk_asks_once_a_day_and_again_soon_after_a_silence(consent_db: Database, stage: Stage, means: Means) -> None:
    child = number("20160109", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child))
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",), now=NOW)
        for who in (home.mother, home.father):
            await say(tx, who, event.request_id)
    walk = CheckCustody(consent_db, stage.sharing.ask, means)
    stage.register = {}
    start = NOW + timedelta(hours=1)
    while await walk.run_once(start):
        pass
    move(stage, child, FATHER, STRANGER)

    assert await walk.run_once(start + AGAIN / 2) == 0
    assert await walk.run_once(start + AGAIN) == 1
    assert await walk.run_once(start + AGAIN + FRESH / 2) == 0
    assert stage.sharing.asked, "custody that changed goes through the barrier"
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event, regime="S_SCH")).state is not CoverageState.GIVEN


@pytest.mark.parametrize(("silent_for", "refused"), [(timedelta(days=6), False), (timedelta(days=8), True)])
async def test_a_yes_waits_for_a_register_that_has_been_silent_for_a_week_and_a_no_never(
    consent_tx: Connection, silent_for: timedelta, *, refused: bool
) -> None:
    tx = consent_tx
    home = await family(tx)
    event = await ask(tx, home.subject_id, now=NOW)
    later = NOW + silent_for
    await custody.note_check(tx, UUID(home.child.person_id), heard=True, now=NOW)
    await custody.note_check(tx, UUID(home.child.person_id), heard=False, now=later)
    means = replace(MEANS, register=Stage())

    answers = []
    for choice in (Choice.YES, Choice.NO):
        shown = await show(tx, home.mother, event.request_id, now=later)
        said = [RowAnswer(row=1, choice=choice)]
        answers.append(await answer_request(tx, means, home.mother, event.request_id, shown.served_id, said, now=later))

    assert isinstance(answers[0], Refused) is refused
    assert isinstance(answers[1], Answered), "a no waits for nothing"


async def test_a_child_that_the_register_never_answered_about_rests_on_documents(consent_tx: Connection) -> None:
    tx = consent_tx
    home = await family(tx)
    await custody.note_check(tx, UUID(home.child.person_id), heard=False, now=NOW)

    assert not await is_silent_too_long(tx, replace(MEANS, register=Stage()), UUID(home.child.person_id), now=NOW + timedelta(days=400))
