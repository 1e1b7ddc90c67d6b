"""The demo's story with two desks: the counsellor at sharing's pages and the school's desk, the clinic's psychologist at the clinic's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import msgspec
import pytest
from playwright.async_api import Browser, expect

from deploy.demo.narrator import Narrator
from deploy.demo.questions import answer_yes
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from shared.ids import opaque_id
from tests.browser.counsellor import KIM, asks, case_of
from tests.browser.families import asked
from tests.browser.ground import Looks, Person, person
from tests.connect.desks import desk_of
from tests.connect.play import OverHttp
from tests.eventually import eventually

SAM = "Sam Vik"
ASSESSED, ATTENDED = "elevhälsans bedömning", "närvaro och frånvaro"


class Addresses(msgspec.Struct, frozen=True):
    """Where the two desks are."""

    school: str
    clinic: str


@pytest.fixture(scope="module")
async def desks(running_suite: Running) -> AsyncIterator[Addresses]:
    """Both, with nothing in their inboxes."""
    async with Stage(running_suite, Narrator(lambda _: None)) as stage, httpx2.AsyncClient(trust_env=False) as http:
        for organisation in ("o5ek", "o2rg"):
            await OverHttp(stage, organisation, http).empty()
    async with desk_of(running_suite, "o5ek") as school, desk_of(running_suite, "o2rg") as clinic:
        yield Addresses(school, clinic)


@asynccontextmanager
async def at_the_desk(browser: Browser, running: Running, address: str, who: str, *, javascript: bool = True) -> AsyncIterator[Person]:
    """Somebody at a large screen, logged in at their organisation's desk."""
    async with person(browser, running, Looks(width=1280), javascript=javascript) as me:
        await me.page.goto(address)
        await me.check(axe=javascript)
        await me.press("Logga in")
        await me.choose(who)
        await me.check(axe=javascript)
        yield me


async def confirm(me: Person, what: str, to: Path) -> None:
    """On the answer's page: confirm, and keep the permit as a file."""
    await me.press(f"Ta med i mitt beslut: {what}")
    await me.press("Bekräfta det valda")
    async with me.page.expect_download() as saved:
        await me.page.get_by_role("link", name="Spara tillståndet som en fil").click()
    await (await saved.value).save_as(to)


async def hand_in(me: Person, permit: Path) -> None:
    """At the desk: give the file, to the empty form of its only item."""
    await me.press("Skriv", within="nav")
    await me.page.get_by_label("Tillståndet som fil").set_input_files(permit)
    await me.press("Fortsätt")
    await me.page.get_by_role("link", name="Skriv", exact=False).and_(me.page.locator("main a.button")).click()
    await me.settled()


async def fill(me: Person, typed: dict[str, str]) -> None:
    """The form's fields by their labels."""
    for label, text in typed.items():
        await me.page.get_by_label(label, exact=True).fill(text)


def assessment(child: str, number: str, secret: str) -> dict[str, str]:
    """What the counsellor types."""
    return {
        "Personnummer": number,
        "Namn": child,
        "Datum för bedömningen": "2026-11-12",
        "Sammanfattning som mottagaren behöver": f"Behöver lugn miljö och tydliga övergångar. {secret}",
        "Ditt namn och din roll": f"{KIM}, skolkurator",
    }


async def notice(me: Person, kind: str, subject: str, *, axe: bool = False) -> None:
    """From the inbox to the newest notice of a kind, as soon as it has come."""
    entry = me.page.locator("main li").filter(has_text=kind).get_by_role("link", name=subject).first

    async def has_come() -> bool:
        await me.press("Inkorg", within="nav")
        return await entry.count() > 0

    await eventually(has_come)
    await me.check(axe=axe)
    await entry.click()
    await me.settled()


async def ask_and_confirm(kim: Person, case_id: str, to: Path) -> None:
    """At sharing's pages: may I tell? Yes; then I do."""
    await kim.log_in(KIM, "sharing", f"/cases/{case_id}")
    await asks(kim, "Elevhälsans bedömning")
    assert "Ja" in await kim.text()
    await confirm(kim, ASSESSED, to)


async def write(kim: Person, typed: dict[str, str]) -> None:
    """At the desk's form, until it can be checked."""
    await fill(kim, typed)
    await kim.page.get_by_label("Vem som bedömt").select_option(label="Psykolog")
    await kim.press("Fortsätt till kontroll")


async def read(sam: Person, *expected: str) -> None:
    """What waits is fetched and read, and filed: nothing of it is seen before the fetch."""
    await notice(sam, "Att hämta", "Elevhälsans bedömning", axe=True)
    before = await sam.text()
    assert not any(word in before for word in expected)
    await sam.check()
    await sam.press("Hämta och läs")
    await sam.check()
    for word in (*expected, "Psykolog", "Förseglingen är hel", "OSL 12:2"):
        assert word in await sam.text()
    await sam.press("Sparad hos oss")
    await sam.check()
    assert "Kvittot är lämnat: Sparad hos oss" in await sam.text()


