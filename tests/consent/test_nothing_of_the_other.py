"""One guardian finds out nothing of the other's answer, reasons or whereabouts: worlds that differ only in the other's acts look alike.

Everything that somebody of a family can read here is read in each world and compared byte for byte, with the number of statements that
it took; a route that comes later is read too. Ids that the reading itself makes are named by their order before they are compared.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import msgspec

from services.consent.app import operations_of, pages_of, routes_of
from services.consent.domain.channel import Contact
from services.consent.domain.consent import Choice
from services.consent.domain.life import Witness
from services.consent.domain.recording import Refusal
from services.consent.pages.site import FOLDER, FOOTER, LANGUAGES, NAVIGATION
from services.consent.storage import requests
from services.consent.storage.texts import load_plans
from services.consent.usecases.answer_request import RowAnswer, answer_request
from services.consent.usecases.choose_contact import choose_contact
from services.consent.usecases.excuse_guardian import Excusal, confirm_exception
from services.consent.usecases.record_answer import RecordedOutcome, record_answer
from services.consent.usecases.remind_unanswered import remind_unanswered
from services.consent.usecases.verify_answer import verify_answer
from services.consent.usecases.withdraw_by_telephone import withdraw_by_telephone
from shared import operations
from shared.auth import Caller
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection, Database
from shared.http import Runtime, make_app
from shared.pages import Site
from shared.pages.drafts import Drafts
from tests.consent.test_http import Stage
from tests.consent.test_one_guardian import attested
from tests.consent.test_recordings import HEAD, LATER, paper
from tests.consent.world import FATHER, MEANS, NOW, STAFF, Family, ask, covered, family, say, show, withdraw

Act = Callable[[Connection, Family, ConsentWanted], Awaitable[None]]
THEN = NOW + timedelta(days=10)
"""After the first reminder: what a reminder says must not depend on the other either."""
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Undone(Database):
    """The house on one transaction that is rolled back: each of its own is a savepoint in it."""

    def __init__(self, database: Database, tx: Connection) -> None:
        super().__init__(database.pool, {})
        self._tx = tx

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._tx.transaction():
            yield self._tx

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        yield self._tx


async def nothing(_tx: Connection, _home: Family, _event: ConsentWanted) -> None:
    """The world without the other."""


async def looks(tx: Connection, home: Family, event: ConsentWanted) -> None:
    await show(tx, home.father, event.request_id)


def says(*choices: Choice, reason: Refusal | None = None) -> Act:
    async def act(tx: Connection, home: Family, event: ConsentWanted) -> None:
        for minute, choice in enumerate(choices):
            now = NOW + timedelta(minutes=minute)
            shown = await show(tx, home.father, event.request_id, now=now)
            answers = [RowAnswer(row=row.row, choice=choice, reason=reason) for row in shown.page.rows]
            await answer_request(tx, MEANS, home.father, event.request_id, shown.served_id, answers, now=now)

    return act


def on_paper(choice: Choice, *, verified: bool) -> Act:
    async def act(tx: Connection, _home: Family, event: ConsentWanted) -> None:
        recorded = await record_answer(tx, MEANS, STAFF, paper(event, FATHER, choice), now=LATER)
        assert isinstance(recorded, RecordedOutcome)
        if verified:
            await verify_answer(tx, MEANS, HEAD, recorded.view.recording_id, now=LATER)

    return act


async def chooses_where_to_be_told(tx: Connection, home: Family, _event: ConsentWanted) -> None:
    contact = Contact(email="far@example.se", telephone="+46700000001", language="en")
    await choose_contact(tx, MEANS, home.father, contact, now=NOW)


async def is_excused(tx: Connection, home: Family, _event: ConsentWanted) -> None:
    first = await attested(tx, home, unit="o5ek-u2", category="pupil-health")
    assert isinstance(first, Excusal)
    assert isinstance(await confirm_exception(tx, MEANS, HEAD, first.view.exception_id, now=NOW), Excusal)


WAITING: dict[str, Act] = {
    "looks": looks,
    "yes": says(Choice.YES),
    "no, with a reason": says(Choice.NO, reason=Refusal.NOT_TO_THEM),
    "wants to talk": says(Choice.TALK),
    "yes and then no": says(Choice.YES, Choice.NO),
    "no and then yes": says(Choice.NO, Choice.YES),
    "no on paper": on_paper(Choice.NO, verified=True),
    "yes on paper, not verified": on_paper(Choice.YES, verified=False),
    "yes on paper": on_paper(Choice.YES, verified=True),
    "where to be told": chooses_where_to_be_told,
    "is excused": is_excused,
}


def withdraws(who: str) -> Act:
    async def act(tx: Connection, home: Family, event: ConsentWanted) -> None:
        row = (await covered(tx, event)).row
        assert row is not None
        await withdraw(tx, getattr(home, who), row.consent_id, now=LATER)

    return act


def calls(number_of: str) -> Act:
    async def act(tx: Connection, home: Family, event: ConsentWanted) -> None:
        row = (await covered(tx, event)).row
        assert row is not None
        number = FATHER if number_of == "father" else home.number
        await withdraw_by_telephone(tx, MEANS, STAFF, row.consent_id, number, Witness.KNOWN, None, now=LATER)

    return act


def goes_back(who: str) -> Act:
    async def act(tx: Connection, home: Family, event: ConsentWanted) -> None:
        await say(tx, getattr(home, who), event.request_id, Choice.NO, now=LATER)

    return act


STOPPING: dict[str, Act] = {
    "the other takes it back": withdraws("father"),
    "the other calls": calls("father"),
    "the child calls": calls("child"),
    "the other says no": goes_back("father"),
    "the child says no": goes_back("child"),
}
"""Each against the world where the child takes it back: that it is stopped is said, by whom and why is not."""


class Reader:
    """Reads everything that one caller can read, on one transaction."""

    def __init__(self, database: Database, tx: Connection, caller: Caller) -> None:
        self._tx = tx
        self._stage = Stage()
        self._stage.be(caller)
        self._stage.now = THEN
        site = Site(name="Samsyn", folder=FOLDER, navigation=NAVIGATION, footer=FOOTER, among=LANGUAGES, drafts=Drafts(bytes(32)))
        routes = [*routes_of(MEANS), *pages_of(site, MEANS), *operations.routes(operations_of(MEANS, self._stage))]
        runtime = Runtime(
            database=Undone(database, tx),
            ask=self._stage.sharing.ask,
            authenticate=self._stage.authenticate,
            public_url="https://consent.samsyn.example",
            clock=self._stage.clock,
        )
        self._app = make_app(house="consent", routes=routes, runtime=runtime)

    async def read(self, ids: dict[str, list[UUID]]) -> dict[str, tuple[int, int, str]]:
        """By address: status, number of statements, and what was answered."""
        transport = httpx.ASGITransport(app=self._app)  # type: ignore[arg-type]  # Litestar's own names for the same ASGI types
        found = {}
        async with httpx.AsyncClient(transport=transport, base_url="https://consent.samsyn.example") as client:
            for path in self.paths(ids):
                statements: list[Any] = []
                async with self._tx.transaction():
                    with self._tx.query_logger(statements.append):
                        answer = await client.get(path, headers={"Accept": "text/html, application/json"})
                found[path] = (answer.status_code, len(statements), named(answer.content.decode("latin-1")))
        return found

    def paths(self, ids: dict[str, list[UUID]]) -> list[str]:
        """Every address that is read with GET; one with an id, for each that there is."""
        found: list[str] = []
        for route in self._app.routes:
            if "GET" not in getattr(route, "methods", ()) or route.path.startswith(("/health", "/openapi", "/assets", "/components")):
                continue
            parts = re.findall(r"\{(\w+):uuid\}", route.path)
            assert len(parts) < 2
            assert not parts or parts[0] in {*ids, "erasure_id"}, f"say in this test which ids {route.path} takes"
            found.extend(re.sub(r"\{\w+:uuid\}", str(one), route.path) for one in (ids.get(parts[0], []) if parts else [None]))
        return found


def named(text: str) -> str:
    """The same text with each id called by the order in which it comes."""
    order: dict[str, int] = {}
    return AN_ID.sub(lambda match: f"id-{order.setdefault(match[0], len(order))}", text)


class Worlds:
    """One family in worlds that differ in one act; each is rolled back."""

    def __init__(self, database: Database, tx: Connection, home: Family, reader: Caller, events: list[ConsentWanted]) -> None:
        self._tx = tx
        self._home = home
        self._person_id = UUID(reader.person_id)
        self._events = events
        self._reader = Reader(database, tx, reader)

    async def seen_after(self, act: Act) -> dict[str, tuple[int, int, str]]:
        """What the reader sees where somebody has done this, and the house's loops have run since."""
        undo = self._tx.transaction()
        await undo.start()
        try:
            for event in self._events:
                await act(self._tx, self._home, event)
                request = await requests.get(self._tx, event.request_id)
                assert request is not None
                await remind_unanswered(self._tx, MEANS, load_plans(), request, now=THEN)
            await self._tx.execute("update barrier set stopped_at = $1", LATER)
            return await self._reader.read(await self._ids())
        finally:
            await undo.rollback()

    async def _ids(self) -> dict[str, list[UUID]]:
        consents = await self._tx.fetch("select consent_id from consent order by consent_id")
        receipts = await self._tx.fetch("select receipt_id from receipt where person_id = $1 order by receipt_id", self._person_id)
        return {
            "request_id": [event.request_id for event in self._events],
            "consent_id": [row["consent_id"] for row in consents],
            "receipt_id": [row["receipt_id"] for row in receipts],
        }


