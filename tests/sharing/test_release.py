"""Four eyes over protected identity: two different named handlers let one decision go, for a day, and never where somebody is."""

from typing import Any
from uuid import UUID

import httpx2 as httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.connection import ASGIConnection

from services.sharing.app import pages_of
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.release import LASTS, AttestationView, may_be_released
from services.sharing.domain.views import DecisionView, PermitView, Released
from services.sharing.pages.site import FOLDER, NAVIGATION
from services.sharing.storage import handling
from services.sharing.usecases.attest_release import AttestRelease, attest_release
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.post_items import SealedItem
from services.sharing.usecases.revoke_access import revoke_access
from services.sharing.usecases.take_handling import take_handling
from shared.auth import Caller
from shared.contracts.consent import Names
from shared.contracts.sharing import TakeHandling
from shared.errors import Invalid, Unavailable
from shared.http import Runtime, make_app
from shared.law.codes import LeafCategory, Purpose
from shared.pages import Site
from shared.pages.drafts import Drafts
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import BUP, COUNSELLOR, NOW, OPERATING, PLAIN, SCHOOL, UNGRANTED, grant, person, sealed

SECOND = person("p-second", SCHOOL)
THIRD = person("p-third", SCHOOL)
WHERE = msgspec.structs.replace(ATTENDANCE, category=LeafCategory.WHEREABOUTS)
NOTHING = Denied(code="nothing-to-attest", reasons=("nothing-to-attest",))
ALONG = msgspec.structs.replace(ATTENDANCE, category=LeafCategory.IDENTITY, along_with=LeafCategory.WHEREABOUTS)


@pytest.fixture
async def two(house: House) -> House:
    """A child with protected identity and two of the school's staff as handlers; a third one works there as well."""
    async with house.database.transaction() as tx:
        for caller in (SECOND, THIRD):
            await grant_access(tx, OPERATING, grant(caller, None, "counsellor"), now=NOW)
    await name(house, COUNSELLOR, SECOND)
    await house.lease()
    return house


async def name(house: House, *handlers: Caller) -> None:
    """Consent says who alone may know of the child, and sharing has taken it."""
    named = tuple(f"{SCHOOL} {one.principal}" for one in handlers)
    revision = house.family.child.handling_revision + 1
    house.family.child = msgspec.structs.replace(house.family.child, restricted=True, handlers=named, handling_revision=revision)
    async with house.database.transaction() as tx:
        told = TakeHandling(subject_id=house.family.subject_id, restricted=True, revision=revision, handlers=named)
        await take_handling(tx, told, now=house.now)


async def decide(house: House, item: Any = ATTENDANCE) -> DecisionView:
    case = await house.open()
    decision: DecisionView = await house.decide(case.case_id, item)
    return decision


async def attest(house: House, decision_id: UUID, caller: Caller) -> Any:
    async with house.database.transaction() as tx:
        request = AttestRelease(shows_no_whereabouts=True)
        return await attest_release(tx, caller, decision_id, request, tables=house.ground.tables, now=house.now)


async def permit(house: House, decision: DecisionView) -> Any:
    return await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id))


async def waiting(house: House) -> tuple[DecisionView, UUID]:
    """Two have attested, it is confirmed, sent, and waits for its recipient."""
    decision = await decide(house)
    for caller in (COUNSELLOR, SECOND):
        await attest(house, decision.decision_id, caller)
    given: PermitView = await permit(house, decision)
    posted = await house.post(given.permit_id, *(SealedItem(item_id=i.item_id, jwe=sealed(i.binding)) for i in given.items))
    await house.sequence()
    assert posted.items[0].accepted, posted
    return decision, posted.items[0].delivery_id


async def test_two_different_handlers_let_one_decision_go_and_each_word_is_an_entry(two: House) -> None:
    decision, delivery_id = await waiting(two)
    other = await decide(two)

    released = await two.fetch(delivery_id)

    assert decision.items[0].reasons == ("special-handling",)
    assert isinstance(released, Released)
    entries = await two.entries("release.attested")
    assert [(entry.person.actor, entry.object_id, entry.answer) for entry in entries] == [
        (caller.principal, decision.decision_id, "yes") for caller in (COUNSELLOR, SECOND)
    ]
    assert await permit(two, other) == Denied(code="nothing-to-permit", reasons=("special-handling",))  # attested for the first alone


async def test_the_same_handler_twice_is_one_and_who_is_no_handler_is_none(two: House) -> None:
    decision = await decide(two)
    first: AttestationView = await attest(two, decision.decision_id, COUNSELLOR)
    again: AttestationView = await attest(two, decision.decision_id, COUNSELLOR)

    assert (again, first.complete) == (first, False)
    assert len(await two.entries("release.attested")) == 1
    assert isinstance(await permit(two, decision), Denied)
    for stranger in (THIRD, UNGRANTED):
        assert await attest(two, decision.decision_id, stranger) == Hidden()  # as a decision that never was
    assert (await attest(two, decision.decision_id, SECOND)).complete
    assert isinstance(await permit(two, decision), PermitView)