async def stop(browser: Browser, running: Running, guardian: str) -> None:
    """At the family's pages, until everybody has confirmed."""
    async with person(browser, running) as mother:
        await mother.log_in(guardian, "consent", "/consents")
        await mother.page.get_by_role("link", name="Stoppa").first.click()
        await mother.press("Stoppa nu")
        await expect(mother.page.locator("#live")).to_contain_text("bekräftat av alla")


async def answer_the_stop(sam: Person) -> None:
    """What the clinic has already: it is told, and says what becomes of it."""
    await notice(sam, "Stoppad", "Visa")
    assert "Ni har redan hämtat den" in await sam.text()
    await sam.check()
    await sam.press("Vi behåller den")
    assert "fyll i fältet" in await sam.text()
    await sam.check()
    await sam.press("Vi har tagit bort den")
    assert "Kvittot är lämnat: Vi har tagit bort den" in await sam.text()


async def test_the_story_from_the_question_to_the_stop_with_a_desk_at_both_ends(
    browser: Browser, running_suite: Running, desks: Addresses, tmp_path: Path
) -> None:
    secret = f"rönnbär {opaque_id().hex}"
    async with (
        asked(running_suite) as family,
        person(browser, running_suite) as kim,
        at_the_desk(browser, running_suite, desks.clinic, SAM) as sam,
    ):
        for one in (*family.family.guardians, family.family.child):
            await answer_yes(family.stage, one)
        await family.settled()
        typed = assessment(family.family.child.name, family.child, secret)

        for permit in (tmp_path / "one", tmp_path / "two"):
            await ask_and_confirm(kim, family.stage.case_id, permit)
        await kim.press("Öppna skrivbordet")
        assert kim.page.url.startswith(desks.school)
        await kim.press("Logga in")
        await kim.choose(KIM)
        await kim.check()

        await hand_in(kim, tmp_path / "one")
        await kim.check()
        await kim.press("Fortsätt till kontroll")
        assert "Namn: fyll i fältet" in await kim.text()
        await kim.check()
        await write(kim, typed)
        await kim.check()
        await kim.press("Försegla och skicka")
        assert "Mottagaren får ett meddelande nu" in await kim.text()
        await kim.check()

        await read(sam, secret, family.child)
        await notice(kim, "Kvitto från mottagaren", "Visa")
        assert "Mottagaren har lämnat kvitto: Sparad hos oss" in await kim.text()
        await kim.check()
        await kim.press("Ta bort ur inkorgen")

        await hand_in(kim, tmp_path / "two")
        await write(kim, typed)
        await stop(browser, running_suite, family.mother)
        await kim.press("Försegla och skicka")
        assert "Samtycket är återkallat." in await kim.text()
        await kim.check()
        await answer_the_stop(sam)
        await notice(kim, "Kvitto från mottagaren", "Visa")
        assert "Mottagaren har lämnat kvitto: Vi har tagit bort den" in await kim.text()


async def test_without_javascript_a_permit_becomes_an_item_that_the_other_reads(
    browser: Browser, running_suite: Running, desks: Addresses, tmp_path: Path
) -> None:
    _, address = await case_of(running_suite, "Tova")
    async with (
        person(browser, running_suite, javascript=False) as kim,
        at_the_desk(browser, running_suite, desks.clinic, SAM, javascript=False) as sam,
    ):
        await kim.log_in(KIM, "sharing", address)
        await confirm(kim, ATTENDED, tmp_path / "permit")
        await kim.press("Öppna skrivbordet")
        await kim.press("Logga in")
        await kim.choose(KIM)
        await hand_in(kim, tmp_path / "permit")
        await fill(
            kim,
            {
                "Personnummer": "VGR-2013-88",
                "Namn": "Tova Testsson",
                "Första dagen som räknas": "2026-08-17",
                "Sista dagen som räknas": "2026-11-20",
                "Skoldagar i perioden": "66",
                "Frånvaro i dagar": "19,5",
                "Därav ogiltig frånvaro": "7",
            },
        )
        await kim.press("Fortsätt till kontroll")
        await kim.press("Försegla och skicka")
        assert "Mottagaren får ett meddelande nu" in await kim.text()

        await notice(sam, "Att hämta", "Närvaro och frånvaro")
        await sam.press("Hämta och läs")
        assert "Tova Testsson" in await sam.text()
        assert "19,5" in await sam.text()
        await sam.press("Sparad hos oss")
        await notice(kim, "Kvitto från mottagaren", "Visa")
        assert "Mottagaren har lämnat kvitto: Sparad hos oss" in await kim.text()