async def test_while_it_waits_nothing_of_the_other_can_be_told(consent_db: Database, consent_tx: Connection) -> None:
    home = await family(consent_tx)
    events = [await ask(consent_tx, home.subject_id, categories=(one,)) for one in ("pupil-health", "development")]
    await say(consent_tx, home.mother, events[0].request_id)
    worlds = Worlds(consent_db, consent_tx, home, home.mother, events)

    alone = await worlds.seen_after(nothing)

    read = {path for path, (status, statements, _) in alone.items() if status == 200 and statements}
    assert read >= {
        "/v1/requests",
        f"/v1/requests/{events[0].request_id}",
        "/v1/notices",
        "/v1/receipts",
        "/questions",
        "/notices",
        "/seen",
    }
    for what, act in WAITING.items():
        assert await worlds.seen_after(act) == alone, what


async def test_when_it_stops_it_is_not_told_who_or_why(consent_db: Database, consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    worlds = Worlds(consent_db, consent_tx, home, home.mother, [event])

    by_the_child = await worlds.seen_after(withdraws("child"))

    assert any("stopped" in text for status, _, text in by_the_child.values() if status == 200)
    for what, act in STOPPING.items():
        assert await worlds.seen_after(act) == by_the_child, what


async def test_a_world_in_which_the_reader_s_own_word_differs_does_look_different(consent_db: Database, consent_tx: Connection) -> None:
    """The comparison sees something."""
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    own = msgspec.structs.replace(home, father=home.mother)
    worlds = Worlds(consent_db, consent_tx, own, home.mother, [event])

    assert await worlds.seen_after(nothing) != await worlds.seen_after(says(Choice.NO))