async def test_what_two_let_go_is_judged_again_at_the_release(two: House) -> None:
    _, delivery_id = await waiting(two)
    refused = Denied(code="not-released", reasons=("special-handling",))

    for handlers in ((COUNSELLOR,), (COUNSELLOR, THIRD), ()):
        await name(two, *handlers)
        assert await two.fetch(delivery_id) == refused
    await name(two, COUNSELLOR, SECOND)
    both = two.family.child
    told = (handling.reader(COUNSELLOR),)  # the other one is removed at consent, and our copy does not know it yet
    two.family.child = msgspec.structs.replace(both, handlers=told)
    assert await two.fetch(delivery_id) == refused
    two.family.child = both
    two.now += LASTS
    await two.lease()
    assert await two.fetch(delivery_id) == refused


async def test_whose_grant_is_revoked_stands_behind_nothing_more(two: House) -> None:
    _, delivery_id = await waiting(two)
    held = await two.database.pool.fetchval("select grant_id from access_grant where principal = $1", SECOND.principal)
    async with two.database.transaction() as tx:
        await revoke_access(tx, OPERATING, held, now=two.now)

    assert await two.fetch(delivery_id) == Denied(code="not-released", reasons=("special-handling",))


async def test_a_handler_who_was_removed_between_two_words_counts_no_more(two: House) -> None:
    decision = await decide(two)
    await attest(two, decision.decision_id, SECOND)
    await name(two, COUNSELLOR, THIRD)

    assert not (await attest(two, decision.decision_id, COUNSELLOR)).complete
    assert isinstance(await permit(two, decision), Denied)


async def test_where_somebody_is_no_number_of_handlers_lets_go(two: House) -> None:
    case = await two.open()
    never = await two.decide(case.case_id, WHERE, ALONG)
    mixed = await two.decide(case.case_id, ATTENDANCE, WHERE)
    for caller in (COUNSELLOR, SECOND):
        assert await attest(two, never.decision_id, caller) == NOTHING
        await attest(two, mixed.decision_id, caller)

    given = await two.permit(mixed.decision_id, *(Overlay(item_id=item.item_id) for item in mixed.items))

    assert isinstance(await permit(two, never), Denied)
    assert [item.item_id for item in given.items] == [mixed.items[0].item_id]
    assert [(item.item_id, item.reasons) for item in given.refused] == [(mixed.items[1].item_id, ("special-handling",))]


def test_in_an_emergency_nothing_is_released_so() -> None:
    assert may_be_released(Purpose.SUPPORT, ATTENDANCE)
    assert not may_be_released(Purpose.EMERGENCY, ATTENDANCE)
    assert not may_be_released(Purpose.SUPPORT, WHERE)
    assert not may_be_released(Purpose.SUPPORT, ALONG)


async def test_where_nobody_is_protected_there_is_nothing_to_attest_and_a_no_is_no_attestation(house: House) -> None:
    decision, request = await decide(house), AttestRelease(shows_no_whereabouts=False)

    assert await attest(house, decision.decision_id, COUNSELLOR) == NOTHING
    async with house.database.transaction() as tx:
        with pytest.raises(Invalid) as raised:
            await attest_release(tx, COUNSELLOR, decision.decision_id, request, tables=house.ground.tables, now=NOW)
    assert [fault.pointer for fault in raised.value.faults] == ["#/shows_no_whereabouts"]


class Browser:
    """The decision's page as whoever calls next sees it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.caller = COUNSELLOR

    async def authenticate(self, _connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
        return self.caller

    async def ask(self, question: Any, /, *, within: float = 2.0) -> Any:
        """Consent, which tells nobody's name today."""
        if isinstance(question, Names):
            raise Unavailable("no-answer")
        return await self.house.family(question, within=within)

    def app(self) -> Litestar:
        site = Site(name="Samsyn", folder=FOLDER, navigation=NAVIGATION, drafts=Drafts(bytes(32)))
        runtime = Runtime(
            database=self.house.database,
            ask=self.ask,
            authenticate=self.authenticate,
            public_url="https://sharing.test",
            clock=lambda: self.house.now,
        )
        return make_app(house="sharing", routes=pages_of(site, self.house.ground), runtime=runtime)


async def test_on_the_decisions_page_each_handler_presses_once_and_then_it_is_confirmed(two: House) -> None:
    decision = await decide(two)
    path, browser = f"/cases/{decision.case_id}/decisions/{decision.decision_id}", Browser(two)
    transport = httpx.ASGITransport(app=browser.app())  # type: ignore[arg-type]
    own = {"Origin": "https://sharing.test", "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url="https://sharing.test", headers=own) as client:
        before = (await client.get(path)).text
        pressed = await client.post(path, data={"step": "attest"})
        mine = (await client.get(path)).text
        browser.caller = THIRD
        hidden = await client.get(path)
        browser.caller = SECOND
        await client.post(path, data={"step": "attest"})
        both = (await client.get(path)).text
        to_read = await client.post(f"{path}/meeting", data={"medium": "meeting", "present": [PLAIN, BUP]})
        done = await client.post(path, data={"step": "confirm", "item": str(decision.items[0].item_id)})

    assert ("Jag intygar" in before, "Bekräfta det valda" in before) == (True, False)
    assert (pressed.status_code, pressed.headers["location"]) == (303, path)
    assert ("Du har intygat" in mine, "Jag intygar" in mine, "Bekräfta det valda" in mine) == (True, False, False)
    assert hidden.status_code == 404
    assert ("har intygat" in both, "Bekräfta det valda" in both) == (True, True)
    assert (to_read.status_code, f'value="{decision.items[0].item_id}"' in to_read.text) == (200, True)
    assert done.status_code == 200
    assert len(await two.entries("disclosure.confirmed")) == 1
